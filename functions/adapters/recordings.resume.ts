import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { GaveWay } from '../core/model/errors.ts';
import type { Begun, DownloadOptions } from '../core/ports/ports.ts';
import { type Answer, CutShort, counted, TooLarge } from './recordings.body.ts';
import { packingOf } from './recordings.encoding.ts';
import { type Pace, TooSlow } from './recordings.pace.ts';

/** It is faster to fetch fewer bytes again than to keep them. */
const LEAST_KEPT_BYTES = 16 * 1024;
/** How often one try resumes a download. After that the download goes on with the next try. */
const MAX_RESUMES = 5;

/**
 * How the rest of an answer's file can be requested later. Undefined where the host does not show that the file is
 * still the same, by a strong ETag or by a Last-Modified that is older than the answer (RFC 9110, 8.8).
 */
export const beginningOf = ({ status, headers, url }: Answer): Begun | undefined => {
  const { 'content-length': length, 'accept-ranges': ranges, 'content-encoding': encoding } = headers;
  const validator = validatorOf(headers);
  const isWhole = status === 200 && Number.isSafeInteger(Number(length)) && packingOf(encoding).kind === 'none';
  if (!isWhole || ranges === 'none' || validator === undefined) return undefined;
  return { bytes: 0, validator, length: Number(length), address: addressOf(url) };
};

const validatorOf = ({ etag, date = '', 'last-modified': changed = '' }: Answer['headers']): string | undefined => {
  if (etag !== undefined) return /^"[\x21\x23-\x7e]{1,1000}"$/.test(etag) ? etag : undefined;
  return Date.parse(date) - Date.parse(changed) >= 1000 ? changed : undefined; // NaN is not more
};

/**
 * A hash of a URL without its query: a fresh signature changes the query, and a path may hold more than the table
 * should store.
 */
const addressOf = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return createHash('sha256')
    .update(origin + pathname)
    .digest('hex');
};

export const rangeHeaders = ({ bytes, validator }: Begun): Record<string, string> => ({
  range: `bytes=${bytes}-`,
  'if-range': validator,
});

/** Whether an answer is the rest of the same file. */
export const isRestOf = ({ status, headers, url }: Answer, begun: Begun): boolean => {
  const [, start, length] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? [];
  const isSame = headers.etag === undefined || !begun.validator.startsWith('"') || headers.etag === begun.validator;
  return (
    status === 206 &&
    Number(start) === begun.bytes &&
    Number(length) === begun.length &&
    packingOf(headers['content-encoding']).kind === 'none' &&
    addressOf(url) === begun.address &&
    isSame
  );
};

export interface ResumeOptions {
  begun: Begun & Partial<NonNullable<DownloadOptions['begun']>>;
  pace: Pace;
  lease: AbortSignal;
  limit: number;
  pauseMs: number;
  /** Asks for the rest; undefined where the host does not give it now. */
  askForRest(begun: Begun): Promise<Answer | undefined>;
}

/**
 * A body that continues where its answer broke off. If it cannot continue, the body ends, so that the bytes can be
 * kept; `ended` is then the error, and `begun` describes the bytes.
 */
export const resumableBody = (first: Answer, options: ResumeOptions) => {
  const { begun, pace, lease, limit, pauseMs, askForRest } = options;
  let have = begun.bytes;
  let ended: Error | undefined;
  let fault: Error | undefined;

  /** Hands on an answer's bytes. @returns the error that broke off the answer, if any */
  async function* bytesOf(answer: Answer): AsyncGenerator<Buffer, Error | undefined> {
    const part = counted(answer, limit - have);
    const before = have;
    const { bytes } = part;
    pace.watch({
      seenBytes: () => before + part.seen(),
      isOurs: () => bytes.readableLength > 0 || bytes.writableFinished,
    });
    try {
      for await (const chunk of bytes) {
        have += chunk.length;
        yield chunk;
      }
      return have === begun.length ? undefined : new CutShort();
    } catch (error) {
      const theirs = part.fault();
      if (!theirs) throw error;
      return theirs;
    } finally {
      answer.body.destroy();
    }
  }

  async function* bytes(): AsyncGenerator<Buffer> {
    if (begun.read) for await (const chunk of await begun.read()) yield chunk;
    let answer: Answer | undefined = first;
    for (let resumes = 0; ; resumes += 1) {
      const before = have;
      const broke: Error | undefined = yield* bytesOf(answer);
      pace.watch({ seenBytes: () => have, isOurs: () => true });
      if (!broke) return;
      const reason = reasonOf(broke, pace);
      const isFinal = reason instanceof TooLarge || lease.aborted || (pace.signal.aborted && !isPaceFault(reason));
      if (!isFinal && !pace.signal.aborted && have > before && resumes < MAX_RESUMES) {
        await setTimeout(pauseMs, undefined, { signal: AbortSignal.any([lease, pace.signal]) }).catch(() => {});
        answer = pace.signal.aborted || lease.aborted ? undefined : await askForRest({ ...begun, bytes: have });
        if (answer) continue;
      }
      if (isFinal || lease.aborted || have < LEAST_KEPT_BYTES) {
        fault = reason;
        throw reason;
      }
      ended = reasonOf(reason, pace);
      return;
    }
  }

  return {
    body: Readable.from(bytes(), { objectMode: false }),
    fault: () => fault,
    ended: () => ended,
    begun: (): Begun => {
      const { validator, length, address } = begun;
      return { bytes: have, validator, length, address };
    },
  };
};

const isPaceFault = (error: unknown): error is Error => error instanceof TooSlow || error instanceof GaveWay;

/** When the pace ends a download, its reason counts, not the socket's error. */
const reasonOf = (error: Error, { signal }: Pace): Error => (signal.aborted ? (signal.reason as Error) : error);
