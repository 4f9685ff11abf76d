import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsQuestions, signedHeaders } from '../../functions/adapters/recordings.aws.ts';
import { s3Recordings } from '../../functions/adapters/recordings.s3.ts';
import { recordingsFrom } from '../../functions/adapters/recordings.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { ApiQuestion } from '../../functions/core/ports/source.ts';
import { urlOfObject } from '../../functions/core/source/object-url.ts';
import { MAX_BYTES, NOW_MS, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { startAudioStore } from '../servers/s3.ts';
import { json } from '../servers/scripted-http.ts';

const recording = { source: 'drop', id: '1', media: { kind: 'ask' as const } };
const plan = { hosts: [], notYet: [404] };
const read = (answer: unknown) => (answer as { say?: string }).say; // what this test puts there

describe('a question to a bucket', () => {
  let s3: Awaited<ReturnType<typeof startAudioStore>>;
  const put = (Key: string, Body: string, Metadata: Record<string, string> = {}) =>
    s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key, Body, Metadata }));
  const ask = (key: string, more: Partial<ApiQuestion<string>> = {}) =>
    recordingsFrom(
      recordingsWith(),
      s3Recordings({
        clientFor: () => s3.client,
        buckets: [{ name: s3.bucket, prefix: 'calls/' }],
        clock: { nowMs: () => NOW_MS },
        timing: timing(),
        maxBytes: MAX_BYTES,
      }),
    ).ask({ url: urlOfObject({ bucket: s3.bucket, key }), read, ...more }, recording, plan);

  beforeAll(async () => {
    s3 = await startAudioStore();
    await put('calls/a b+c.wav', 'sound', { say: 'hello' });
    await put('calls/a b+c.wav.json', '{"say":"hello"}');
    await put('calls/silent.wav.json', '{"other":1}');
    await put('calls/text.wav.json', 'no JSON');
    await put('calls/large.wav.json', `"${'x'.repeat(2_000_000)}"`);
    await put('secrets/a.wav.json', '{"say":"a secret of the user"}');
  });
  afterAll(() => s3.stop());

  test('reads the JSON in an object, and the metadata of one', async () => {
    expect(await ask('calls/a b+c.wav.json')).toEqual({ kind: 'fetched', value: 'hello' });
    expect(await ask('calls/a b+c.wav', { metadata: true })).toEqual({ kind: 'fetched', value: 'hello' });
  });

  test.each([
    ['that is not there yet, so it is asked again', 'calls/none.json', 'not-yet', '404'],
    ['that does not say', 'calls/silent.wav.json', 'rejected', 'does not say'],
    ['that holds no JSON', 'calls/text.wav.json', 'rejected', 'no JSON'],
    ['that is too large', 'calls/large.wav.json', 'rejected', 'too large'],
    ['outside the prefix, which is never read', 'secrets/a.wav.json', 'rejected', 'outside the prefixes'],
  ])('about an object %s', async (_what, key, kind, reason) => {
    expect(await ask(key)).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  });

  test('whose metadata cannot be read is asked again', async () => {
    const missing = await ask('calls/none.wav', { metadata: true });
    expect(missing).toMatchObject({ kind: 'trouble', reason: expect.stringContaining('404') });
  });
});

describe('a question to an API of AWS', () => {
  const clientWith = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    new SQSClient({ region: 'us-east-1', credentials }).config;

  test('is signed as the test suite of Signature Version 4 says', async () => {
    // The case "get-vanilla" that AWS has published.
    const identity = clientWith({
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    });
    const question = { url: 'https://example.amazonaws.com/', aws: { service: 'service', region: 'us-east-1' } };
    expect(await signedHeaders(question, identity, { nowMs: () => Date.UTC(2015, 7, 30, 12, 36, 0) })).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    });
  });

  describe('goes through the guard', () => {
    const HOST = 'connect.eu-west-2.amazonaws.com';
    let internet: Internet;
    beforeAll(async () => {
      internet = await startInternet({ [HOST]: ['52.94.5.1'], 'elsewhere.example': ['52.94.5.2'] });
    });
    afterAll(() => internet.server.stop());
    const ask = (names = internet.names) => {
      internet.names = names;
      const http = recordingsWith({ internet });
      const identity = clientWith({ accessKeyId: 'AKID', secretAccessKey: 'x'.repeat(20), sessionToken: 'token' });
      const s3 = { download: http.download, ask: () => Promise.reject(new Error('the bucket was asked')) };
      const question = { url: `https://${HOST}/contacts/1/2`, aws: { service: 'connect', region: 'eu-west-2' }, read };
      const clock = { nowMs: () => NOW_MS };
      return recordingsFrom(http, s3, awsQuestions(http, { identity, clock })).ask(question, recording, {
        ...plan,
        whenRefused: 'may the bridge ask?',
      });
    };

    test('with the session of the function', async () => {
      internet.server.answer = json(200, { say: 'hello' });
      expect(await ask()).toEqual({ kind: 'fetched', value: 'hello' });
      const headers = internet.server.asked.at(-1)?.headers;
      expect(headers?.host).toBe(HOST);
      expect(headers?.['x-amz-security-token']).toBe('token');
      expect(headers?.authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKID\/20261123\/eu-west-2\/connect\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      );
    });

    test('which follows no redirect to another host', async () => {
      internet.server.answer = (_, response) =>
        response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
      expect(await ask()).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('forbidden address') });
    });

    test('which says what to do where the right is missing, and connects to no private address', async () => {
      internet.server.answer = json(403, { Message: 'no' });
      expect(await ask()).toMatchObject({ kind: 'trouble', reason: 'the source answered 403: may the bridge ask?' });
      const before = internet.opened.length;
      expect(await ask({ [HOST]: ['10.0.0.7'] })).toMatchObject({ kind: 'rejected' });
      expect(internet.opened).toHaveLength(before);
    });
  });
});
