import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { vonage } from '../../functions/sources/vonage.ts';
import { jwt, signedHeaders } from '../../local/senders/vonage.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import recorded from '../fixtures/vonage/recorded.json' with { type: 'json' };
import { loadFixtures, pick } from '../fixtures.ts';

const secret = '272df4cf4cf6a8514457e313e48b1691d2252a68';
const nowSeconds = 1785000000;
const fixtures = loadFixtures('vonage');
const source = vonage({
  signatureSecret: { name: 'VONAGE_SIGNATURE_SECRET' },
  applicationId: { name: 'VONAGE_APPLICATION_ID' },
  privateKey: { name: 'VONAGE_PRIVATE_KEY' },
});

const signed = (body: string | Uint8Array, claims: object = {}): WebhookRequest => ({
  method: 'POST',
  url: 'https://hooks.example.com/hooks/vonage',
  headers: signedHeaders(secret, nowSeconds, body, claims),
  body: new Uint8Array(Buffer.from(body)),
});
const authenticate = (request: WebhookRequest, ...secrets: string[]) =>
  source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => secrets });
const judge = async (authorization: string, body: string, by = secret) =>
  (await authenticate({ ...signed(body), headers: { authorization } }, by)).kind;
const received = async (event: unknown) => {
  const proof = await authenticate(signed(JSON.stringify(event)), secret);
  if (proof.kind !== 'authentic') throw new Error(`it is ${proof.kind}`);
  return source.classify(proof.event, 'vonage');
};
const claimsOf = ({ headers }: WebhookRequest): object =>
  JSON.parse(Buffer.from(headers.authorization?.split('.')[1] ?? '', 'base64url').toString());

const { request: good } = pick(fixtures, 'recorded');
const token = good.headers.authorization?.slice('Bearer '.length) ?? '';
const [header = '', claims = '', signature = ''] = token.split('.');

sourceContract({
  source,
  secret: { name: 'VONAGE_SIGNATURE_SECRET', value: secret, another: 'f078a5151c11010f406db0623a5061f2f560f545' },
  fetchSecrets: { VONAGE_APPLICATION_ID: '703a7af6-93c9-429a-ac15-4691d802e853', VONAGE_PRIVATE_KEY: 'bm8ga2V5' },
  fixtures,
  needed: /^recording_(url|uuid)$/,
  good: ['recorded'],
  retries: [['recorded', 'recorded-retry']],
  others: [['recorded', 'another']],
  proofs: [
    headerProof('authorization', {
      forged: [
        token,
        `Basic ${token}`,
        `Bearer ${header}.${claims}.`,
        `Bearer ${header}.${claims}`,
        `Bearer ${header}..${signature}`,
        `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
        'Bearer e30.e30.e30',
        'Bearer',
      ],
    }),
  ],
  withoutProof: 'unsigned',
  toleranceSeconds: { past: 3600, ahead: 300 },
  sign: (request) => ({ ...request, headers: signed(request.body).headers }),
  oddBodies: [
    'null',
    '[]',
    '""',
    '{}',
    '{"__proto__":{"recording_url":"https://example.com"}}',
    '{"recording_url":null}',
    '{"recording_url":"https://[","recording_uuid":"1"}',
    '{"status":null}',
    '{"speech":1}',
  ],
});

describe('the JWT', () => {
  const body = recorded.body;
  const all = claimsOf(good);

  test.each(['HS384', 'HS512', 'RS256', 'none', 'hs256'])('must be HS256: %s is refused', async (alg) => {
    const hash = { HS384: 'sha384', HS512: 'sha512' }[alg];
    expect(await judge(`Bearer ${jwt(secret, { typ: 'JWT', alg: 'HS256' }, all)}`, body)).toBe('authentic');
    expect(await judge(`Bearer ${jwt(secret, { typ: 'JWT', alg }, all, hash)}`, body)).toBe('refused');
  });

  test.each([
    ['no payload_hash', { payload_hash: undefined }],
    ['an empty payload_hash', { payload_hash: '' }],
    ['a payload_hash that is no text', { payload_hash: 7 }],
    ['the payload_hash of another body', { payload_hash: '0'.repeat(64) }],
    ['no iat', { iat: undefined }],
    ['an iat that is no number', { iat: String(nowSeconds) }],
    ['an exp that has passed', { exp: nowSeconds - 301 }],
    ['an nbf to come', { nbf: nowSeconds + 301 }],
  ])('with %s is refused, though it is well signed', async (_title, changed) => {
    expect((await authenticate(signed(body, changed), secret)).kind).toBe('refused');
  });

  test('of a signature secret that is empty opens nothing', async () => {
    const authorization = `Bearer ${jwt('', { typ: 'JWT', alg: 'HS256' }, all)}`;
    expect(await judge(authorization, body, '')).toBe('refused');
  });

  test('covers the bytes, also where they are no UTF-8', async () => {
    const odd = signed(new Uint8Array([0xff, 0xfe, 0x00]));
    expect((await authenticate(odd, secret)).kind).toBe('authentic');
    expect((await authenticate({ ...odd, body: new Uint8Array([0xfe, 0xff, 0x00]) }, secret)).kind).toBe('refused');
  });
});

test('a delivery without a JWT is asked for again: our status for it is a 5xx', async () => {
  expect(await authenticate({ ...good, headers: {} }, secret)).toMatchObject({ kind: 'unsigned' });
  expect(source.statuses?.unsigned).toBeUndefined();
});

describe('the event', () => {
  const event = JSON.parse(recorded.body);

  test.each([
    ['recording_uuid', { recording_uuid: '' }],
    ['recording_uuid', { recording_uuid: 7 }],
    ['recording_uuid', { recording_uuid: 'x'.repeat(513) }],
    ['recording_url', { recording_url: '/v1/files/1' }],
    ['recording_url', { recording_url: null }],
  ])('is unreadable when %s is wrong, and says so: %j', async (field, wrong) => {
    expect(await received({ ...event, ...wrong })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining(`${field}:`),
    });
  });

  test('with a status beside its recording is a recording', async () => {
    expect(await received({ ...event, status: 'completed' })).toMatchObject({ kind: 'recordings' });
  });

  test.each([
    ['2026-01-01T12:00:00Z', '2026-01-01T12:01:00Z', 60],
    ['2026-01-01T12:00:00Z', '2026-01-01T12:00:00Z', 0],
    ['2026-01-01T12:01:00Z', '2026-01-01T12:00:00Z', undefined],
    ['', null, undefined],
  ])('from %j to %j lasts %s seconds', async (start_time, end_time, seconds) => {
    const told = await received({ ...event, start_time, end_time });
    expect(told.kind === 'recordings' && told.recordings[0]?.durationSeconds).toBe(seconds);
  });
});
