import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authentic } from '../../functions/core/ports/source.ts';
import { elevenlabs } from '../../functions/sources/elevenlabs.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const apiKey = { name: 'ELEVENLABS_API_KEY' };
const webhookSecret = { name: 'ELEVENLABS_WEBHOOK_SECRET' };
const { fetch: plan } = elevenlabs({ webhookSecret, apiKey });
const audioPath = '/v1/convai/conversations/conv_1/audio';

let internet: Internet;
beforeAll(async () => {
  internet = await startInternet({
    'api.elevenlabs.io': ['93.184.215.14'],
    'api.eu.residency.elevenlabs.io': ['93.184.215.15'],
  });
});
afterAll(() => internet.server.stop());

const download = (...keys: string[]) => {
  internet.server.asked.length = 0;
  const recordings = recordingsWith({ internet, secrets: { [apiKey.name]: keys } });
  const media = { kind: 'url' as const, url: `https://api.elevenlabs.io${audioPath}` };
  return recordings.download({ source: 'elevenlabs', id: 'conv_1', media }, plan, buffer, new AbortController().signal);
};

test('the audio is got from the API with the key, and with the next one of a rotation', async () => {
  internet.server.answer = ({ headers }, response) => {
    response.writeHead(headers['xi-api-key'] === 'old' ? 401 : 200).end('ID3');
  };
  expect(await download('old', 'new')).toEqual({ kind: 'fetched', value: Buffer.from('ID3') });
  expect(internet.server.asked.map(({ url, headers }) => [headers.host, url, headers['xi-api-key']])).toEqual([
    ['api.elevenlabs.io', audioPath, 'old'],
    ['api.elevenlabs.io', audioPath, 'new'],
  ]);
});

test('a redirect to another host is not followed, so that the key never gets there', async () => {
  internet.server.answer = (_, response) => response.writeHead(302, { location: 'https://cdn.example/a' }).end();
  expect(await download('key')).toEqual({ kind: 'rejected', reason: expect.stringContaining('cdn.example') });
  expect(internet.server.asked).toHaveLength(1);
});

test.each([
  [404, 'not-yet'],
  [401, 'trouble'],
  [429, 'trouble'],
  [422, 'rejected'],
])('audio answered %d is %s', async (status, kind) => {
  internet.server.answer = json(status, { detail: { status: 'x' } });
  expect(await download('key')).toEqual({ kind, reason: expect.stringContaining(String(status)) });
});

/** The hosts that ElevenLabs' own library names. */
test.each([
  'api.us.elevenlabs.io',
  'api.eu.residency.elevenlabs.io',
  'api.in.residency.elevenlabs.io',
  'api.sg.residency.elevenlabs.io',
])('a workspace of another region is asked there alone: %s', (apiHost) => {
  const { fetch, classify } = elevenlabs({ webhookSecret, apiKey, apiHost });
  const event = { type: 'post_call_transcription', event_timestamp: 1796000000 };
  const data = { conversation_id: 'conv_1', has_audio: true };
  const body = new Uint8Array(Buffer.from(JSON.stringify({ ...event, data })));
  const request = { method: 'POST', url: 'https://hooks.example.com/', headers: {}, body };
  const proof = authentic(request);
  if (proof.kind !== 'authentic') throw new Error('made so');

  expect(classify(proof.event, 'elevenlabs')).toMatchObject({
    recordings: [{ id: 'conv_1', media: { url: `https://${apiHost}${audioPath}` } }],
  });
  expect([fetch.hosts, fetch.credentialHosts]).toEqual([[apiHost], [apiHost]]);
});

test('a refusal there names the key and the region as its causes', async () => {
  internet.server.answer = json(401, {});
  expect(await download('key')).toEqual({
    kind: 'trouble',
    reason: expect.stringMatching(/answered 401: .*API key valid.*is api\.elevenlabs\.io the region/),
  });
});

test.each(['https://api.eu.residency.elevenlabs.io', 'api.elevenlabs.io.evil.example', 'evil.example', 'EU', ''])(
  'the key is given to no other host: %j',
  (apiHost) => {
    const { mistakes } = elevenlabs({ webhookSecret, apiKey, apiHost });
    expect(mistakes).toEqual([expect.stringContaining('apiHost: must be a host such as')]);
  },
);
