import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import type { SecretRef, WebhookRequest } from '../../../functions/core/ports/source.ts';
import { type ProofDescription, proofBy } from '../../../functions/core/source/proof.ts';
import { hmac } from '../../../functions/core/source/signature.ts';

const NOW_SECONDS = 1793000000;
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  ACME_SECRET: ['a-new-secret', 'an-old-secret'],
  ACME_ACCOUNT: ['account-1', 'account-2'],
  ACME_PAIR: ['user:password', 'no-colon-in-it'],
  ACME_ISSUER: ['issuer-1'],
};
const ref = (name: string) => ({ name });

const requestOf = (headers: Record<string, string>, body = '{"account":{"id":"account-2"}}'): WebhookRequest => ({
  method: 'POST',
  url: 'https://hooks.example.com/hooks/acme',
  headers,
  body: new Uint8Array(Buffer.from(body)),
});
const whyNot = async (
  description: ProofDescription,
  request: WebhookRequest,
  secrets: Readonly<Record<string, readonly string[]>> = SECRETS,
) => {
  const read = async ({ name }: SecretRef) => secrets[name] ?? [];
  const proved = await proofBy(description).authenticate(request, { nowMs: NOW_SECONDS * 1000, read });
  return proved.kind === 'authentic' ? undefined : proved.reason;
};

describe.each(['ed25519', 'rsa-sha256'] as const)('a signature with a published key of %s', (algorithm) => {
  const pair = () =>
    algorithm === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { publicKey, privateKey } = pair();
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const base64 = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const description: ProofDescription = {
    signature: { publicKey: ref('KEY'), header: 'x-acme', algorithm, signed: '{body}' },
  };
  const { body } = requestOf({});
  const signature = sign(
    algorithm === 'ed25519' ? null : 'RSA-SHA256',
    body,
    createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })),
  ).toString('base64');

  test.each([
    ['PEM', pem],
    ['base64', base64],
  ])('is accepted by a key in %s, beside another and in either order', async (_form, key) => {
    const other = pair().publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    for (const KEY of [[key], [other, key], [key, other]])
      expect(await whyNot(description, requestOf({ 'x-acme': signature }), { KEY })).toBeUndefined();
    expect(await whyNot(description, requestOf({ 'x-acme': signature }), { KEY: [other] })).toContain('not match');
  });

  test.each([
    ['of another body', signature, '{}'],
    ['in base64url', signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''), undefined],
    ['that is empty', '', undefined],
    ['that is N/A', 'N/A', undefined],
    ['that is cut', signature.slice(0, 40), undefined],
  ])('is refused: %s', async (_title, given, changed) => {
    expect(await whyNot(description, requestOf({ 'x-acme': given }, changed), { KEY: [base64] })).toBeDefined();
  });

  test('has a key of its own algorithm; other texts are no key', () => {
    const [key] = proofBy(description).secrets;
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    expect(key?.whyNot?.(base64, 1)).toBeUndefined();
    for (const wrong of ['-----BEGIN', 'MCow', other.export({ format: 'der', type: 'spki' }).toString('base64')])
      expect(key?.whyNot?.(wrong, 1)).toContain('public key');
  });
});

describe('Basic credentials', () => {
  const description: ProofDescription = { signature: { scheme: 'basic', credentials: ref('ACME_PAIR') } };
  const basic = (pair: string, scheme = 'Basic') => ({
    authorization: `${scheme} ${Buffer.from(pair).toString('base64')}`,
  });

  test.each([['Basic'], ['basic'], ['BASIC']])('are accepted with the scheme in any case: %s', async (scheme) => {
    expect(await whyNot(description, requestOf(basic('user:password', scheme)))).toBeUndefined();
  });

  test.each([
    ['another password', basic('user:passwort')],
    ['a value of ours that is no pair', basic('no-colon-in-it')],
    ['another scheme', basic('user:password', 'Bearer')],
    [
      'two pairs',
      { authorization: `${basic('user:password').authorization}, ${basic('user:password').authorization}` },
    ],
    ['none', {}],
  ])('are refused: %s', async (_title, headers) => {
    expect(await whyNot(description, requestOf(headers))).toBeDefined();
  });

  test('that are configured without a colon are a fault', () => {
    const [pair] = proofBy(description).secrets;
    expect(pair?.whyNot?.('no-colon-in-it', 1)).toContain('user:password');
  });
});

describe('a JWT with the hash of the body', () => {
  const bodyHash = { claim: 'sha256', encoding: 'base64' } as const;
  const description: ProofDescription = {
    signature: { scheme: 'jwt', secret: ref('ACME_SECRET'), issuer: ref('ACME_ISSUER'), bodyHash, leewaySeconds: 60 },
  };
  const claims = { iss: 'issuer-1', exp: NOW_SECONDS + 300, nbf: NOW_SECONDS };
  const hash = async (body: Uint8Array) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body))).toString('base64');
  /** By jose, and not by our code. */
  const jwt = async (changed: object = {}, header: object = {}, secret = 'an-old-secret') =>
    new SignJWT({ sha256: await hash(requestOf({}).body), ...claims, ...changed })
      .setProtectedHeader({ alg: 'HS256', ...header })
      .sign(Buffer.from(secret));

  test('is accepted, with each secret of a rotation', async () => {
    for (const secret of ['a-new-secret', 'an-old-secret'])
      expect(await whyNot(description, requestOf({ authorization: await jwt({}, {}, secret) }))).toBeUndefined();
  });

  test.each([
    ['another issuer', { iss: 'issuer-2' }],
    ['no issuer', { iss: undefined }],
    ['no end', { exp: undefined }],
    ['an end that has passed', { exp: NOW_SECONDS - 60 }],
    ['a begin to come', { nbf: NOW_SECONDS + 61 }],
    ['no hash', { sha256: undefined }],
    ['a hash that is a list', { sha256: ['x'] }],
    ['the hash of nothing', { sha256: '' }],
  ])('is refused, though well signed, with %s', async (_title, changed) => {
    expect(await whyNot(description, requestOf({ authorization: await jwt(changed) }))).toBeDefined();
  });

  test('is accepted at the edge of what two clocks may be apart', async () => {
    const edge = { exp: NOW_SECONDS - 59, nbf: NOW_SECONDS - 360 };
    expect(await whyNot(description, requestOf({ authorization: await jwt(edge) }))).toBeUndefined();
    const ahead = { nbf: NOW_SECONDS + 60 };
    expect(await whyNot(description, requestOf({ authorization: await jwt(ahead) }))).toBeUndefined();
  });

  test.each(['none', 'HS384', 'hs256'])('is HS256: %s is refused', async (alg) => {
    const [, payload] = (await jwt()).split('.');
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
    const mac = Buffer.from(hmac('sha256', 'an-old-secret', [`${header}.${payload}`], 'base64'), 'base64');
    for (const signature of [mac.toString('base64url'), ''])
      expect(
        await whyNot(description, requestOf({ authorization: `${header}.${payload}.${signature}` })),
      ).toBeDefined();
  });

  test('with an extension that must be understood is refused', async () => {
    const [, payload] = (await jwt()).split('.');
    const header = Buffer.from('{"alg":"HS256","crit":["b64"],"b64":false}').toString('base64url');
    const mac = Buffer.from(hmac('sha256', 'an-old-secret', [`${header}.${payload}`], 'base64'), 'base64');
    const authorization = `${header}.${payload}.${mac.toString('base64url')}`;
    expect(await whyNot(description, requestOf({ authorization }))).toContain('HS256');
  });
});

describe('several signatures in one header', () => {
  const digest = (secret: string) => hmac('sha256', secret, [requestOf({}).body], 'hex');
  const description: ProofDescription = {
    signature: {
      secret: ref('ACME_SECRET'),
      header: 'x-acme',
      separator: ',',
      algorithm: 'sha256',
      encoding: 'hex',
      signed: '{body}',
    },
  };

  test('are accepted where one of the first ten matches', async () => {
    const given = (before: number) => [...Array(before).fill('0'.repeat(64)), digest('an-old-secret')].join(',');
    expect(await whyNot(description, requestOf({ 'x-acme': given(9) }))).toBeUndefined();
    expect(await whyNot(description, requestOf({ 'x-acme': given(10) }))).toBeDefined();
  });
});

describe('a time in ISO 8601', () => {
  const description = (signed: string): ProofDescription => ({
    signature: {
      secret: ref('ACME_SECRET'),
      header: 'x-acme',
      algorithm: 'sha256',
      encoding: 'hex',
      signed,
      timestamp: { header: 'x-time', unit: 'iso', toleranceSeconds: { past: 600, ahead: 60 } },
    },
  });
  const at = async (time: string) => {
    const mac = hmac('sha256', 'a-new-secret', [requestOf({}).body, time], 'hex');
    return whyNot(description('{body}{timestamp}'), requestOf({ 'x-acme': mac, 'x-time': time }));
  };

  test.each(['2026-10-26T07:33:20Z', '2026-10-26T07:33:20.482913+00:00', '2026-10-26T09:23:20+02:00'])(
    'is accepted whole: %s',
    async (time) => {
      expect(await at(time)).toBeUndefined();
    },
  );

  test.each([
    ['without a zone', '2026-10-26T07:33:20'],
    ['without seconds', '2026-10-26T07:33Z'],
    ['cut in front', '026-10-26T07:33:20Z'],
    ['a date alone', '2026-10-26'],
    ['a month that is none', '2026-13-26T07:33:20Z'],
    ['too old', '2026-10-26T07:23:19Z'],
    ['too far ahead', '2026-10-26T07:34:21Z'],
  ])('is refused, though well signed: %s', async (_title, time) => {
    expect(await at(time)).toMatch(/x-time is (stale|not a date)/);
  });
});

describe('a time of which nobody says whether it is in seconds or milliseconds', () => {
  const description: ProofDescription = {
    signature: {
      secret: ref('ACME_SECRET'),
      header: 'x-acme',
      algorithm: 'sha256',
      encoding: 'hex',
      signed: '{timestamp}.{body}',
      timestamp: { header: 'x-time', unit: 'auto', toleranceSeconds: 60 },
    },
  };
  test.each([
    [String(NOW_SECONDS - 60), undefined],
    [String(NOW_SECONDS - 61), 'x-time is stale'],
    [`${NOW_SECONDS - 60}000`, undefined],
    [`${NOW_SECONDS - 61}000`, 'x-time is stale'],
    ['now', 'x-time is not a number of seconds or milliseconds'],
  ])('is read by its digits: %s', async (time, reason) => {
    const mac = hmac('sha256', 'a-new-secret', [`${time}.`, requestOf({}).body], 'hex');
    expect(await whyNot(description, requestOf({ 'x-acme': mac, 'x-time': time }))).toBe(reason);
  });
});

describe('values of the account, behind the signature', () => {
  const description: ProofDescription = {
    signature: { secret: ref('ACME_SECRET'), header: 'x-acme', algorithm: 'sha256', encoding: 'hex', signed: '{body}' },
    account: [{ path: 'account.id', equals: ref('ACME_ACCOUNT') }],
  };
  const of = (body: string) => {
    const mac = hmac('sha256', 'a-new-secret', [body], 'hex');
    return whyNot(description, requestOf({ 'x-acme': mac }, body));
  };

  test('turn the source on too', () => {
    expect(proofBy(description).secrets.map(({ name }) => name)).toEqual(['ACME_SECRET', 'ACME_ACCOUNT']);
  });

  test('are accepted where they are among ours', async () => {
    for (const id of ['account-1', 'account-2']) expect(await of(JSON.stringify({ account: { id } }))).toBeUndefined();
  });

  test.each(['{"account":{"id":"account-3"}}', '{"account":{"id":""}}', '{"account":{}}', '{}', 'null', 'no JSON'])(
    'are refused where they are not: %s',
    async (body) => {
      expect(await of(body)).toContain('ACME_ACCOUNT');
    },
  );

  test('are looked at only behind the signature', async () => {
    const stranger = requestOf({ 'x-acme': '0'.repeat(64) }, '{"account":{"id":"account-3"}}');
    expect(await whyNot(description, stranger)).toBe('x-acme does not match');
  });
});
