import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { elevenlabs } from '../../functions/sources/elevenlabs.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const apiKey = { name: 'ELEVENLABS_API_KEY' };
const { fetch: plan } = elevenlabs({ webhookSecret: { name: 'ELEVENLABS_WEBHOOK_SECRET' }, apiKey });
const audioPath = '/v1/convai/conversations/conv_1/audio';

let internet: Internet;
beforeAll(async () => {
  internet = await startInternet({ 'api.elevenlabs.io': ['93.184.215.14'] });
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
  expect(await download('key')).toEqual({ kind: 'rejected', why: expect.stringContaining('cdn.example') });
  expect(internet.server.asked).toHaveLength(1);
});

test.each([
  [404, 'not-yet'],
  [401, 'trouble'],
  [429, 'trouble'],
  [422, 'rejected'],
])('audio answered %d is %s', async (status, kind) => {
  internet.server.answer = json(status, { detail: { status: 'x' } });
  expect(await download('key')).toEqual({ kind, why: expect.stringContaining(String(status)) });
});
