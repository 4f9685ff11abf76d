import type { Readable } from 'node:stream';
import type { Begun, Fetched } from '../core/ports/ports.ts';
import { type Answer, counted, failed, lengthOf } from './recordings.body.ts';
import { isPackingFault, packingOf, unpacked } from './recordings.encoding.ts';
import type { Pace } from './recordings.pace.ts';
import { type ResumeOptions, resumableBody } from './recordings.resume.ts';

export type Downloaded<T> = Fetched<T> & { begun?: Begun };
type Into<T> = (body: Readable, bytes?: number) => Promise<T>;

/** Like `pour`, from a host that can be asked for the rest of a file. */
export const pourResumably = async <T>(
  answer: Answer,
  into: Into<T>,
  options: ResumeOptions,
): Promise<Downloaded<T>> => {
  const { body, fault, ended, begun } = resumableBody(answer, options);
  try {
    const value = await into(body, options.begun.length);
    const reason = ended();
    return reason ? { ...failed(reason), begun: begun() } : { kind: 'fetched', value };
  } catch (error) {
    const theirs = fault();
    if (theirs) return failed(theirs);
    throw error; // ours (S3): the step is tried again
  } finally {
    body.destroy();
    answer.body.destroy();
  }
};

/** Hands an answer's body on, unpacked and counted. An error of the source is a result, not an exception. */
export const pour = async <T>(answer: Answer, into: Into<T>, pace: Pace, maxBytes: number): Promise<Fetched<T>> => {
  const { bytes, seen, fault } = counted(answer, maxBytes);
  pace.watch({ seenBytes: seen, isOurs: () => bytes.readableLength > 0 || bytes.writableFinished });
  const packing = packingOf(answer.headers['content-encoding']);
  const plain = packing.kind === 'packed' ? unpacked(bytes, packing.as, maxBytes) : bytes;
  const length = packing.kind === 'packed' ? undefined : lengthOf(answer);
  try {
    return { kind: 'fetched', value: await into(plain, length) };
  } catch (error) {
    const theirs = fault() ?? (isPackingFault(plain.errored) ? plain.errored : undefined);
    if (theirs) return failed(theirs);
    throw error; // ours (S3): the step is tried again
  } finally {
    answer.body.destroy();
  }
};
