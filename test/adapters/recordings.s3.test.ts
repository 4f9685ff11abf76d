import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { s3ClientsByRegion } from '../../functions/adapters/aws.s3.ts';
import { type RecordingsS3Options, s3Recordings } from '../../functions/adapters/recordings.s3.ts';
import { recordingsFrom } from '../../functions/adapters/recordings.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { MAX_BYTES, NOW_MS, recordingsWith } from '../servers/fetching.ts';
import { s3ClientTo, startAudioStore } from '../servers/s3.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

const plan = { hosts: [], notYet: [404] };
const at = (bucket: string, key: string): RemoteRecording => ({
  source: 'livekit',
  id: 'EG_1',
  media: { kind: 'object', bucket, key },
});
const usual = timing();
const readerOf = (options: Partial<RecordingsS3Options> & Pick<RecordingsS3Options, 'buckets'>) =>
  s3Recordings({
    clientFor: s3ClientsByRegion(),
    clock: { nowMs: () => NOW_MS },
    timing: usual,
    maxBytes: MAX_BYTES,
    ...options,
  });
const read = (
  reader: ReturnType<typeof readerOf>,
  recording: RemoteRecording,
  lease: AbortSignal = new AbortController().signal,
) => reader.download(recording, plan, buffer, lease);

describe('an object in a bucket that is allowed', () => {
  let s3: Awaited<ReturnType<typeof startAudioStore>>;
  const put = (key: string, body: string) =>
    s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body: body }));
  beforeAll(async () => {
    s3 = await startAudioStore();
    await put('calls/acme/a b.mp3', 'the sound of a call');
    await put('secrets/passwords', 'a secret of the user');
    await put('calls/long.wav', 'x'.repeat(MAX_BYTES + 1));
  });
  afterAll(() => s3.stop());
  const allowed = (prefix: string) => readerOf({ clientFor: () => s3.client, buckets: [{ name: s3.bucket, prefix }] });

  test.each(['calls/', 'calls/acme/', ''])('is read whole, below the prefix %j', async (prefix) => {
    expect(await read(allowed(prefix), at(s3.bucket, 'calls/acme/a b.mp3'))).toEqual({
      kind: 'fetched',
      value: Buffer.from('the sound of a call'),
    });
  });

  test('that is larger than a recording may be is rejected', async () => {
    expect(await read(allowed('calls/'), at(s3.bucket, 'calls/long.wav'))).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('too large'),
    });
  });

  test('that is not there yet is asked for again later', async () => {
    expect(await read(allowed('calls/'), at(s3.bucket, 'calls/none.mp3'))).toMatchObject({ kind: 'not-yet' });
  });
});

describe('what S3 is asked', () => {
  let s3: ScriptedHttp;
  beforeEach(async () => {
    s3 = await scriptedHttp((_, response) => response.end('audio'));
    s3ClientTo(s3.origin);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await s3.stop();
  });
  const buckets = [{ name: 'acme-calls', prefix: 'calls/' }];

  test.each([
    ["a stranger's bucket", 'stranger-calls', 'calls/1.mp3', 'the bucket stranger-calls is not among'],
    ['a bucket whose name only begins so', 'acme-calls-2', 'calls/1.mp3', 'is not among'],
    ['an object outside the prefix', 'acme-calls', 'secrets/1.mp3', 'outside the prefixes'],
    ['an object whose folder only begins so', 'acme-calls', 'calls-2/1.mp3', 'outside the prefixes'],
    ['the prefix itself', 'acme-calls', 'calls', 'outside the prefixes'],
    ['a key that leads out of the prefix', 'acme-calls', 'calls/../secrets/1.mp3', 'outside the prefixes'],
    ['a key with a dot in it', 'acme-calls', 'calls/./1.mp3', 'outside the prefixes'],
  ])('is nothing, for %s: it is rejected with the reason and never read', async (_title, bucket, key, reason) => {
    expect(await read(readerOf({ buckets }), at(bucket, key))).toEqual({
      kind: 'rejected',
      reason: expect.stringContaining(reason),
    });
    expect(s3.asked).toEqual([]);
  });

  test('is the object alone, of the account that owns the bucket', async () => {
    const owned = [{ name: 'acme-calls', prefix: 'calls/', account: '123456789012', region: 'eu-west-1' }];
    expect(await read(readerOf({ buckets: owned }), at('acme-calls', 'calls/1.mp3'))).toMatchObject({
      kind: 'fetched',
    });
    expect(s3.asked).toHaveLength(1);
    const [{ method, url, headers } = { method: '', url: '', headers: {} as Record<string, string> }] = s3.asked;
    expect(method).toBe('GET');
    expect(`${headers.host}${url}`).toContain('calls/1.mp3');
    expect(`${headers.host}${url}`).toContain('acme-calls');
    expect(headers['x-amz-expected-bucket-owner']).toBe('123456789012');
    expect(headers.authorization).toContain('/eu-west-1/s3/');
  });

  test.each([
    [403, 'trouble', 'may the bridge read this object'],
    [301, 'trouble', 'another region'],
    [404, 'not-yet', 'answered 404'],
    [503, 'trouble', 'answered 503'],
  ])('and answers with %i is %s', async (status, kind, reason) => {
    s3.answer = (_, response) => response.writeHead(status).end();
    expect(await read(readerOf({ buckets }), at('acme-calls', 'calls/1.mp3'))).toMatchObject({
      kind,
      reason: expect.stringContaining(reason),
    });
  });

  test('and does not answer is trouble', async () => {
    await s3.stop();
    expect(await read(readerOf({ buckets }), at('acme-calls', 'calls/1.mp3'))).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('does not answer'),
    });
  });

  test('and sends too slowly ends in its time', async () => {
    s3.answer = (_, response) => void response.writeHead(200, { 'content-length': '500' }).write('a');
    const download = { ...usual.download, totalMs: 300 };
    const reader = readerOf({ buckets, timing: { ...usual, download } });
    expect(await read(reader, at('acme-calls', 'calls/1.mp3'))).toMatchObject({
      kind: 'trouble',
      reason: expect.stringContaining('did not send the recording whole'),
    });
  });

  test('and breaks off is trouble', async () => {
    s3.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '500' }).write('a');
      setImmediate(() => response.destroy());
    };
    expect((await read(readerOf({ buckets }), at('acme-calls', 'calls/1.mp3'))).kind).toBe('trouble');
  });

  test('ends with the lease', async () => {
    const lease = new AbortController();
    s3.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '500' }).write('a');
      lease.abort(new Error('the lease is lost'));
    };
    await expect(read(readerOf({ buckets }), at('acme-calls', 'calls/1.mp3'), lease.signal)).rejects.toThrow(
      'the lease',
    );
  });
});

test('a recording at a URL goes to the reader of URLs, one in a bucket to the reader of buckets', async () => {
  const both = recordingsFrom(recordingsWith({}), readerOf({ buckets: [] }));
  const signal = new AbortController().signal;
  const inBucket = await both.download(at('acme-calls', 'calls/1.mp3'), plan, buffer, signal);
  expect(inBucket).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('buckets in bridge.config.ts') });
  const url = { ...at('', ''), media: { kind: 'url' as const, url: 'https://elsewhere.example/1.mp3' } };
  expect(await both.download(url, plan, buffer, signal)).toMatchObject({
    kind: 'rejected',
    reason: expect.stringContaining('elsewhere.example'),
  });
});
