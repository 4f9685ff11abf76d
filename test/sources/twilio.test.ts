import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { twilio } from '../../functions/sources/twilio.ts';
import { bodySha256, canonical, formBody, signForm, signUrl } from '../../local/senders/twilio.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const authToken = { name: 'TWILIO_AUTH_TOKEN' };
const token = 'b4e7bb6efd6c8bf0cf81e0d0c49b583a';
const fixtures = loadFixtures('twilio');
const source = twilio({ authToken });
const read = async () => [token];

const pairs = (body: Uint8Array) => [...new URLSearchParams(Buffer.from(body).toString())];
const form = (url: string, body: string, signature: string): WebhookRequest => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
  body: new Uint8Array(Buffer.from(body)),
});
const judge = async (request: WebhookRequest) => (await source.authenticate(request, { nowMs: 0, read })).kind;

/** As Twilio would sign: the fields of a form, or a URL that contains the hash of the body. */
const sign = (request: WebhookRequest): WebhookRequest => {
  const json = request.url.includes('bodySHA256=');
  const url = json ? request.url.replace(/(bodySHA256=).*/, `$1${bodySha256(request.body)}`) : request.url;
  const signature = json ? signUrl(token, url) : signForm(token, url, pairs(request.body));
  return { ...request, url, headers: { ...request.headers, 'x-twilio-signature': signature } };
};

const odd = ['constructor', '__proto__', 'toString', '', ' ', 'completed '];
sourceContract({
  source,
  secret: { name: authToken.name, value: token, another: '0000000000000000000000000000dead' },
  fixtures,
  needed: /^Recording(Sid|Url|Status)$/,
  good: ['completed', 'completed-json'],
  retries: [
    ['completed', 'completed-retry'],
    ['completed', 'completed-json'],
    ['completed', 'completed-get'],
  ],
  others: [['completed', 'another']],
  proofs: [headerProof('x-twilio-signature', { forged: ['v1,x', `v0=${'a'.repeat(64)}`, 'undefined', 'null'] })],
  covered: (body) => (Buffer.from(body).toString().startsWith('{') ? bodySha256(body) : canonical(pairs(body))),
  sign,
  oddBodies: [
    ...odd.map((status) => `RecordingStatus=${status}&RecordingSid=RE1`),
    ...odd.map((status) => JSON.stringify({ RecordingStatus: status, __proto__: null })),
    '{"RecordingStatus":{"toString":1}}',
    '[]',
    'null',
    '﻿RecordingStatus=completed',
  ],
});

describe('a webhook that a SharedKey signs', () => {
  const sharedKey = { name: 'TWILIO_SHARED_KEY' };
  const key = 'of-the-webhooks-rule-0123456789';
  const values: Record<string, string[]> = { [authToken.name]: [token], [sharedKey.name]: [key] };
  const { request } = pick(fixtures, 'completed');
  const signed = (secret = key, settings = 'key=WK00000000000000000000000000000001,algorithm=HMAC_SHA256') => ({
    ...request,
    headers: {
      ...request.headers,
      'x-twilio-signature': signForm(secret, request.url, pairs(request.body), 'sha256'),
      'x-twilio-webhooks-signature-settings': settings,
    },
  });
  const judged = (given: WebhookRequest, from = twilio({ authToken, sharedKey })) =>
    from.authenticate(given, { nowMs: 0, read: async ({ name }) => values[name] ?? [] });

  test('is authentic, and so is one that the auth token signs as before', async () => {
    expect(await judged(signed())).toMatchObject({ kind: 'authentic' });
    expect(await judged(request)).toMatchObject({ kind: 'authentic' });
  });

  test.each([
    ['with another key', signed('another'), /SharedKey/],
    ['with the auth token', signed(token), /SharedKey/],
    [
      'by SHA-1',
      {
        ...signed(),
        headers: { ...signed().headers, 'x-twilio-signature': request.headers['x-twilio-signature'] ?? '' },
      },
      /SharedKey/,
    ],
    ['by an algorithm that nobody knows', signed(key, 'key=WK1,algorithm=NONE'), /HMAC_SHA256/],
    ['by one that is not named', signed(key, 'key=WK1'), /HMAC_SHA256/],
    ['and another body', { ...signed(), body: new Uint8Array(Buffer.from('RecordingStatus=completed')) }, /SharedKey/],
  ])('%s is refused, with the likely cause', async (_, given, reason) => {
    expect(await judged(given)).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) });
  });

  test('is refused with what to do where no SharedKey is configured', async () => {
    expect(await judged(signed(), source)).toEqual({ kind: 'refused', reason: expect.stringContaining('sharedKey') });
  });

  test('does not lead one without the header to the SharedKey', async () => {
    const { 'x-twilio-webhooks-signature-settings': _, ...headers } = signed().headers as Record<string, string>;
    expect(await judged({ ...request, headers })).toMatchObject({ kind: 'refused' });
  });
});

test('a wrong signature names every likely cause', async () => {
  const wrong = form(pick(fixtures, 'completed').request.url, 'RecordingStatus=completed', 'AAAA');
  expect(await source.authenticate(wrong, { nowMs: 0, read })).toEqual({
    kind: 'refused',
    reason: expect.stringMatching(/token.*region.*PUBLIC_URL/),
  });
});

describe('the signed URL', () => {
  const parameters: [string, string][] = [['RecordingStatus', 'in-progress']];
  const body = formBody(parameters);
  const hook = 'https://hooks.example.com/hooks/twilio';

  test.each([
    ['as it is', hook, hook],
    ['with the default port, though we are called without', `${hook.replace('.com', '.com:443')}`, hook],
    ['without a port, though we are called with one', hook, hook.replace('.com', '.com:443')],
    ['with its own port', hook.replace('.com', '.com:8443'), hook.replace('.com', '.com:8443')],
    ['with an apostrophe', `${hook}?from=It's`, `${hook}?from=It's`],
    ['with an escaped apostrophe, though we are called with a bare one', `${hook}?from=It%27s`, `${hook}?from=It's`],
    [
      'with a bare SIP address, though we are called with an escaped one',
      `${hook}?from=sip:ada@example.com`,
      `${hook}?from=sip%3Aada%40example.com`,
    ],
    ['with + and %20 and %7e as they are', `${hook}?from=a+b%20c%7e~`, `${hook}?from=a+b%20c%7e~`],
    ['under a path prefix', `${hook.replace('.com', '.com/calls/v1')}`, `${hook.replace('.com', '.com/calls/v1')}`],
  ])('may be signed %s', async (_title, signed, called) => {
    expect(await judge(form(called, body, signForm(token, signed, parameters)))).toBe('authentic');
  });

  test.each([
    ['another port', hook.replace('.com', '.com:8443'), hook.replace('.com', '.com:8444')],
    ['+ for %20', `${hook}?from=a+b`, `${hook}?from=a%20b`],
    ['another address in the query', `${hook}?from=sip:ada@example.com`, `${hook}?from=sip%3Aeve%40example.com`],
    ['a bare colon in the path', `${hook}/a:b`, `${hook}/a%3Ab`],
    ['%7e for ~', `${hook}?from=%7e`, `${hook}?from=~`],
    ['a host in front', hook, hook.replace('hooks.', 'user@hooks.')],
  ])('may not have %s', async (_title, signed, called) => {
    expect(await judge(form(called, body, signForm(token, signed, parameters)))).toBe('refused');
  });
});

describe('the signed form', () => {
  const url = 'https://hooks.example.com/hooks/twilio';

  test.each([
    ['+ is a space', 'a=b+c', [['a', 'b c']]],
    ['%20 is a space', 'a=b%20c', [['a', 'b c']]],
    [
      'names stand in code-unit order, capitals first',
      'b=2&A=1&a=3',
      [
        ['A', '1'],
        ['a', '3'],
        ['b', '2'],
      ],
    ],
    [
      'a repeated name has its values in order',
      'd=2&d=1',
      [
        ['d', '1'],
        ['d', '2'],
      ],
    ],
    ['a repeated value counts once', 'd=1&d=1', [['d', '1']]],
    [
      'empty values and spaces at the ends stay',
      'a=&b=%20x%20',
      [
        ['a', ''],
        ['b', ' x '],
      ],
    ],
    ['names beyond ASCII are UTF-8', 'n=%C3%A9', [['n', 'é']]],
  ] as [string, string, [string, string][]][])('%s', async (_title, body, parameters) => {
    expect(await judge(form(url, body, signForm(token, url, parameters)))).toBe('authentic');
  });
});

describe('JSON', () => {
  const url = (body: string) => `https://hooks.example.com/hooks/twilio?bodySHA256=${bodySha256(body)}`;

  test('signed for another body is refused, even if its hash is put into the URL', async () => {
    const [sent, forged] = ['{"RecordingStatus":"completed"}', '{"RecordingStatus":"failed"}'];
    const signature = signUrl(token, url(sent));
    expect(await judge(form(url(sent), sent, signature))).toBe('authentic');
    expect(await judge(form(url(sent), forged, signature))).toBe('refused');
    expect(await judge(form(url(forged), forged, signature))).toBe('refused');
  });

  test('is not taken for a form: without bodySHA256 the body must be in the signature', async () => {
    const plain = 'https://hooks.example.com/hooks/twilio';
    expect(await judge(form(plain, '{"RecordingStatus":"completed"}', signUrl(token, plain)))).toBe('refused');
  });
});

describe('what the signature of a form cannot see, where one piece ends and the next begins', () => {
  const { request, nowSeconds } = pick(fixtures, 'completed');
  const text = Buffer.from(request.body).toString();
  const [path = '', query = ''] = request.url.split('?');
  const merged = text
    .replace('RecordingSource=DialVerb&', '')
    .replace(/(RecordingSid=\w+)/, '$1RecordingSourceDialVerb');

  test.each([
    ['a second recording of the first', request.url, merged, 'RecordingSid'],
    ['another chat of the routes', path, `${encodeURIComponent(`?${query}`)}=&${text}`, 'form'],
  ])('makes no %s', async (_title, url, body, reason) => {
    const shifted = { ...request, url, body: new Uint8Array(Buffer.from(body)) };
    const proof = await source.authenticate(shifted, { nowMs: nowSeconds * 1000, read });
    if (proof.kind !== 'authentic') throw new Error('Twilio signs its pieces without a mark between them');
    expect(source.classify(proof.event, 'twilio')).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining(reason),
    });
  });
});
