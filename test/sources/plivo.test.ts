import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { plivo } from '../../functions/sources/plivo.ts';
import { canonical, signV3 } from '../../local/senders/plivo.sign.ts';
import { deliver } from '../../local/senders/plivo.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const authId = { name: 'PLIVO_AUTH_ID' };
const authToken = { name: 'PLIVO_AUTH_TOKEN' };
const token = 'YmIyYmIwMDA5NGMyZDcyOGQ0NGFmZDVjNDc0ZDU4';
const another = 'OTIyNmU2OTdiNWFiYWQ2MzZjODIyOTY2NTgwYTcy';
const nonce = '15310757201708219697';
const fixtures = loadFixtures('plivo');
const source = plivo({ authId, authToken });
const context = { nowMs: 0, read: async () => [token] };
const hook = 'https://hooks.example.com/hooks/plivo';

const [SIGNATURE, MAIN, NONCE] = ['x-plivo-signature-v3', 'x-plivo-signature-ma-v3', 'x-plivo-signature-v3-nonce'];
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const sign = (request: WebhookRequest): WebhookRequest => {
  const signature = signV3(token, request.method, request.url, request.body, nonce);
  return { ...request, headers: { [SIGNATURE]: signature, [NONCE]: nonce } };
};
const post = (body: string, url = hook): WebhookRequest => ({ method: 'POST', url, headers: {}, body: bytes(body) });
const judge = async (request: WebhookRequest) => (await source.authenticate(request, context)).kind;
const received = async (request: WebhookRequest) => {
  const proof = await source.authenticate(request, context);
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'plivo');
};

const good = pick(fixtures, 'completed').request;
const fields = Object.fromEntries(new URLSearchParams(Buffer.from(good.body).toString()));
/** What a signed callback with these fields is classified as. */
const withFields = (changed: Record<string, string>) =>
  received(sign(post(new URLSearchParams({ ...fields, ...changed }).toString())));

const odd = ['constructor', '__proto__', 'toString', '', ' '];
sourceContract({
  source,
  secret: { name: authToken.name, value: token, another },
  // An auth id is not secret: the URL of each recording contains it. This id is of another account.
  fetchSecrets: { [authId.name]: 'MAXXXXXXXXXXXXXXXXXX' },
  fixtures,
  good: ['completed', 'without-chat'],
  retries: [
    ['completed', 'completed-retry'],
    ['completed', 'completed-get'],
    ['completed', 'subaccount'],
  ],
  others: [['completed', 'another']],
  proofs: [
    headerProof(SIGNATURE, { forged: ['v1,x', ',', ', ,', 'undefined'] }),
    headerProof(NONCE, { forged: ['0', `${nonce}.`, `.${nonce}`] }),
  ],
  idHeader: NONCE,
  covered: (body) => canonical(Buffer.from(body).toString()),
  sign,
  oddBodies: [
    ...odd.map((name) => `${name}=1&RecordUrl=x`),
    ...odd.map((id) => `RecordUrl=https%3A%2F%2Fmedia.plivo.com%2Fa&RecordingID=${id}`),
    '{"RecordingID":1}',
    '?RecordingID=1',
    '﻿RecordingID=1',
  ],
});

describe('the signature', () => {
  test.each([
    ['is in a list with a space after its comma', (mine: string) => `${'A'.repeat(43)}=, ${mine}`],
    ['stands first in a list', (mine: string) => `${mine},${'A'.repeat(43)}=`],
  ])('is found where it %s', async (_title, list) => {
    const headers = { ...good.headers, [SIGNATURE]: list(good.headers[SIGNATURE] ?? '') };
    expect(await judge({ ...good, headers })).toBe('authentic');
  });

  test("of the subaccount's token alone is refused: it is the main account's that is configured", async () => {
    const { request } = pick(fixtures, 'subaccount');
    expect(await judge({ ...request, headers: { ...request.headers, [MAIN]: '' } })).toBe('refused');
    expect(await judge({ ...request, headers: { ...request.headers, [SIGNATURE]: '' } })).toBe('authentic');
  });

  test.each([
    ['+ and %20 as a space', `${hook}?b=a+b&c=a%20b`, 'a=b+c&d=%20'],
    ['a plus sign of a number', `${hook}?from=%2B14155550101`, 'From=%2B1'],
    ['a repeated name with its values in order', `${hook}?b=2&b=1`, 'd=2&d=1&d=1'],
    ['capitals before small letters', hook, 'b=1&B=2&a=3'],
    ['an empty form', `${hook}?b=1`, ''],
    ['neither query nor form', hook, ''],
    ['a port', hook.replace('.com', '.com:8443'), 'a=1'],
  ])('covers %s', async (_title, url, body) => {
    expect(await judge(sign(post(body, url)))).toBe('authentic');
  });

  test('that covers no body (V2) is not believed', async () => {
    const headers = {
      'x-plivo-signature-v2': signV3(token, 'GET', hook, '', nonce),
      'x-plivo-signature-v2-nonce': nonce,
    };
    expect(await judge({ ...good, headers })).toBe('refused');
  });
});

describe('what the signature cannot see, where one piece ends and the next begins', () => {
  const text = Buffer.from(good.body).toString();
  const merged = text
    .replace(/(&RecordingStartMs=\d+)/, '')
    .replace(/(RecordingID=[\w-]+)/, '$1RecordingStartMs1784999962880');

  test('makes no second recording of the first', async () => {
    expect(await received({ ...good, body: bytes(merged) })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('RecordingID'),
    });
  });

  test.each([
    ['in the parameter before it', `${hook}?a=1%26chat%3DU`, text],
    ['in the name before it', `${hook}?a%3D1%26chat=U`, text],
  ])('hides no chat %s', async (_title, url, body) => {
    const { headers } = sign(post(text, `${hook}?a=1&chat=U`));
    expect(await received({ ...post(body, url), headers })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('several ways'),
    });
  });

  test('moves no end of the last value into the nonce', async () => {
    const { headers } = sign(post('To=sip%3Aada%40phone.plivo.com'));
    const moved = { ...headers, [NONCE]: `com.${nonce}` };
    expect(await judge({ ...post('To=sip%3Aada%40phone.plivo'), headers: moved })).toBe('refused');
  });

  test('moves no query into the form as a name', async () => {
    const { headers } = sign(post('RecordingID=1', `${hook}?Chat=U`));
    const moved = post(`${encodeURIComponent('Chat=U.RecordingID1')}=`, hook);
    expect(await received({ ...moved, headers })).toMatchObject({ kind: 'unreadable' });
  });
});

describe('the duration', () => {
  const none = { RecordingDurationMs: '', RecordingStartMs: '', RecordingEndMs: '' };
  test.each([
    ['is milliseconds where they are given', { RecordingDurationMs: '1500' }, 1.5],
    ['is end less start where they are not', { RecordingDurationMs: '' }, 37.12],
    ['is end less start where they are -1', { RecordingDurationMs: '-1' }, 37.12],
    ['is unknown where it ended before it began', { RecordingDurationMs: '', RecordingEndMs: '1' }, undefined],
    ['is never taken from a field whose unit is not sure', { ...none, RecordingDuration: '37' }, undefined],
  ])('%s', async (_title, changed, seconds) => {
    const event = await withFields(changed);
    expect(event.kind === 'recordings' && event.recordings.map(({ durationSeconds }) => durationSeconds)).toEqual([
      seconds,
    ]);
  });
});

test.each([
  ['14155550101', '+14155550101'],
  ['+14155550101', '+14155550101'],
  ['sip:ada@phone.plivo.com', 'sip:ada@phone.plivo.com'],
  ['72345', '72345'],
])('a caller %s is %s', async (From, from) => {
  expect(await withFields({ From })).toMatchObject({ recordings: [{ from }] });
});

test('another direction is left out', async () => {
  const event = await withFields({ Direction: 'sideways' });
  expect(event).toMatchObject({ recordings: [expect.not.objectContaining({ direction: expect.anything() })] });
});

test.each(['1', 'recording', `${fields.RecordingID}x`, ''])(
  'a RecordingID that is none is named: %j',
  async (RecordingID) => {
    expect(await withFields({ RecordingID })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('RecordingID'),
    });
  },
);

test('a delivery made for the demo is authentic and has its audio where it was put', async () => {
  const recordingUrl = 'http://127.0.0.1:1/a.mp3';
  const made = deliver({ hookUrl: hook, recordingUrl, nowSeconds: 1785000000, id: `${'a'.repeat(31)}1` });
  expect(await received({ ...made, url: hook, body: bytes(made.body) })).toMatchObject({
    recordings: [{ id: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa1', media: { url: recordingUrl } }],
  });
});
