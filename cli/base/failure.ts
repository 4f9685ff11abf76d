/** Ends the command with 1 and one sentence on standard error. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  /** As in the API's errors. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** The command was called wrongly. Ends it with 2. */
export class Misuse extends Failure {
  override readonly name = 'Misuse';
}

/** The message of a thrown value. */
export const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message.trim() || error.name : String(error);
