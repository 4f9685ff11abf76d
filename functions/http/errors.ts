import type { Context, ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AftercallError, type ErrorCode } from '../core/model/errors.ts';
import type { Log } from '../core/ports/ports.ts';

/** The one place where an error becomes a status; the OpenAPI document lists them from here. */
export const STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  unreadable: 400,
  not_authentic: 401,
  unauthorized: 401,
  no_such_source: 404,
  no_such_memo: 404,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  later_version: 409,
  too_large: 413,
  idempotency_key_reused: 422,
  internal: 500,
  bad_configuration: 500,
  unavailable: 503,
};

export const ERROR_CODES = Object.keys(STATUS) as ErrorCode[]; // the keys of a table that has each of them

/** Turns what a handler throws into `{"error":{code,message,memo?}}`. The cause is in the log alone. */
export const answerError =
  (log: Log, step: string): ErrorHandler =>
  (error, c) => {
    const known = error instanceof AftercallError ? error : asOurs(error);
    if (STATUS[known.code] >= 500) log.error('request failed', { step, error });
    return errorAnswer(c, known);
  };

export const statusOf = ({ code }: AftercallError): ContentfulStatusCode => STATUS[code];

export const errorAnswer = (c: Context, error: AftercallError, status = STATUS[error.code]) => {
  const { code, message, memo } = error;
  setRetryAfter(c, error);
  return c.json({ error: { code, message, ...(memo && { memo }) } }, status);
};

/** Says in the header `Retry-After` when the same request may succeed, where that is known. */
export const setRetryAfter = (c: Context, { retryAfterMs }: AftercallError): void => {
  if (retryAfterMs !== undefined) c.header('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
};

/** The SDKs throw when S3, SQS or DynamoDB does not answer: a 503, which the caller repeats. */
export const asOurs = (cause: Error): AftercallError =>
  new AftercallError('unavailable', 'a service that the bridge needs does not answer; send the request again', {
    retryable: true,
    retryAfterMs: 5000,
    cause,
  });
