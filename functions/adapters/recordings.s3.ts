import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { bucketOf, notAllowed, type RecordingBucket } from '../core/model/bucket.ts';
import type { Timing } from '../core/model/timing.ts';
import type { Clock, DownloadOptions, Fetched, Recordings, RemoteRecording } from '../core/ports/ports.ts';
import type { FetchPlan } from '../core/ports/source.ts';
import { objectIn } from '../core/source/object-url.ts';
import { type Answer, counted, type Failed, failed } from './recordings.body.ts';
import { watchPace } from './recordings.pace.ts';
import { pour } from './recordings.pour.ts';
import { notAudio } from './recordings.status.ts';

export interface RecordingsS3Options {
  /** A client for a region; for the bridge's own where none is given. */
  clientFor(region: string | undefined): S3Client;
  /** What may be read. Nothing else is asked for, not even whether it is there. */
  buckets: readonly RecordingBucket[];
  clock: Clock;
  timing: Timing;
  maxBytes: number;
}

/**
 * Reads recordings out of buckets that the configuration allows, with the function's own rights. The limits on time, pace and bytes
 * are those of a download.
 */
export const s3Recordings = ({ clientFor, buckets, clock, timing, maxBytes }: RecordingsS3Options): Recordings => ({
  async download<T>(
    { media }: RemoteRecording,
    plan: FetchPlan,
    into: (body: Readable, bytes?: number) => Promise<T>,
    lease: AbortSignal,
    { onSlow }: DownloadOptions = {},
  ): Promise<Fetched<T>> {
    if (media.kind !== 'object') return { kind: 'rejected', reason: 'the recording is no object in a bucket' };
    const allowed = bucketOf(media, buckets);
    if (!allowed) return { kind: 'rejected', reason: notAllowed(media.bucket, buckets) };

    const pace = watchPace(timing.download, onSlow, false);
    const signal = AbortSignal.any([lease, pace.signal]);
    try {
      const answer = await get(clientFor(allowed.region), allowed, media.key, signal);
      if (answer.kind !== 'answer') return answer;
      const refusal = notAudio(answer, { ...plan, whenRefused: REFUSED }, { nowMs: clock.nowMs(), maxBytes });
      if (!refusal) return await pour(answer, into, pace, maxBytes);
      answer.body.destroy();
      return refusal;
    } catch (error) {
      lease.throwIfAborted(); // a lost lease is no trouble of the source's
      throw error;
    } finally {
      await pace.end();
    }
  },

  async ask({ url, metadata, read }) {
    const object = objectIn(url);
    const allowed = object && bucketOf(object, buckets);
    if (!allowed) return { kind: 'rejected', reason: notAllowed(object?.bucket ?? '', buckets) };
    const signal = AbortSignal.timeout(Math.ceil(timing.lookUpMs));
    const client = clientFor(allowed.region);
    const answer = metadata
      ? await metadataOf(client, allowed, object.key, signal)
      : await jsonIn(await get(client, allowed, object.key, signal), clock.nowMs());
    if (answer.kind !== 'fetched') return answer;
    const value = read(answer.value);
    return value === undefined ? { kind: 'rejected', reason: 'the object does not say' } : { kind: 'fetched', value };
  },
});

/** A role that may not list a bucket gets 403 for an object that is not there yet. */
const NOT_THERE = [403, 404];
const MAX_JSON_BYTES = 1_000_000;

/** The JSON in an object that is written beside a recording, perhaps after it. No more of the object than the limit is ever read. */
const jsonIn = async (answer: Answer | Failed, nowMs: number): Promise<Fetched<unknown>> => {
  if (answer.kind !== 'answer') return answer;
  const refusal = notAudio(answer, { hosts: [], notYet: NOT_THERE }, { nowMs, maxBytes: MAX_JSON_BYTES });
  try {
    if (refusal) return refusal;
    return { kind: 'fetched', value: JSON.parse(await text(counted(answer, MAX_JSON_BYTES).bytes)) };
  } catch (error) {
    return error instanceof SyntaxError ? { kind: 'rejected', reason: 'the object holds no JSON' } : failed(error);
  } finally {
    answer.body.destroy();
  }
};

const metadataOf = async (
  client: S3Client,
  { name, account }: RecordingBucket,
  key: string,
  abortSignal: AbortSignal,
): Promise<Fetched<unknown>> => {
  const owner = account === undefined ? {} : { ExpectedBucketOwner: account };
  try {
    const { Metadata = {} } = await client.send(new HeadObjectCommand({ Bucket: name, Key: key, ...owner }), {
      abortSignal,
    });
    return { kind: 'fetched', value: Metadata };
  } catch (error) {
    if (isElsewhere(error)) return { kind: 'trouble', reason: ELSEWHERE };
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined)
      return { kind: 'trouble', reason: `the bucket answered ${error.$metadata.httpStatusCode}: ${REFUSED}` };
    return failed(abortSignal.aborted ? abortSignal.reason : error);
  }
};

/** The object, or the status that S3 answers in its place. */
const get = async (
  client: S3Client,
  { name, account }: RecordingBucket,
  key: string,
  signal: AbortSignal,
): Promise<Answer | Failed> => {
  const owner = account === undefined ? {} : { ExpectedBucketOwner: account };
  const answered = (status: number, body: Readable, headers: Answer['headers'] = {}): Answer => {
    body.on('error', () => {}); // a reader who has left must not end the process
    return { kind: 'answer', status, headers, body, url: `s3://${name}` };
  };
  try {
    const command = new GetObjectCommand({ Bucket: name, Key: key, ...owner });
    const { Body, ContentLength, ContentEncoding } = await client.send(command, { abortSignal: signal });
    const body = Body as Readable; // under Node the SDK gives the response itself
    signal.addEventListener('abort', () => body.destroy(signal.reason), { once: true });
    return answered(200, body, {
      ...(ContentLength !== undefined && { 'content-length': String(ContentLength) }),
      ...(ContentEncoding !== undefined && { 'content-encoding': ContentEncoding }),
    });
  } catch (error) {
    if (isElsewhere(error)) return { kind: 'trouble', reason: ELSEWHERE };
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined)
      return answered(error.$metadata.httpStatusCode, Readable.from([]));
    return failed(signal.aborted ? signal.reason : error);
  }
};

/** What S3 answers in a region that the bucket is not in. The answer to a HEAD has no name, only its status. */
const isElsewhere = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  (error.$metadata.httpStatusCode === 301 ||
    error.$metadata.httpStatusCode === 307 ||
    error.name === 'AuthorizationHeaderMalformed');

const ELSEWHERE = 'the bucket lies in another region: write its region into buckets in bridge.config.ts';
const REFUSED = 'may the bridge read this object, and is it there? docs/buckets.md has the policy';
