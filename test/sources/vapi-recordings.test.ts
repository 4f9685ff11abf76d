import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { vapi } from '../../functions/sources/vapi.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { type Answer, json } from '../servers/scripted-http.ts';

const key = '5c1ce1f5-9a1b-4c3e-8a55-2f0d2b1f6a90';
const id = '2c004225-a37a-4fb0-a37a-a839d673d222';
const call = `https://api.vapi.ai/call/${id}`;
const storage = '0123456789abcdef.r2.cloudflarestorage.com';
const presigned = `https://${storage}/hipaa-recordings/${id}-mono.wav?X-Amz-Signature=1`;
const fresh = presigned.replace('=1', '=2');

const secrets = { secret: { name: 'VAPI_SECRET' }, privateKey: { name: 'VAPI_PRIVATE_KEY' } };

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({
    'api.vapi.ai': ['93.184.215.14'],
    'api.eu.vapi.ai': ['93.184.215.15'],
    [storage]: ['151.101.1.6'],
  });
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

/** Each URL has its own answer; other URLs get 404. */
const answering = (answers: Record<string, Answer>): void => {
  internet.server.answer = (asked, response) => {
    const answer = answers[`https://${asked.headers.host}${asked.url}`] ?? json(404, {});
    answer(asked, response);
  };
};
const audio: Answer = (_, response) => response.end('audio');
const moved =
  (location: string): Answer =>
  (_, response) =>
    response.writeHead(302, { location }).end();

const download = (url: string, keys: readonly string[] = [key], apiHost?: string) => {
  const { fetch } = vapi({ ...secrets, apiHost });
  const recording: RemoteRecording = { source: 'vapi', id, callId: id, media: { kind: 'url', url } };
  const recordings = recordingsWith({ internet, secrets: { VAPI_PRIVATE_KEY: keys } });
  return recordings.download(recording, fetch, buffer, new AbortController().signal);
};
/** Which hosts were asked, in order, and whether with the key. */
const asked = () =>
  internet.server.asked.map(({ headers, url }) => [`https://${headers.host}${url}`, headers.authorization]);
const withKey = `Bearer ${key}`;

test('a presigned URL is fetched without the key', async () => {
  answering({ [presigned]: audio });
  expect(await download(presigned)).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
  expect(asked()).toEqual([[presigned, undefined]]);
});

test("Vapi's own endpoint gets the key, and the storage that it leads to does not", async () => {
  answering({ [`${call}/mono-recording`]: moved(fresh), [fresh]: audio });
  expect(await download(`${call}/mono-recording`)).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
  expect(asked()).toEqual([
    [`${call}/mono-recording`, withKey],
    [fresh, undefined],
  ]);
});

test('in place of a presigned URL that has expired, Vapi is asked for the recording', async () => {
  answering({
    [presigned]: json(403, {}),
    [call]: json(200, { id, status: 'ended' }),
    [`${call}/mono-recording`]: moved(fresh),
    [fresh]: audio,
  });
  expect(await download(presigned)).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
  expect(asked()).toEqual([
    [presigned, undefined],
    [call, withKey],
    [`${call}/mono-recording`, withKey],
    [fresh, undefined],
  ]);
});

test('an answer that is of another call is not followed', async () => {
  answering({ [presigned]: json(403, {}), [call]: json(200, { id: 'another' }) });
  expect(await download(presigned)).toEqual({ kind: 'rejected', reason: expect.any(String) });
  expect(asked()).toHaveLength(2);
});

test('a new key is tried after an old one', async () => {
  const opens: Answer = (question, response) =>
    question.headers.authorization === withKey ? audio(question, response) : response.writeHead(401).end();
  answering({ [`${call}/mono-recording`]: opens });
  expect((await download(`${call}/mono-recording`, ['old', key])).kind).toBe('fetched');
});

test('without the key, what it would open is trouble that a person can fix', async () => {
  answering({ [`${call}/mono-recording`]: json(401, {}), [call]: json(401, {}) });
  expect((await download(`${call}/mono-recording`, [])).kind).toBe('trouble');
});

test('a recording that is not there just after the report is not ready yet', async () => {
  answering({ [call]: json(200, { id }) });
  expect((await download(`${call}/mono-recording`)).kind).toBe('not-yet');
});

test.each([
  'https://storage.example.net/a.wav',
  'https://r2.cloudflarestorage.com/a.wav',
  'https://api.vapi.ai.evil.example/',
])('another host is not asked, nor followed to: %s', async (elsewhere) => {
  answering({ [`${call}/mono-recording`]: moved(elsewhere) });
  expect((await download(elsewhere)).kind).toBe('rejected');
  expect(asked()).toEqual([]);
  expect((await download(`${call}/mono-recording`)).kind).toBe('rejected');
  expect(asked()).toEqual([[`${call}/mono-recording`, withKey]]);
});

test('a storage of your own is fetched from, and never sent the key', () => {
  const { fetch } = vapi({ secret: { name: 'S' }, privateKey: { name: 'K' }, hosts: ['bucket.s3.amazonaws.com'] });
  expect(fetch.hosts).toContain('bucket.s3.amazonaws.com');
  expect(fetch.credentialHosts).toEqual(['api.vapi.ai']);
});

test("an organisation in Vapi's EU region is asked there, also where its presigned URL has expired", async () => {
  const eu = call.replace('api.vapi.ai', 'api.eu.vapi.ai');
  answering({
    [presigned]: json(400, {}),
    [eu]: json(200, { id }),
    [`${eu}/mono-recording`]: moved(fresh),
    [fresh]: audio,
  });

  expect(await download(presigned, [key], 'api.eu.vapi.ai')).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
  expect(asked()).toEqual([
    [presigned, undefined],
    [eu, withKey],
    [`${eu}/mono-recording`, withKey],
    [fresh, undefined],
  ]);
});

test('a refusal names the key and the region as its causes', async () => {
  answering({ [`${call}/mono-recording`]: json(401, {}), [call]: json(401, {}) });
  expect(await download(`${call}/mono-recording`)).toEqual({
    kind: 'trouble',
    reason: expect.stringMatching(/private key valid.*is api\.vapi\.ai the region/),
  });
});

test.each(['https://api.eu.vapi.ai', 'api.vapi.ai.evil.example', 'evil.example', ''])(
  'the key is given to no other host: %j',
  (apiHost) => {
    expect(vapi({ ...secrets, apiHost }).mistakes).toEqual([
      expect.stringContaining('apiHost: must be a host such as'),
    ]);
  },
);
