import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { retell } from '../../functions/sources/retell.ts';
import { signature } from '../../local/senders/retell.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const apiKey = { name: 'RETELL_API_KEY' };
const key = 'key_7daafc400611dc03bb108038abf2';
const fixtures = loadFixtures('retell');
const source = retell({ apiKey });
const { request: ended, nowSeconds } = pick(fixtures, 'call-ended');
const context = { nowMs: nowSeconds * 1000, read: async () => [key] };

const withSignature = (request: WebhookRequest, value: string): WebhookRequest => ({
  ...request,
  headers: { 'content-type': 'application/json', 'x-retell-signature': value },
});
const judge = async (request: WebhookRequest) => (await source.authenticate(request, context)).kind;

const d = 'a'.repeat(64);
sourceContract({
  source,
  secret: { name: apiKey.name, value: key, another: 'key_95a3ed155955fec1fdebf6c0f0f8' },
  fixtures,
  needed: /^(event|call\.(call_id|recording_url))$/,
  good: ['call-ended', 'call-analyzed', 'web-call'],
  retries: [
    ['call-ended', 'call-ended-retry'],
    ['call-ended', 'call-analyzed'],
  ],
  others: [['call-ended', 'another']],
  proofs: [
    headerProof('x-retell-signature', {
      forged: [
        d,
        `d=${d}`,
        `v=1784999999000,d=`,
        `v=,d=${d}`,
        `d=${d},v=1784999999000`,
        `v1,${d}`,
        'v=undefined,d=undefined',
      ],
    }),
  ],
  toleranceSeconds: { past: 300, ahead: 300 },
  sign: (request) => withSignature(request, signature(key, nowSeconds * 1000, request.body)),
  oddBodies: [
    'null',
    '[]',
    '""',
    '{"event":"__proto__"}',
    '{"event":"constructor"}',
    '{"event":""}',
    '{"event":["call_ended"]}',
    '{"event":"call_ended"}',
    '{"event":"call_ended","call":[]}',
    '{"event":"call_ended","call":{"call_id":7}}',
    '{"event":"call_ended","call":{"call_id":"c","recording_url":"","duration_ms":-1}}',
  ],
});

describe('the signature', () => {
  const { body } = ended;

  test.each([
    ['300 000 ms old', -300_000, 'authentic'],
    ['300 001 ms old', -300_001, 'refused'],
    ['300 000 ms ahead', 300_000, 'authentic'],
    ['300 001 ms ahead', 300_001, 'refused'],
  ])('may be %s: %i, %s', async (_title, ms, kind) => {
    expect(await judge(withSignature(ended, signature(key, nowSeconds * 1000 + ms, body)))).toBe(kind);
  });

  test.each([
    ['in seconds', String(nowSeconds)],
    ['with a digit more', `${nowSeconds * 1000}0`],
    ['with a zero before', `0${nowSeconds * 1000}`],
    ['with a sign', `+${nowSeconds * 1000}`],
    ['with a fraction', `${nowSeconds * 1000}.0`],
    ['in other notation', '1.785e12'],
  ])('well made over a time %s is refused', async (_title, milliseconds) => {
    expect(await judge(withSignature(ended, signature(key, milliseconds, body)))).toBe('refused');
  });

  test.each([
    ['something before it', (good: string) => `x,${good}`],
    ['something behind it', (good: string) => `${good},v=1`],
    ['a space in it', (good: string) => good.replace(',', ', ')],
  ])('with %s is refused, though the official library finds it', async (_title, change) => {
    expect(await judge(withSignature(ended, change(signature(key, nowSeconds * 1000, body))))).toBe('refused');
  });

  test('does not let digits of the time run over into the body', async () => {
    const milliseconds = String(nowSeconds * 1000);
    const [, digest] = signature(key, milliseconds, body).split(',');
    const longer = new Uint8Array([...body, ...Buffer.from(milliseconds.slice(0, 1))]);
    expect(await judge({ ...withSignature(ended, `v=${milliseconds.slice(1)},${digest}`), body: longer })).toBe(
      'refused',
    );
  });
});

test('a body that is not UTF-8 is unreadable, though it is well signed', async () => {
  const body = new Uint8Array([0x22, 0xff, 0x22]);
  const signed = withSignature({ ...ended, body }, signature(key, nowSeconds * 1000, body));
  const proof = await source.authenticate(signed, context);
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  expect(source.classify(proof.event, 'retell')).toEqual({
    kind: 'unreadable',
    reason: expect.stringContaining('UTF-8'),
  });
});

describe('a call', () => {
  const classified = async (call: object, event = 'call_ended') => {
    const body = new Uint8Array(Buffer.from(JSON.stringify({ event, call })));
    const signed = withSignature({ ...ended, body }, signature(key, nowSeconds * 1000, body));
    const proof = await source.authenticate(signed, context);
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    return source.classify(proof.event, 'retell');
  };
  const least = { call_id: 'call_1', recording_url: 'https://dxc03zgurdly9.cloudfront.net/1/recording.wav' };

  test('may leave out all but its id and its recording, or say null', async () => {
    const absent = {
      from_number: null,
      to_number: null,
      direction: null,
      duration_ms: null,
      scrubbed_recording_url: null,
    };
    const media = { kind: 'url', url: least.recording_url };
    const recordings = [{ source: 'retell', id: 'call_1', callId: 'call_1', media }];
    expect(await classified(least)).toEqual({ kind: 'recordings', recordings });
    expect(await classified({ ...least, ...absent })).toEqual({ kind: 'recordings', recordings });
  });

  test('is heard whole where its scrubbed twin is there too', async () => {
    const twin = 'https://dxc03zgurdly9.cloudfront.net/1/scrubbed.wav';
    expect(await classified({ ...least, scrubbed_recording_url: twin })).toMatchObject({
      recordings: [{ media: { url: least.recording_url } }],
    });
  });

  test('whose recording is null has none yet, and none at all once it is analyzed', async () => {
    const silent = { ...least, recording_url: null };
    expect((await classified(silent)).kind).toBe('not-ready');
    expect((await classified(silent, 'call_analyzed')).kind).toBe('ignored');
  });
});
