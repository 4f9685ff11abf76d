import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { s3ClientsByRegion } from '../../functions/adapters/aws.s3.ts';
import { type RecordingsS3Options, s3Recordings } from '../../functions/adapters/recordings.s3.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { objectIn, urlOfObject } from '../../functions/core/source/object-url.ts';
import { MAX_BYTES, NOW_MS } from '../servers/fetching.ts';
import { s3ClientTo, startAudioStore } from '../servers/s3.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

const plan = { hosts: [], notYet: [404] };
const readerOf = (options: Partial<RecordingsS3Options> = {}) =>
  s3Recordings({
    clientFor: s3ClientsByRegion(),
    buckets: [{ name: 'acme-calls', prefix: 'calls/' }],
    clock: { nowMs: () => NOW_MS },
    timing: timing(),
    maxBytes: MAX_BYTES,
    ...options,
  });
type Reader = ReturnType<typeof readerOf>;
const object = (key: string, bucket = 'acme-calls') => ({ kind: 'object' as const, bucket, key });
const download = (reader: Reader, media = object('calls/7.wav')) =>
  reader.download({ source: 'drop', id: '7', media }, plan, buffer, new AbortController().signal);
const ask = (reader: Reader, more: { metadata?: true } = {}, media = object('calls/7.wav.json')) =>
  reader.ask({ url: urlOfObject(media), read: (json) => json, ...more }, { source: 'drop', id: '7', media }, plan);

describe('a bucket that misbehaves', () => {
  let s3: ScriptedHttp;
  beforeEach(async () => {
    s3 = await scriptedHttp((_, response) => response.end('audio'));
    s3ClientTo(s3.origin);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await s3.stop();
  });

  /** Writes until the reader has hung up, or until everything is written; returns the bytes that could be written. */
  const pour = async (response: ServerResponse, bytes: number): Promise<number> => {
    const closed = once(response, 'close');
    let written = 0;
    for (const chunk = Buffer.alloc(65_536, 'x'); written < bytes && !response.destroyed; written += chunk.length)
      if (!response.write(chunk)) await Promise.race([once(response, 'drain'), closed]);
    if (!response.destroyed) response.end();
    return written;
  };

  test.each([
    ['whose length is said', { 'content-length': '52428800' }],
    ['whose length nobody says', {}],
  ])('with 50 MB of JSON %s is not read past the limit', async (_, headers) => {
    const poured = Promise.withResolvers<number>();
    s3.answer = (_asked, response) => {
      response.writeHead(200, headers).write('"');
      pour(response, 52_428_800).then(poured.resolve, poured.reject);
    };
    const answer = await ask(readerOf());
    expect(answer).toEqual({ kind: 'rejected', reason: expect.stringMatching(/^too large: /) });
    // A megabyte is read, and the buffers of two sockets hold some more.
    expect(await poured.promise).toBeLessThan(20_000_000);
  });

  const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  const answers: [number, string][] = [
    [301, 'PermanentRedirect'],
    [307, 'TemporaryRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
  ];
  test.each(answers)(
    'and lies in another region (%i %s) says so, for the audio and for the JSON',
    async (status, code) => {
      s3.answer = (_, response) => response.writeHead(status, { 'content-type': 'application/xml' }).end(xml(code));
      const elsewhere = {
        kind: 'trouble',
        reason: expect.stringContaining('another region: write its region into buckets'),
      };
      expect(await download(readerOf())).toEqual(elsewhere);
      expect(await ask(readerOf())).toEqual(elsewhere);
    },
  );

  test.each([301, 307])(
    'and lies in another region says so for metadata too: a HEAD is answered %i alone',
    async (status) => {
      s3.answer = (_, response) => response.writeHead(status).end();
      expect(await ask(readerOf(), { metadata: true })).toMatchObject({
        kind: 'trouble',
        reason: expect.stringContaining('another region'),
      });
    },
  );

  test('and whose object is replaced in the middle of a download gives the new object whole, and no mixture', async () => {
    s3.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '8', etag: '"one"' }).write('1111');
      setImmediate(() => response.destroy());
    };
    expect(await download(readerOf())).toMatchObject({ kind: 'trouble' });
    s3.answer = (_, response) => response.writeHead(200, { 'content-length': '8', etag: '"two"' }).end('22222222');
    expect(await download(readerOf())).toEqual({ kind: 'fetched', value: Buffer.from('22222222') });
    for (const { headers } of s3.asked) {
      expect(headers.range).toBeUndefined();
      expect(headers['if-match']).toBeUndefined(); // the newest content is wanted, whatever the event was about
    }
  });
});

describe('a key with characters that URLs treat in their own way', () => {
  let s3: Awaited<ReturnType<typeof startAudioStore>>;
  const keys = [
    'calls/a b.wav',
    'calls/a+b.wav',
    'calls/a%20b.wav',
    'calls/100%.wav',
    'calls/a%2Fb.wav',
    'calls/é漢字🎧.wav',
    'calls/e\u0301.wav', // the same letter as é, written with two characters: another key
    "calls/(1)!'*~;,=@$&.wav",
    'calls/what?#1.wav',
    'calls/+12025550101_20261026T07:33_UTC.wav',
  ];
  beforeAll(async () => {
    s3 = await startAudioStore();
    for (const Key of keys) {
      await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key, Body: Key }));
      const Body = JSON.stringify({ of: Key });
      await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `${Key}.json`, Body }));
    }
  });
  afterAll(() => s3.stop());

  test.each(keys)('is read as this object and no other: %s', async (key) => {
    const reader = readerOf({ clientFor: () => s3.client, buckets: [{ name: s3.bucket, prefix: 'calls/' }] });
    expect(await download(reader, object(key, s3.bucket))).toEqual({ kind: 'fetched', value: Buffer.from(key) });
    const sidecar = object(`${key}.json`, s3.bucket);
    expect(objectIn(urlOfObject(sidecar))).toEqual({ bucket: s3.bucket, key: sidecar.key });
    expect(await ask(reader, {}, sidecar)).toEqual({ kind: 'fetched', value: { of: key } });
  });
});
