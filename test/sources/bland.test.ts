import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { bland } from '../../functions/sources/bland.ts';
import { call } from '../../local/senders/bland.call.ts';
import { sign } from '../../local/senders/bland.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { startInternet } from '../servers/internet.ts';

const webhookSecret = { name: 'BLAND_WEBHOOK_SECRET' };
const fixtures = loadFixtures('bland');
const { secret: value } = pick(fixtures, 'completed');
const source = bland({ webhookSecret });

const signed = (body: string | Uint8Array): WebhookRequest => {
  const headers = { 'x-webhook-signature': sign(value, body) };
  const url = 'https://hooks.example.com/hooks/bland';
  return { method: 'POST', url, headers, body: new Uint8Array(Buffer.from(body)) };
};
const received = async (fields: object) => {
  const request = signed(JSON.stringify({ ...call('call-1', 'https://bland-recordings.example.net/1'), ...fields }));
  const proof = await source.authenticate(request, { nowMs: 0, read: async () => [value] });
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'bland');
};

sourceContract({
  source,
  secret: { name: webhookSecret.name, value, another: '0'.repeat(48) },
  fixtures,
  needed: /^(call_id|recording_url)$/,
  good: ['completed'],
  retries: [['completed', 'completed-retry']],
  others: [['completed', 'another']],
  proofs: [headerProof('x-webhook-signature', { forged: ['v1,x', `sha256=${'a'.repeat(64)}`, 'undefined'] })],
  sign: (request) => ({ ...signed(request.body), url: request.url }),
  oddBodies: [
    'null',
    '[]',
    '{}',
    '{"event_type":1}',
    '{"event_type":"__proto__"}',
    '{"recording_url":{}}',
    '{"call_id":"https://example.com/1","recording_url":"https://example.com/1"}',
  ],
});

describe('the call', () => {
  test('may leave out who called whom and how long it was, or say null', async () => {
    const absent = { from: null, to: undefined, inbound: null, call_length: null };
    const media = { kind: 'url', url: 'https://bland-recordings.example.net/1' };
    const recordings = [{ source: 'bland', id: 'call-1', callId: 'call-1', media }];
    expect(await received(absent)).toEqual({ kind: 'recordings', recordings });
  });

  test.each([
    [0, 0],
    [0.5, 30],
    [1.1, 66],
    [61, 3660],
  ])('of %d minutes has %d seconds', async (call_length, durationSeconds) => {
    expect(await received({ call_length })).toMatchObject({ recordings: [{ durationSeconds }] });
  });

  test.each([
    ['call_id', { call_id: 7 }],
    ['call_id', { call_id: 'https://example.com/1' }],
    ['recording_url', { recording_url: '/1.mp3' }],
    ['recording_url', { recording_url: 'javascript:0' }],
    ['event_type', { event_type: 7 }],
  ])('is unreadable when %s is wrong, and says so: %j', async (field, wrong) => {
    expect(await received(wrong)).toEqual({ kind: 'unreadable', reason: expect.stringContaining(`${field}:`) });
  });

  test.each([{ event_type: null }, { event_type: '' }, { corrected_transcript: null }])(
    'is no later note where the mark of one is empty: %j',
    async (mark) => {
      expect(await received(mark)).toMatchObject({ kind: 'recordings' });
    },
  );
});

test('what cannot be read is answered 200, as Bland would send it again and again', () => {
  expect(source.statuses).toEqual({ unreadable: 200 });
});

test('recordings come from any public host, or from those that are configured', () => {
  expect(source.fetch.hosts).toBe('any-public');
  expect(bland({ webhookSecret, hosts: ['*.example.com'] }).fetch.hosts).toEqual(['api.bland.ai', '*.example.com']);
  expect(source.fetch.credentials).toBeUndefined();
});

test('a recording is fetched without credentials, and 404 just after the event is "not yet"', async () => {
  const internet = await startInternet({ 'media.vendor.example': ['93.184.215.14'] });
  try {
    const recordings = recordingsWith({ internet });
    const url = 'https://media.vendor.example/7dbc9cc1';
    internet.server.answer = (_, response) => response.writeHead(404).end();
    expect(await fetchBytes(recordings, url, source.fetch)).toMatchObject({ kind: 'not-yet' });
    internet.server.answer = (_, response) => response.end('ID3');
    expect(await fetchBytes(recordings, url, source.fetch)).toEqual({ kind: 'fetched', value: Buffer.from('ID3') });
    expect(Object.keys(internet.server.asked[1]?.headers ?? {}).sort()).toEqual([
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  } finally {
    await internet.server.stop();
  }
});

describe('a recording that needs the API key', () => {
  const apiKey = { name: 'BLAND_API_KEY' };
  const authorised = bland({ webhookSecret, apiKey });
  const stored = 'https://api.bland.ai/v1/recordings/c1';
  const dead = 'https://server.aws.dc5.bland.ai/v1/recordings/c1:7f3';
  const take = async (url: string, keys: readonly string[] = ['org_new', 'org_old']) => {
    const internet = await startInternet({
      'api.bland.ai': ['93.184.215.14'],
      'server.aws.dc5.bland.ai': ['93.184.215.15'],
    });
    internet.server.answer = ({ headers }, response) =>
      headers.host === 'api.bland.ai' && headers.authorization === 'org_old'
        ? response.end('RIFF')
        : response.writeHead(401).end();
    const result = await recordingsWith({ internet, secrets: { [apiKey.name]: keys } }).download(
      { source: 'bland', id: 'c1', media: { kind: 'url', url } },
      authorised.fetch,
      buffer,
      new AbortController().signal,
    );
    await internet.server.stop();
    return { result, asked: internet.server.asked.map(({ headers }) => [headers.host, headers.authorization]) };
  };

  test("is fetched from Bland's API with each key of a rotation", async () => {
    expect(await take(stored)).toEqual({
      result: { kind: 'fetched', value: Buffer.from('RIFF') },
      asked: [
        ['api.bland.ai', 'org_new'],
        ['api.bland.ai', 'org_old'],
      ],
    });
  });

  test('is fetched there where the URL of the event is refused, and the key goes to no other host', async () => {
    expect(await take(dead)).toEqual({
      result: { kind: 'fetched', value: Buffer.from('RIFF') },
      asked: [
        ['server.aws.dc5.bland.ai', undefined],
        ['api.bland.ai', 'org_new'],
        ['api.bland.ai', 'org_old'],
      ],
    });
  });

  test('waits where the key is refused, and is not asked for twice at one address', async () => {
    const { result, asked } = await take(stored, ['org_wrong']);
    expect(result).toEqual({
      kind: 'trouble',
      reason: expect.stringMatching(/answered 401: is the API key of the account/),
    });
    expect(asked).toHaveLength(1);
  });
});
