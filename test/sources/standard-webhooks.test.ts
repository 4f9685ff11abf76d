import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { signBytes } from '../../local/senders/standard-webhooks.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const secret = { name: 'STANDARD_WEBHOOKS_SECRET' };
const value = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const nowSeconds = 1785000000;
const fixtures = loadFixtures('standard-webhooks');
const source = standardWebhooks({ secret });

const judge = async (request: WebhookRequest, ...values: string[]) =>
  (await source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => values })).kind;
const signed = (body: string | Uint8Array, by = value): WebhookRequest => {
  const bytes = new Uint8Array(Buffer.from(body));
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(nowSeconds),
    'webhook-signature': signBytes(by, 'msg_1', nowSeconds, bytes),
  };
  return { method: 'POST', url: 'https://hooks.example.com/hooks/standard-webhooks', headers, body: bytes };
};
const received = async (data: unknown, type = 'recording.completed') => {
  const request = signed(JSON.stringify({ type, data }));
  const proof = await source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => [value] });
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'standard-webhooks');
};

sourceContract({
  source,
  secret: { name: secret.name, value, another: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  fixtures,
  needed: /^(type|timestamp|data\.\w+)$/,
  good: ['completed'],
  retries: [
    ['completed', 'completed-retry'],
    ['completed', 'several-signatures'],
  ],
  others: [['completed', 'another']],
  proofs: [
    headerProof('webhook-signature', {
      forged: ['v1,', 'v1', 'v1,undefined', 'v2,x v0,x', `v0=${'a'.repeat(64)}`, 'Bearer x'],
    }),
    headerProof('webhook-id', { forged: ['msg_2', 'msg_1.1785000000'] }),
    headerProof('webhook-timestamp', { forged: ['1785000000.5', '-1785000000', '1.785e9', 'NaN', '0x6a64f1c0'] }),
  ],
  toleranceSeconds: { past: 300, ahead: 300 },
  idHeader: 'webhook-id',
  sign: (request) => ({ ...signed(request.body), url: request.url }),
  oddBodies: [
    'null',
    '[]',
    '""',
    '{"type":"__proto__"}',
    '{"type":""}',
    '{"type":1}',
    '{"type":"recording.completed","data":[]}',
  ],
});

describe('the signature', () => {
  const { 'webhook-signature': good = '', ...rest } = signed('{}').headers;
  const withSignature = (signature: string) => ({
    ...signed('{}'),
    headers: { ...rest, 'webhook-signature': signature },
  });

  test.each([
    ['alone', good],
    ['first of several', `${good} v1,${Buffer.alloc(32).toString('base64')}`],
    ['last of several', `v1,${Buffer.alloc(32).toString('base64')} ${good}`],
    ['behind a version that we do not know', `v9,whatever ${good}`],
  ])('is found %s', async (_title, signature) => {
    expect(await judge(withSignature(signature), value)).toBe('authentic');
  });

  test.each([
    ['the version of another scheme', good.replace('v1,', 'v1a,')],
    ['no version', good.replace('v1,', '')],
    ['a comma in place of the space', `v1,x,${good}`],
  ])('is not taken with %s', async (_title, signature) => {
    expect(await judge(withSignature(signature), value)).toBe('refused');
  });

  test('is checked over the bytes, also where they are no UTF-8', async () => {
    const request = signed(new Uint8Array([0xff, 0xfe, 0x00]));
    expect(await judge(request, value)).toBe('authentic');
    const swapped = { ...request, body: new Uint8Array([0xfe, 0xff, 0x00]) };
    expect(await judge(swapped, value)).toBe('refused');
  });

  test('agrees with the library of the specification on any text', async () => {
    for (const body of ['', '{}', 'é ✓ 𝄞', '"\u2028"', ' \r\n']) {
      const key = `whsec_${randomBytes(24).toString('base64')}`;
      const signature = new Webhook(key).sign('msg_1', new Date(nowSeconds * 1000), body);
      const request = signed(body);
      expect(await judge({ ...request, headers: { ...request.headers, 'webhook-signature': signature } }, key)).toBe(
        'authentic',
      );
    }
  });
});

test.each([
  ['an id', '', String(nowSeconds)],
  ['a time in whole seconds', 'msg_1', `${nowSeconds}.5`],
  ['a time in digits', 'msg_1', '1.785e9'],
  ['a time that is a number', 'msg_1', 'NaN'],
])('a delivery without %s is refused, though it is well signed', async (_title, id, timestamp) => {
  const mac = createHmac('sha256', Buffer.from(value.slice('whsec_'.length), 'base64')).update(`${id}.${timestamp}.{}`);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac.digest('base64')}`,
  };
  expect(await judge({ ...signed('{}'), headers }, value)).toBe('refused');
});

test.each(['whsec_', '', '!!!!'])('a secret that decodes to nothing opens nothing: %j', async (empty) => {
  const request = signed('{}', `whsec_${empty.replace('whsec_', '')}`);
  expect(await judge(request, empty)).toBe('refused');
});

describe('the body', () => {
  const data = { id: 'rec_1', recording_url: 'https://cdn.example.com/1.mp3' };

  test('may leave out all but id and recording_url, or say null', async () => {
    const absent = { call_id: null, from: null, to: null, direction: null, duration_seconds: null, chat_id: null };
    const recording = { source: 'standard-webhooks', id: 'rec_1', media: { kind: 'url', url: data.recording_url } };
    expect(await received(data)).toEqual({ kind: 'recordings', recordings: [recording] });
    expect(await received({ ...data, ...absent })).toEqual({ kind: 'recordings', recordings: [recording] });
  });

  test('may say more than we read', async () => {
    expect(await received({ ...data, transcript: 'hello', extra: { deep: [1] } })).toMatchObject({
      kind: 'recordings',
    });
  });

  test.each([
    ['data.id', { ...data, id: '' }],
    ['data.id', { ...data, id: 7 }],
    ['data.id', { ...data, id: 'x'.repeat(513) }],
    ['data.recording_url', { ...data, recording_url: '/1.mp3' }],
    ['data.recording_url', { ...data, recording_url: 'ftp://example.com/1.mp3' }],
    ['data.direction', { ...data, direction: 'sideways' }],
    ['data.duration_seconds', { ...data, duration_seconds: -1 }],
    ['data.chat_id', { ...data, chat_id: 'nobody' }],
    ['data', null],
  ])('is unreadable when %s is wrong, and says so: %j', async (field, wrong) => {
    expect(await received(wrong)).toEqual({ kind: 'unreadable', reason: expect.stringContaining(`${field}:`) });
  });

  test('of any other type is ignored, whatever it holds', async () => {
    expect(await received(undefined, 'recording.deleted')).toEqual({
      kind: 'ignored',
      reason: expect.stringContaining('recording.deleted'),
    });
  });
});

test('recordings come from any public host, or from those that are configured', () => {
  expect(source.fetch.hosts).toBe('any-public');
  expect(standardWebhooks({ secret, hosts: ['*.example.com'] }).fetch.hosts).toEqual(['*.example.com']);
  expect(source.fetch.credentials).toBeUndefined();
});

test('a retry of the sender has a new signature, and is the same recording', () => {
  const [first, again] = [pick(fixtures, 'completed').request, pick(fixtures, 'completed-retry').request];
  expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(again.headers['webhook-signature']).not.toBe(first.headers['webhook-signature']);
});

describe('the two names of the headers', () => {
  const renamed = (request: WebhookRequest, from: string, to: string): WebhookRequest => ({
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, each]) => [name.replace(from, to), each])),
  });
  const at = async (prefix: 'webhook' | 'svix', request: WebhookRequest, ...values: string[]) =>
    standardWebhooks({ secret, prefix }).authenticate(request, { nowMs: nowSeconds * 1000, read: async () => values });

  test('are taken at either hook, and prove as much', async () => {
    const webhook = signed('{}');
    const svix = renamed(webhook, 'webhook-', 'svix-');
    for (const [prefix, request] of [
      ['svix', webhook],
      ['webhook', svix],
    ] as const) {
      expect((await at(prefix, request, value)).kind).toBe('authentic');
      expect((await at(prefix, request, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).kind).toBe('refused');
      expect((await at(prefix, { ...request, body: new Uint8Array(1) }, value)).kind).toBe('refused');
    }
  });

  test('are not mixed: the hook’s own signature decides where both are there', async () => {
    const webhook = signed('{}');
    const both = { ...webhook, headers: { ...renamed(webhook, 'webhook-', 'svix-').headers, ...webhook.headers } };
    both.headers['svix-signature'] = 'v1,AAAA';
    expect((await at('svix', both, value)).kind).toBe('refused');
    expect((await at('webhook', both, value)).kind).toBe('authentic');
  });
});

test('a secret that begins with v1, is refused with a hint, and no other is', async () => {
  const refusal = async (...values: string[]) =>
    source.authenticate(signed('{}'), { nowMs: nowSeconds * 1000, read: async () => values });
  expect(await refusal(`v1,${value}`)).toEqual({ kind: 'refused', reason: expect.stringContaining('before whsec_') });
  expect(await refusal('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).toEqual({
    kind: 'refused',
    reason: 'webhook-signature does not match',
  });
});
