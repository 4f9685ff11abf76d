import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { gohighlevel } from '../../functions/sources/gohighlevel.ts';
import { account, ofAccount, publicKey, signedHeaders } from '../../local/senders/gohighlevel.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const names = {
  publicKey: { name: 'GOHIGHLEVEL_PUBLIC_KEY' },
  appId: { name: 'GOHIGHLEVEL_APP_ID' },
  locationId: { name: 'GOHIGHLEVEL_LOCATION_ID' },
  token: { name: 'GOHIGHLEVEL_TOKEN' },
};
const fixtures = loadFixtures('gohighlevel');
const { request: completed, nowSeconds } = pick(fixtures, 'completed');
const source = gohighlevel(names);

const signed = (request: WebhookRequest): WebhookRequest => {
  const body = Buffer.from(ofAccount(request.body, nowSeconds) ?? request.body);
  return { ...request, headers: signedHeaders(body), body: new Uint8Array(body) };
};
const values: Readonly<Record<string, string>> = {
  [names.publicKey.name]: publicKey,
  [names.appId.name]: account.appId,
  [names.locationId.name]: account.locationId,
};
const judge = async (request: WebhookRequest) => {
  const read = async ({ name }: { name: string }) => [values[name] ?? ''];
  const proof = await source.authenticate(request, { nowMs: nowSeconds * 1000, read });
  return proof.kind === 'authentic' ? 'authentic' : proof.reason;
};

sourceContract({
  source,
  secret: {
    name: names.publicKey.name,
    value: publicKey,
    another: 'MCowBQYDK2VwAyEA8qAV1733C8f/0DRsDwS6pCtTBUsb5gTTTOFO1oSGfCc=',
  },
  account: { [names.appId.name]: account.appId, [names.locationId.name]: account.locationId },
  fetchSecrets: { [names.token.name]: 'pit-5c1ce1f5-9a1b-4c3e-8a55' },
  fixtures,
  needed: /^(type|messageId)$/,
  good: ['completed', 'outbound', 'voicemail'],
  retries: [['completed', 'completed-retry']],
  others: [['completed', 'another']],
  proofs: [
    headerProof('x-ghl-signature', {
      forged: ['N/A', 'undefined', 'a'.repeat(88), Buffer.alloc(64).toString('base64')],
    }),
  ],
  toleranceSeconds: { past: 7200, ahead: 300 },
  sign: signed,
  carries: (body) => ofAccount(body, nowSeconds) !== undefined,
  oddBodies: [
    'null',
    '[]',
    '{}',
    '{"type":"__proto__"}',
    '{"type":"InboundMessage"}',
    '{"type":"InboundMessage","messageType":{}}',
  ],
});

describe('the proof', () => {
  const withBody = (changed: object): WebhookRequest => {
    const body = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(completed.body).toString()), ...changed }));
    return { ...completed, headers: signedHeaders(body), body: new Uint8Array(body) };
  };

  test.each([
    ["a stranger's app", { appId: 'a0b1c2d3e4f5a6b7c8d9e0f1' }, 'appId'],
    ["a stranger's location", { locationId: 'AAAAAAAAAAAAAAAAAAAA' }, 'locationId'],
    ['no app', { appId: undefined }, 'appId'],
    ['no time', { timestamp: undefined }, 'timestamp'],
  ])('of an event of %s is refused, though HighLevel signed it', async (_title, changed, reason) => {
    expect(await judge(withBody({}))).toBe('authentic');
    expect(await judge(withBody(changed))).toContain(reason);
  });

  test('is not the retired RSA signature', async () => {
    const { 'x-ghl-signature': signature = '', ...others } = completed.headers;
    expect(await judge({ ...completed, headers: { ...others, 'x-wh-signature': signature } })).toContain('is needed');
  });
});

test('a failure of ours is answered 429, the only status after which HighLevel sends again', () => {
  expect(source.statuses).toEqual({ unavailable: 429 });
});

describe('the audio', () => {
  const path = `/conversations/messages/m1/locations/${account.locationId}/recording`;
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'services.leadconnectorhq.com': ['93.184.215.14'],
      'storage.example.net': ['93.184.215.15'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (plan = source.fetch) =>
    recordingsWith({ internet, secrets: { [names.token.name]: ['new', 'old'] } }).download(
      { source: 'gohighlevel', id: 'm1', media: { kind: 'url', url: `https://services.leadconnectorhq.com${path}` } },
      plan,
      buffer,
      new AbortController().signal,
    );
  const shown = () =>
    internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization, headers.version]);

  test('is fetched from the API with each token of a rotation and the version of the API', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.authorization === 'Bearer old' ? response.end('RIFF') : response.writeHead(401).end();
    expect(await download()).toEqual({ kind: 'fetched', value: Buffer.from('RIFF') });
    expect(shown()).toEqual([
      ['services.leadconnectorhq.com', path, 'Bearer new', '2021-04-15'],
      ['services.leadconnectorhq.com', path, 'Bearer old', '2021-04-15'],
    ]);
  });

  test('may lie behind a redirect, which the token does not follow', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.host === 'services.leadconnectorhq.com'
        ? response.writeHead(302, { location: 'https://storage.example.net/1.wav' }).end()
        : response.end('RIFF');
    expect(await download()).toMatchObject({ kind: 'fetched' });
    expect(shown()[1]).toEqual(['storage.example.net', '/1.wav', undefined, undefined]);
    expect((await download(gohighlevel({ ...names, hosts: ['*.example.com'] }).fetch)).kind).toBe('rejected');
  });

  test.each([
    [404, 'not-yet'],
    [422, 'not-yet'],
    [401, 'trouble'],
  ])('that is answered %i is %s', async (status, kind) => {
    internet.server.answer = (_, response) => response.writeHead(status).end();
    expect((await download()).kind).toBe(kind);
  });
});
