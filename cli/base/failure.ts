/** Something did not work: one sentence on standard error, and the command ends with 1. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  /** As in the API's errors. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** The command was called wrongly, which ends it with 2. */
export class Misuse extends Failure {
  override readonly name = 'Misuse';
}

/** One line of whatever was thrown. */
export const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message.trim() || error.name : String(error);
