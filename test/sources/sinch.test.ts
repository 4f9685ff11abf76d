import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { sinch } from '../../functions/sources/sinch.ts';
import { signedHeaders, timeOf } from '../../local/senders/sinch.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';

const [applicationKey, applicationSecret] = [{ name: 'SINCH_APPLICATION_KEY' }, { name: 'SINCH_APPLICATION_SECRET' }];
const KEY = '669E367E-6BBA-48AB-AF15-266871C28135';
const fixtures = loadFixtures('sinch');
const { secret: value, request: available, nowSeconds } = pick(fixtures, 'available');
const source = sinch({ applicationKey, applicationSecret });
const good = available.headers.authorization ?? '';
const [, signature = ''] = good.split(':');

const context = {
  nowMs: nowSeconds * 1000,
  read: async ({ name }: { name: string }) => [name === applicationKey.name ? KEY : value],
};
const signed = (request: WebhookRequest): WebhookRequest => {
  const { url, body } = request;
  const timestamp = timeOf(nowSeconds);
  return { ...request, headers: signedHeaders({ applicationKey: KEY, secret: value, timestamp, url, body }) };
};
const judge = async (request: WebhookRequest) => (await source.authenticate(request, context)).kind;

sourceContract({
  source,
  secret: { name: applicationSecret.name, value, another: 'Wk9tR2Zxd1BzN0hZbEo0Vg==' },
  account: { [applicationKey.name]: KEY },
  fixtures,
  needed: /^(event|type|callid|destination)$/,
  good: ['available', 'url'],
  retries: [['available', 'available-retry']],
  others: [['available', 'another']],
  proofs: [
    headerProof('authorization', {
      forged: [
        `Basic ${Buffer.from(`${KEY}:${value}`).toString('base64')}`,
        `service ${KEY}:${signature}`,
        `application ${KEY}`,
        `application ${KEY}:`,
        `application :${signature}`,
        `application ${KEY}:${signature}, application ${KEY}:${signature}`,
        signature,
      ],
    }),
    headerProof('x-timestamp', { forged: [String(nowSeconds), '2026-07-25', '2026-07-25T17:19:59'] }),
  ],
  toleranceSeconds: { past: 36_000, ahead: 300 },
  sign: signed,
  oddBodies: [
    'null',
    '[]',
    '{"event":"__proto__"}',
    '{"event":"notify"}',
    '{"event":"notify","type":"recording_available","callid":"c","destination":"s3://"}',
    '{"event":"notify","type":"recording_available","callid":"c","destination":"javascript:0"}',
  ],
});

describe('the signature', () => {
  test('covers the content type as it was sent', async () => {
    const headers = { ...available.headers, 'content-type': 'application/json; charset=utf-8' };
    expect(await judge({ ...available, headers })).toBe('refused');
  });

  test('has the name of its scheme in any case, and the application in its own', async () => {
    const as = (authorization: string) => judge({ ...available, headers: { ...available.headers, authorization } });
    expect(await as(good.replace('application', 'Application'))).toBe('authentic');
    expect(await as(good.replace(KEY, KEY.toLowerCase()))).toBe('refused');
  });

  test('may cover the query too: a hook URL with a chat works in either way', async () => {
    const url = `${available.url}?chat=550e8400-e29b-41d4-a716-446655440000`;
    expect(await judge(signed({ ...available, url }))).toBe('authentic');
    const timestamp = timeOf(nowSeconds);
    const md5 = createHash('md5').update(available.body).digest('base64');
    const text = [
      'POST',
      md5,
      'application/json',
      `x-timestamp:${timestamp}`,
      '/hooks/sinch?chat=550e8400-e29b-41d4-a716-446655440000',
    ];
    const mac = createHmac('sha256', Buffer.from(value, 'base64')).update(text.join('\n')).digest('base64');
    const headers = { ...signed(available).headers, authorization: `application ${KEY}:${mac}` };
    expect(await judge({ ...available, url, headers })).toBe('authentic');
    expect(await judge({ ...available, url: `${url}0`, headers })).toBe('refused');
  });
});

describe('the recording', () => {
  const received = async (changed: object, reader = source) => {
    const json = { ...JSON.parse(Buffer.from(available.body).toString()), ...changed };
    const request = signed({ ...available, body: new Uint8Array(Buffer.from(JSON.stringify(json))) });
    const proof = await reader.authenticate(request, context);
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = reader.classify(proof.event, 'sinch');
    if (event.kind !== 'recordings') throw new Error(event.reason);
    return event.recordings[0];
  };

  test('has its numbers in the text that the call was made with, where a pattern finds them', async () => {
    const reader = sinch({ applicationKey, applicationSecret, custom: /from=(?<from>\+\d+)/ });
    expect(await received({}, reader)).toMatchObject({ from: '+14155550101' });
    expect(await received({ custom: 'none' }, reader)).not.toHaveProperty('from');
    expect(await received({})).not.toHaveProperty('from');
  });

  test('has an id that shows nothing of its file, and is the same for a URL that is signed anew', async () => {
    const idOf = async (destination: string) => (await received({ destination }))?.id;
    const url = 'https://files.example.com/+14155550101.mp3';
    const one = await idOf(`${url}?Signature=abc`);
    expect(one).toMatch(/^[\w-]+:[0-9a-f]{32}$/);
    expect(await idOf(`${url}?Signature=def`)).toBe(one);
    expect(await idOf('https://files.example.com/+14155550102.mp3')).not.toBe(one);
    expect(await idOf(`s3://acme-calls/${'x'.repeat(900)}.mp3`)).toMatch(/^[\w-]+:[0-9a-f]{32}$/);
  });

  test.each(['azure://container/1.mp3', 'gs://bucket/1.mp3'])(
    'in another storage is rejected with the reason: %s',
    async (url) => {
      expect(await fetchBytes(recordingsWith({}), url, source.fetch)).toMatchObject({
        kind: 'rejected',
        reason: expect.stringContaining('is not https'),
      });
    },
  );
});
