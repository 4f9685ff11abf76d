import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { justcall } from '../../functions/sources/justcall.ts';
import { sign } from '../../local/senders/justcall.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const [apiSecret, apiKey] = [{ name: 'JUSTCALL_API_SECRET' }, { name: 'JUSTCALL_API_KEY' }];
const fixtures = loadFixtures('justcall');
const { secret: value, request: completed, nowSeconds } = pick(fixtures, 'completed');
const source = justcall({ apiSecret, apiKey });
const { url } = completed;

const typeOf = (body: Uint8Array): string => {
  try {
    return String(JSON.parse(Buffer.from(body).toString()).type);
  } catch {
    return 'call.completed';
  }
};
const withBody = (request: WebhookRequest, body: object): WebhookRequest => ({
  ...request,
  body: new Uint8Array(Buffer.from(JSON.stringify(body))),
});
const judge = async (request: WebhookRequest) =>
  (await source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => [value] })).kind;

sourceContract({
  source,
  secret: { name: apiSecret.name, value, another: 'f'.repeat(40) },
  fetchSecrets: { [apiKey.name]: '6e1d4c9a0b8f73255e2a9d6c8b4f0317e9c1d3a5' },
  fixtures,
  payload: ({ body }) => Buffer.from(body).toString(),
  needed: /^(webhook_url|type|data|data\.id)$/,
  good: ['completed', 'id-as-text'],
  retries: [['completed', 'completed-retry']],
  others: [['completed', 'another']],
  proofs: [
    headerProof('x-justcall-signature', { forged: ['undefined', '0'.repeat(64), `sha256=${'a'.repeat(64)}`] }),
    headerProof('x-justcall-signature-version', { forged: ['v2', 'v1,v2'] }),
    headerProof('x-justcall-request-timestamp', { forged: ['1784999999', '2026-07-25T17:19:59Z', '2026-07-25'] }),
  ],
  toleranceSeconds: { past: 900, ahead: 300 },
  otherBody: (request) => withBody(request, { webhook_url: url, type: 'call.completed', data: { id: 7 } }),
});

describe('the proof', () => {
  test('covers the type: another is refused', async () => {
    expect(await judge(withBody(completed, { webhook_url: url, type: 'call.missed', data: { id: 7 } }))).toBe(
      'refused',
    );
  });

  test('is for this hook URL: that of another hook of the account is refused, with its own good signature', async () => {
    const other = 'https://hooks.example.com/hooks/other';
    const headers = sign(value, other, 'call.completed', nowSeconds);
    expect(await judge({ ...withBody(completed, { webhook_url: other, type: 'call.completed' }), headers })).toBe(
      'refused',
    );
  });

  test('of a hook URL with a chat covers the chat', async () => {
    const withChat = `${url}?chat=550e8400-e29b-41d4-a716-446655440000`;
    const headers = sign(value, withChat, 'call.completed', nowSeconds);
    const request = { ...withBody(completed, { webhook_url: withChat, type: 'call.completed' }), headers };
    expect(await judge({ ...request, url: withChat })).toBe('authentic');
    expect(await judge({ ...request, url: withChat.replace('550e', '660e') })).toBe('refused');
  });

  test.each([
    ['null'],
    ['[]'],
    ['""'],
    ['{}'],
    ['{"type":{}}'],
    ['{"webhook_url":7,"type":"call.completed"}'],
    ['no JSON'],
  ])('is never found in %s', async (text) => {
    const body = new Uint8Array(Buffer.from(text));
    expect(await judge({ ...completed, body, headers: sign(value, url, typeOf(body), nowSeconds) })).toBe('refused');
  });
});

describe('the call at the API', () => {
  const resource = '/v2.1/calls/512345678';
  const media = { kind: 'url' as const, url: `https://api.justcall.io${resource}/recording/download` };
  const recording: RemoteRecording = { source: 'justcall', id: '512345678', media };
  const secrets = { [apiKey.name]: ['key2', 'key1'], [apiSecret.name]: ['secret2', 'secret1'] };
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({ 'api.justcall.io': ['93.184.215.14'], 'media.example.net': ['93.184.215.15'] });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (plan = source.fetch) =>
    recordingsWith({ internet, secrets }).download(recording, plan, buffer, new AbortController().signal);
  const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization]);

  test('has the audio, asked for with key and secret as JustCall wants them, each pair of a rotation in turn', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.authorization === 'key1:secret1' ? response.end('ID3') : response.writeHead(401).end();
    expect(await download()).toEqual({ kind: 'fetched', value: Buffer.from('ID3') });
    expect(shown()).toEqual([
      ['api.justcall.io', `${resource}/recording/download`, 'key2:secret2'],
      ['api.justcall.io', `${resource}/recording/download`, 'key1:secret1'],
    ]);
  });

  test('may lead to another host, which is shown no key, unless the hosts are named', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.host === 'api.justcall.io'
        ? response.writeHead(302, { location: 'https://media.example.net/1.mp3' }).end()
        : response.end('ID3');
    expect(await download()).toMatchObject({ kind: 'fetched' });
    expect(shown()[1]).toEqual(['media.example.net', '/1.mp3', undefined]);
    expect(await download(justcall({ apiSecret, apiKey, hosts: ['cdn.justcall.io'] }).fetch)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('media.example.net'),
    });
  });

  test('waits where there is no API key, which a person may set', async () => {
    internet.server.answer = (_, response) => response.writeHead(401).end();
    const without = recordingsWith({ internet }).download(
      recording,
      source.fetch,
      buffer,
      new AbortController().signal,
    );
    expect(await without).toMatchObject({ kind: 'trouble' });
  });

  test('without a recording yet is asked again later', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();
    expect(await download()).toMatchObject({ kind: 'not-yet' });
  });

  const ask = async (answer: unknown) => {
    internet.server.answer = json(200, answer);
    const question = source.lookUpParties?.(recording);
    if (!question) throw new Error('nothing is asked');
    return recordingsWith({ internet, secrets }).ask(question, recording, source.fetch);
  };
  const call = {
    contact_number: '+14155550101',
    justcall_number: '+14155550199',
    call_info: { direction: 'Incoming' },
  };

  test.each([
    ['Incoming', { from: '+14155550101', to: '+14155550199', direction: 'inbound' }],
    ['outgoing', { from: '+14155550199', to: '+14155550101', direction: 'outbound' }],
  ])('says who called whom: %s', async (direction, parties) => {
    expect(await ask({ data: { ...call, call_info: { direction } } })).toEqual({ kind: 'fetched', value: parties });
    expect(shown()[0]?.[1]).toBe(resource);
  });

  test.each([
    [null],
    [{}],
    [{ data: [] }],
    [{ data: { ...call, call_info: null } }],
    [{ data: { ...call, contact_number: 7 } }],
    [{ data: { ...call, call_info: { direction: 'Sideways' } } }],
  ])('says nothing where its answer is %j', async (answer) => {
    expect(await ask(answer)).toMatchObject({ kind: 'rejected' });
  });
});
