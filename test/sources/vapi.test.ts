import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { type VapiHmac, vapi } from '../../functions/sources/vapi.ts';
import { bearerHeader, hmacHeaders, secretHeader } from '../../local/senders/vapi.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { type Fixture, loadFixtures, pick } from '../fixtures.ts';

const names = { secret: { name: 'VAPI_SECRET' }, privateKey: { name: 'VAPI_PRIVATE_KEY' } };
const value = 'vs-869c689b0605240cc2965dcfa046bf98';
const fixtures = loadFixtures('vapi');
const { nowSeconds } = pick(fixtures, 'completed');

const withHeaders = (request: WebhookRequest, headers: Record<string, string>): WebhookRequest => ({
  ...request,
  headers: { 'content-type': 'application/json', ...headers },
});
/** The same events, with another proof that a user may choose at Vapi. */
const provenBy = (headersOf: (request: WebhookRequest) => Record<string, string>): Record<string, Fixture> =>
  Object.fromEntries(
    Object.entries(fixtures).map(([name, fixture]) => [
      name,
      { ...fixture, request: withHeaders(fixture.request, headersOf(fixture.request)) },
    ]),
  );
const hmacAt = (seconds: number) => (request: WebhookRequest) => hmacHeaders(value, seconds * 1000, request.body);

const common = {
  secret: { name: names.secret.name, value, another: 'vs-88481215bbed6da8e9f3683166171365' },
  fetchSecrets: { VAPI_PRIVATE_KEY: '5c1ce1f5-9a1b-4c3e-8a55-2f0d2b1f6a90' },
  good: ['completed', 'without-presigned-url'],
  retries: [['completed', 'completed-retry']] as const,
  others: [['completed', 'another']] as const,
  oddBodies: [
    'null',
    '[]',
    '""',
    '{"message":null}',
    '{"message":{"type":"__proto__"}}',
    '{"message":{"type":"constructor"}}',
    '{"message":{"type":1}}',
    '{"message":{"type":"end-of-call-report"}}',
    '{"message":{"type":"end-of-call-report","call":[],"artifact":[]}}',
    '{"message":{"type":"end-of-call-report","call":{"id":"1"},"artifact":{"recordingUrl":"x"},"startedAt":"soon"}}',
  ],
};

describe('the secret header', () => {
  sourceContract({
    ...common,
    source: vapi(names),
    fixtures,
    needed: /^message\.(type|call\.id)$/,
    proofs: [headerProof('x-vapi-secret', { forged: ['undefined', 'null', `Bearer ${value}`, `${value},${value}`] })],
    sign: (request) => withHeaders(request, secretHeader(value)),
  });
});

describe('a bearer credential', () => {
  sourceContract({
    ...common,
    source: vapi({ ...names, proof: 'bearer' }),
    fixtures: provenBy(() => bearerHeader(value)),
    needed: /^message\.(type|call\.id)$/,
    proofs: [
      headerProof('authorization', { forged: [value, `bearer ${value}`, `Basic ${value}`, 'Bearer ', 'Bearer'] }),
    ],
    sign: (request) => withHeaders(request, bearerHeader(value)),
  });
});

describe('an HMAC credential', () => {
  sourceContract({
    ...common,
    source: vapi({ ...names, proof: { algorithm: 'sha256' } }),
    fixtures: provenBy(hmacAt(nowSeconds - 1)),
    needed: /^message\.(type|call\.id)$/,
    proofs: [
      headerProof('x-signature', { forged: [value, 'sha256=', `sha256=${'a'.repeat(64)}`, 'undefined'] }),
      headerProof('x-timestamp', { forged: ['1785000000.5', '-1785000000', '1.785e9', 'NaN', '0x6a64f1c0'] }),
    ],
    toleranceSeconds: { past: 300, ahead: 300 },
    sign: (request) => withHeaders(request, hmacAt(nowSeconds)(request)),
  });

  const { request } = pick(fixtures, 'completed');
  const judge = async (proof: VapiHmac, headers: Record<string, string>, body = request.body) => {
    const context = { nowMs: nowSeconds * 1000, read: async () => [value] };
    return (await vapi({ ...names, proof }).authenticate({ ...withHeaders(request, headers), body }, context)).kind;
  };
  const digest = (algorithm: string, encoding: 'hex' | 'base64', ...pieces: (string | Uint8Array)[]) =>
    pieces
      .reduce<ReturnType<typeof createHmac>>((mac, piece) => mac.update(piece), createHmac(algorithm, value))
      .digest(encoding);

  test.each(['sha1', 'sha256', 'sha512'] as const)('may be made with %s', async (algorithm) => {
    const signature = digest(algorithm, 'hex', `${nowSeconds}.`, request.body);
    const headers = { 'x-timestamp': String(nowSeconds), 'x-signature': signature };
    expect(await judge({ algorithm }, headers)).toBe('authentic');
    expect(await judge({ algorithm: algorithm === 'sha1' ? 'sha256' : 'sha1' }, headers)).toBe('refused');
  });

  test('may have other headers, a prefix, base64 and another payload', async () => {
    const proof: VapiHmac = {
      algorithm: 'sha256',
      signatureHeader: 'X-Hub-Signature',
      timestampHeader: 'X-Sent-At',
      signaturePrefix: 'sha256=',
      signatureEncoding: 'base64',
      payloadFormat: 'v0:{timestamp}:{body}',
    };
    const signature = digest('sha256', 'base64', `v0:${nowSeconds}:`, request.body);
    const sent = { 'x-sent-at': String(nowSeconds), 'x-hub-signature': `sha256=${signature}` };
    expect(await judge(proof, sent)).toBe('authentic');
    expect(await judge(proof, { ...sent, 'x-hub-signature': signature })).toBe('refused');
    expect(await judge(proof, sent, new Uint8Array([...request.body, 10]))).toBe('refused');
  });

  test('may leave the time out: then none is asked for', async () => {
    const proof: VapiHmac = { algorithm: 'sha256', payloadFormat: '{body}' };
    expect(await judge(proof, { 'x-signature': digest('sha256', 'hex', request.body) })).toBe('authentic');
    expect(vapi({ ...names, proof }).covers).toEqual({ body: true, url: false, time: false, id: false });
  });

  test.each([
    ['in seconds', nowSeconds - 300, 'authentic'],
    ['in seconds, too old', nowSeconds - 301, 'refused'],
    ['in milliseconds', nowSeconds * 1000 - 300_000, 'authentic'],
    ['in milliseconds, too old by one', nowSeconds * 1000 - 300_001, 'refused'],
    ['in a unit that is neither', nowSeconds * 100, 'refused'],
  ])('has its time %s', async (_title, timestamp, kind) => {
    expect(await judge({ algorithm: 'sha256' }, hmacHeaders(value, timestamp, request.body))).toBe(kind);
  });

  test.each(['{timestamp}', '{timestamp}.{payload}.{body}', '', '{Body}'])(
    'that does not sign the body, or asks for what we do not know, is a mistake: %j',
    (payloadFormat) => {
      const { mistakes } = vapi({ ...names, proof: { algorithm: 'sha256', payloadFormat } });
      expect(mistakes).toEqual([expect.stringContaining('proof.payloadFormat: must have {body}')]);
    },
  );
});

describe('a report', () => {
  const classified = (message: object) =>
    read(Buffer.from(JSON.stringify({ message: { type: 'end-of-call-report', ...message } })));
  const read = async (bytes: Uint8Array) => {
    const body = new Uint8Array(bytes);
    const { request } = pick(fixtures, 'completed');
    const proof = await vapi(names).authenticate({ ...request, body }, { nowMs: 0, read: async () => [value] });
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = vapi(names).classify(proof.event, 'vapi');
    return event.kind === 'recordings' ? event.recordings[0] : event;
  };
  const least = { call: { id: 'c1' }, artifact: { recordingUrl: 'x' } };

  test('may leave out all but the call and a sign of its recording', async () => {
    const media = { kind: 'url', url: 'https://api.vapi.ai/call/c1/mono-recording' };
    expect(await classified(least)).toEqual({ source: 'vapi', id: 'c1', callId: 'c1', media });
  });

  test.each([
    ['2026-07-25T17:20:00.000Z', '2026-07-25T17:20:00.000Z', 0],
    ['2026-07-25T17:20:00.000Z', '2026-07-25T17:20:01.250Z', 1.25],
    ['2026-07-25T17:20:01.000Z', '2026-07-25T17:20:00.000Z', undefined],
    ['soon', '2026-07-25T17:20:00.000Z', undefined],
  ])('from %s to %s took %s seconds', async (startedAt, endedAt, durationSeconds) => {
    const recording = await classified({ ...least, startedAt, endedAt });
    expect(recording).toMatchObject({ id: 'c1', ...(durationSeconds !== undefined && { durationSeconds }) });
    expect(Object.hasOwn(recording ?? {}, 'durationSeconds')).toBe(durationSeconds !== undefined);
  });

  test('that is not UTF-8 is unreadable', async () => {
    const reason = expect.stringContaining('UTF-8');
    expect(await read(new Uint8Array([0x22, 0xff, 0x22]))).toEqual({ kind: 'unreadable', reason });
  });

  test('of a call without a number names the one that is there', async () => {
    const call = { id: 'c1', type: 'inboundPhoneCall' };
    const recording = await classified({ ...least, call, customer: { name: 'Ada' }, phoneNumber: { number: '+1415' } });
    expect(recording).toMatchObject({ to: '+1415', direction: 'inbound' });
    expect(recording).not.toHaveProperty('from');
  });
});
