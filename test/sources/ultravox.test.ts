import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { ultravox } from '../../functions/sources/ultravox.ts';
import { sign, timeOf } from '../../local/senders/ultravox.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const [webhookSecret, apiKey] = [{ name: 'ULTRAVOX_WEBHOOK_SECRET' }, { name: 'ULTRAVOX_API_KEY' }];
const fixtures = loadFixtures('ultravox');
const { secret: value, request: ended, nowSeconds } = pick(fixtures, 'ended');
const source = ultravox({ webhookSecret, apiKey });

const signed = (request: WebhookRequest, time = timeOf(nowSeconds)): WebhookRequest => ({
  ...request,
  headers: sign([value], time, request.body),
});
const judge = async (request: WebhookRequest) =>
  (await source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => [value] })).kind;

sourceContract({
  source,
  secret: { name: webhookSecret.name, value, another: `${'x'.repeat(39)}y` },
  fetchSecrets: { [apiKey.name]: 'Zk3pQ8vN.wX5yR2tL7mB9cD4fG6hJ1sA0' },
  fixtures,
  needed: /^(event|call\.callId)$/,
  good: ['ended', 'with-metadata', 'outgoing'],
  retries: [['ended', 'ended-retry']],
  others: [['ended', 'another']],
  proofs: [
    headerProof('x-ultravox-webhook-signature', { forged: ['undefined', ',', `,${'a'.repeat(64)}`, 'sha256=x'] }),
    headerProof('x-ultravox-webhook-timestamp', { forged: ['1784999999', '2026-07-25', '2026-07-25T17:19:59'] }),
  ],
  toleranceSeconds: { past: 36_000, ahead: 300 },
  sign: (request) => signed(request),
  oddBodies: [
    'null',
    '[]',
    '{"event":"__proto__"}',
    '{"event":"call.ended"}',
    '{"event":"call.ended","call":{"callId":7}}',
    '{"event":"call.ended","call":{"callId":"c","metadata":{"from":{}},"medium":{"twilio":{"outgoing":[]}}}}',
  ],
});

describe('the signature', () => {
  test('lets no byte of the time run into the body', async () => {
    const time = timeOf(nowSeconds);
    const request = signed(ended, time);
    const headers = { ...request.headers, 'x-ultravox-webhook-timestamp': time.slice(1) };
    const body = new Uint8Array([...request.body, ...Buffer.from(time.slice(0, 1))]);
    expect(await judge(request)).toBe('authentic');
    expect(await judge({ ...request, headers, body })).toBe('refused');
  });

  test('lets no byte of the body run into the time', async () => {
    const request = signed(ended);
    const time = `}${request.headers['x-ultravox-webhook-timestamp']}`;
    const headers = { ...request.headers, 'x-ultravox-webhook-timestamp': time };
    expect(await judge({ ...request, headers, body: request.body.slice(0, -1) })).toBe('refused');
  });
});

describe('the audio', () => {
  const url = 'https://api.ultravox.ai/api/calls/c1/recording';
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({ 'api.ultravox.ai': ['93.184.215.14'], 'storage.example.net': ['93.184.215.15'] });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (plan = source.fetch) =>
    recordingsWith({ internet, secrets: { [apiKey.name]: ['new', 'old'] } }).download(
      { source: 'ultravox', id: 'c1', media: { kind: 'url', url } },
      plan,
      buffer,
      new AbortController().signal,
    );
  const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers['x-api-key']]);

  test('is fetched from the API with each key of a rotation', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers['x-api-key'] === 'old' ? response.end('RIFF') : response.writeHead(401).end();
    expect(await download()).toEqual({ kind: 'fetched', value: Buffer.from('RIFF') });
    expect(shown()).toEqual([
      ['api.ultravox.ai', '/api/calls/c1/recording', 'new'],
      ['api.ultravox.ai', '/api/calls/c1/recording', 'old'],
    ]);
  });

  test('may lie behind a redirect, which the key does not follow', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.host === 'api.ultravox.ai'
        ? response.writeHead(302, { location: 'https://storage.example.net/1.wav?s=1' }).end()
        : response.end('RIFF');
    expect(await download()).toMatchObject({ kind: 'fetched' });
    expect(shown()[1]).toEqual(['storage.example.net', '/1.wav?s=1', undefined]);
    expect(await download(ultravox({ webhookSecret, apiKey, hosts: ['cdn.example.net'] }).fetch)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('storage.example.net'),
    });
  });

  test.each([
    [404, 'not-yet'],
    [425, 'not-yet'],
    [401, 'trouble'],
    [410, 'rejected'],
  ])('that is answered %i is %s', async (status, kind) => {
    internet.server.answer = (_, response) => response.writeHead(status).end();
    expect((await download()).kind).toBe(kind);
  });
});
