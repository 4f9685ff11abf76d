/** The kind of an error. Code decides by this, never by the message. */
export type ErrorCode =
  | 'bad_configuration'
  | 'unreadable'
  | 'not_authentic'
  | 'unauthorized'
  | 'no_such_source'
  | 'no_such_memo'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'conflict'
  | 'later_version'
  | 'idempotency_key_reused'
  | 'unavailable'
  | 'internal';

/**
 * A download, or work on sound, that stops so that others can go on. Nothing is wrong with it. The message is for the
 * memo's row.
 */
export class GaveWay extends Error {
  override readonly name = 'GaveWay';
}

export interface ErrorFacts {
  /** The memo that the error is about, where there is one. */
  memo?: string;
  /** The same request may succeed later. */
  retryable?: boolean;
  retryAfterMs?: number;
  cause?: unknown;
}

/** The one error class of Aftercall; `functions/http/errors.ts` turns its code into a status. */
export class AftercallError extends Error {
  override readonly name = 'AftercallError';
  readonly code: ErrorCode;
  readonly memo: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.memo = facts.memo;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
