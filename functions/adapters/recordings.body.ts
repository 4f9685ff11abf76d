import { type Readable, Transform } from 'node:stream';
import { errors } from 'undici';
import { GaveWay } from '../core/model/errors.ts';
import type { Fetched } from '../core/ports/ports.ts';
import { NotUnpacked, UnpacksTooLarge } from './recordings.encoding.ts';
import { ForbiddenAddress } from './recordings.guard.ts';
import { TooSlow } from './recordings.pace.ts';

/** `url`: the address behind all redirects. */
export type Answer = {
  kind: 'answer';
  status: number;
  headers: Record<string, string>;
  body: Readable;
  url: string;
};
export type Failed = Exclude<Fetched<never>, { kind: 'fetched' }>;

/**
 * The body's bytes, counted. Too many bytes are an error, and so is a body shorter than its Content-Length. `fault` is
 * the source's error, so that a reader's own error is not blamed on the source.
 */
export const counted = (
  answer: Pick<Answer, 'headers' | 'body'>,
  limit: number,
): { bytes: Transform; seen: () => number; fault: () => Error | undefined } => {
  const promised = lengthOf(answer);
  let seen = 0;
  let fault: Error | undefined;
  const blame = (error: Error): Error => {
    fault ??= error;
    return error;
  };
  const bytes = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limit) done(blame(new TooLarge(`more than ${limit} bytes`)));
      else done(null, chunk);
    },
    flush(done) {
      done(promised !== undefined && seen !== promised ? blame(new CutShort()) : null);
    },
  });
  answer.body.on('error', (error) => bytes.destroy(blame(error)));
  bytes.on('error', () => {}); // the reader gets the error too; without a reader, the error must not end the process
  answer.body.pipe(bytes);
  return { bytes, seen: () => seen, fault: () => fault };
};

/** The Content-Length; undici and `counted` both check it. */
export const lengthOf = ({ headers }: Pick<Answer, 'headers'>): number | undefined =>
  headers['content-length'] === undefined ? undefined : Number(headers['content-length']);

export const failed = (error: unknown): Failed => {
  if (error instanceof TooLarge) return tooLarge(error.message);
  if (error instanceof CutShort) return { kind: 'trouble', reason: 'the recording was cut short' };
  if (error instanceof UnpacksTooLarge) return tooLarge(error.message);
  if (error instanceof NotUnpacked) return { kind: 'rejected', reason: error.message };
  if (error instanceof TooSlow) return { kind: 'trouble', reason: error.message };
  if (error instanceof GaveWay) return { kind: 'gave-way', reason: error.message };
  if (error instanceof ForbiddenAddress) return { kind: 'rejected', reason: error.message };
  if (error instanceof errors.UndiciError || isNetworkError(error)) {
    const code = typeof error.code === 'string' ? error.code : error.name; // a DOMException's code is a bare number
    return { kind: 'trouble', reason: `the source does not answer (${code})` };
  }
  throw error;
};

const isNetworkError = (error: unknown): error is Error & { code?: unknown } =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError' || 'code' in error);

export const tooLarge = (what: string): Failed => ({ kind: 'rejected', reason: `too large: ${what}` });

export class TooLarge extends Error {}
export class CutShort extends Error {}
