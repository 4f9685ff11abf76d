import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { GaveWay } from '../core/model/errors.ts';
import type { Begun, DownloadOptions } from '../core/ports/ports.ts';
import { type Answer, CutShort, counted, TooLarge } from './recordings.body.ts';
import { packingOf } from './recordings.encoding.ts';
import { type Pace, TooSlow } from './recordings.pace.ts';

/** Fewer bytes are fetched again sooner than kept. */
const LEAST_KEPT_BYTES = 16 * 1024;
/** How often one download is resumed. A host that breaks off each time is tried again later, from where it stands then. */
const MAX_RESUMES = 5;

/**
 * How the rest of an answer's file can be asked for later; undefined where its host offers no way to know that the file is still
 * the same: a strong ETag, or a time of change that is older than the answer (RFC 9110, 8.8).
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

/** A URL without its query, which a fresh signature changes. A hash, since a path may say more than a note should keep. */
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

/** Whether an answer is the rest of that very file. */
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
  /** Asks for the rest; undefined where that cannot be had now. */
  askForRest(begun: Begun): Promise<Answer | undefined>;
}

/**
 * A body that goes on where its answer broke off. Where it cannot go on it ends, so that what came can be kept; `ended` is what was
 * wrong then, and `begun` what there is.
 */
export const resumableBody = (first: Answer, options: ResumeOptions) => {
  const { begun, pace, lease, limit, pauseMs, askForRest } = options;
  let have = begun.bytes;
  let ended: Error | undefined;
  let fault: Error | undefined;

  /** Hands on what an answer brings; what broke it off, if something did. */
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

/** The watch over the pace ends a download with a reason of its own, whatever the socket says then. */
const reasonOf = (error: Error, { signal }: Pace): Error => (signal.aborted ? (signal.reason as Error) : error);
