import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { ringcentral } from '../../functions/sources/ringcentral.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const validationToken = { name: 'RINGCENTRAL_VALIDATION_TOKEN' };
const clientId = { name: 'RINGCENTRAL_CLIENT_ID' };
const clientSecret = { name: 'RINGCENTRAL_CLIENT_SECRET' };
const jwt = { name: 'RINGCENTRAL_JWT' };
const token = '28046a0d-152b-4e87-a599-b2917952b7c9';
const fixtures = loadFixtures('ringcentral');
const source = ringcentral({ validationToken, clientId, clientSecret, jwt });
const context = { nowMs: 0, read: async () => [token] };

/** RingCentral's request while a subscription is created: it has a token of its own, and no body. */
const handshake: WebhookRequest = {
  method: 'POST',
  url: 'https://hooks.example.com/hooks/ringcentral',
  headers: { 'validation-token': 'ae2639c0-9923-4ccc-a240-ddbbb56ff86e', 'content-length': '0' },
  body: new Uint8Array(),
};
const odd = ['constructor', '__proto__', '', '/restapi/v1.0/account/1/telephony/sessions'];

sourceContract({
  source,
  secret: { name: validationToken.name, value: token, another: '8375052d-50dc-40a3-a1ff-efef1320f790' },
  fetchSecrets: {
    [clientId.name]: 'aBcDeFgHiJkLmNoPqRsTuV',
    [clientSecret.name]: 'W1x2Y3z4A5b6C7d8E9f0GhIjKlMnOpQr',
    [jwt.name]: 'eyJraWQiOiI4NzYyZjU5OGQwNTk0NGRiODZiZjVjYTk3ODA0NzYwOCJ9.eyJzdWIiOiI0In0.c2ln',
  },
  fixtures,
  needed: /^(event|body\.(telephonySessionId|parties\.\d\.status\.code|id|attachments\.0\.(uri|type)))$/,
  good: ['ended', 'ended-all-parties', 'voicemail'],
  retries: [
    ['ended', 'ended-retry'],
    ['ended', 'ended-other-party'],
    ['ended', 'ended-all-parties'],
    ['ended', 'verification-token'],
    ['voicemail', 'voicemail-retry'],
  ],
  others: [
    ['ended', 'another'],
    ['voicemail', 'voicemail-beyond-2-53'],
  ],
  proofs: [headerProof('validation-token', { forged: [`Bearer ${token}`, 'undefined', 'null'] })],
  sign: (request) => request,
  oddBodies: [
    ...odd.map((event) => JSON.stringify({ event, body: { telephonySessionId: 's-1', parties: [null] } })),
    '{"event":"/telephony/sessions","body":{"telephonySessionId":"s-1","parties":{"length":1}}}',
    '[]',
    'null',
    '"/telephony/sessions"',
  ],
  handshakes: [
    {
      request: handshake,
      nowSeconds: 1785000000,
      answer: {
        status: 200,
        headers: { 'content-type': 'application/json', 'validation-token': 'ae2639c0-9923-4ccc-a240-ddbbb56ff86e' },
        body: '',
      },
    },
  ],
});

describe('the token of an event', () => {
  const { request } = pick(fixtures, 'ended');
  const judge = async (headers: Record<string, string>) =>
    (await source.authenticate({ ...request, headers }, context)).kind;

  test.each<[string, string, Record<string, string>]>([
    ['in Validation-Token', 'authentic', { 'validation-token': token }],
    ['in Verification-Token', 'authentic', { 'verification-token': token }],
    ['in one, beside another token', 'authentic', { 'validation-token': 'x', 'verification-token': token }],
    ['that is another, in both', 'refused', { 'validation-token': 'x', 'verification-token': 'x' }],
    ['that is another, in Verification-Token', 'refused', { 'verification-token': `${token}0` }],
    ['in another header', 'refused', { authorization: `Bearer ${token}` }],
  ])('%s: it is %s', async (_title, kind, headers) => {
    expect(await judge(headers)).toBe(kind);
  });
});

describe('a handshake', () => {
  test.each([
    ['with a body: that is an event', { body: new Uint8Array([123, 125]) }],
    ['without a token', { headers: {} }],
    ['by GET', { method: 'GET' }],
    ['with a token too long for an answer of 1024 bytes', { headers: { 'validation-token': 'a'.repeat(257) } }],
    ['with a token that is no token', { headers: { 'validation-token': 'a b' } }],
  ])('is not answered %s', async (_title, changed) => {
    expect(await source.handshake?.({ ...handshake, ...changed }, context)).toBeUndefined();
  });

  test('proves nothing: the same request is no event', async () => {
    expect((await source.authenticate(handshake, context)).kind).toBe('refused');
  });
});

test('an event that cannot be read is acknowledged: a hook that fails is blacklisted', () => {
  expect(source.statuses).toEqual({ unreadable: 200 });
});

test.each(['https://example.com/s-1', 's-1&recordingType=None', '../extension/~', '', 7])(
  'a telephonySessionId that is none is named, not taken: %j',
  async (telephonySessionId) => {
    const event = JSON.parse(Buffer.from(pick(fixtures, 'ended').request.body).toString());
    const text = JSON.stringify({ ...event, body: { ...event.body, telephonySessionId } });
    const request = { ...pick(fixtures, 'ended').request, body: new Uint8Array(Buffer.from(text)) };
    const proof = await source.authenticate(request, context);
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    expect(source.classify(proof.event, 'ringcentral')).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('body.telephonySessionId'),
    });
  },
);

test('a stand-in of the server over http is asked for the log, and is told no secret', async () => {
  const names = ['RINGCENTRAL_CLIENT_ID', 'RINGCENTRAL_CLIENT_SECRET', 'RINGCENTRAL_JWT'] as const;
  const [clientId, clientSecret, jwt] = names.map((name) => ({ name }));
  if (!clientId || !clientSecret || !jwt) throw new Error('three secrets');
  const local = ringcentral({
    validationToken: { name: 'T' },
    clientId,
    clientSecret,
    jwt,
    server: 'http://127.0.0.1:1',
  });
  const recording = { source: 'ringcentral', id: 's-1', media: { kind: 'ask' as const } };
  const exchange = () => Promise.reject(new Error('a secret went over http'));
  const context = { nowMs: 0, read: async () => ['a secret'], exchange };
  expect(await local.fetch.credentials?.(recording, context)).toEqual([]);
  expect(local.fetch.freshUrl?.(recording).url).toMatch(
    /^http:\/\/127\.0\.0\.1:1\/restapi\/v1\.0\/account\/~\/call-log\?/,
  );
});
