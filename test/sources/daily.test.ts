import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { daily } from '../../functions/sources/daily.ts';
import { sign } from '../../local/senders/daily.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const [webhookSecret, apiKey] = [{ name: 'DAILY_WEBHOOK_SECRET' }, { name: 'DAILY_API_KEY' }];
const fixtures = loadFixtures('daily');
const { secret: value, request: ready, nowSeconds } = pick(fixtures, 'ready');
const source = daily({ webhookSecret, apiKey });

const withBody = (text: string): WebhookRequest => ({ ...ready, headers: {}, body: new Uint8Array(Buffer.from(text)) });
const tested = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };

sourceContract({
  source,
  secret: { name: webhookSecret.name, value, another: Buffer.alloc(32, 7).toString('base64') },
  fetchSecrets: { [apiKey.name]: '5e1f7c9b3a8d2640e7c1b5f9a3d80642' },
  fixtures,
  needed: /^(type|payload\.recording_id)$/,
  good: ['ready', 'in-milliseconds', 'video'],
  retries: [['ready', 'ready-retry']],
  others: [['ready', 'another']],
  proofs: [
    headerProof('x-webhook-signature', { forged: ['undefined', 'a'.repeat(64), `v1,${'a'.repeat(44)}`] }),
    headerProof('x-webhook-timestamp', { forged: ['0', '2026-07-25T17:19:59Z', '-1'] }),
  ],
  toleranceSeconds: { past: 86_400, ahead: 300 },
  sign: (request) => ({ ...request, headers: sign(value, nowSeconds, request.body) }),
  oddBodies: [
    'null',
    '[]',
    '{"type":"__proto__"}',
    '{"type":"recording.ready-to-download"}',
    '{"type":"recording.ready-to-download","payload":{"recording_id":7}}',
  ],
  handshakes: [
    { request: withBody('{"test":"test"}'), nowSeconds, answer: tested },
    { request: withBody('{ "test" : "test" }\n'), nowSeconds, answer: tested },
  ],
});

describe('the test of a new webhook', () => {
  test.each(['{"test":"tests"}', '{"test":"test","type":"recording.ready-to-download"}', '{}', 'test', 'null', ''])(
    'is exactly what Daily sends: %s is none',
    async (text) => {
      const context = { nowMs: nowSeconds * 1000, read: async () => [] };
      expect(await source.handshake?.(withBody(text), context)).toBeUndefined();
    },
  );

  test('proves nothing, and is answered before the secret is known', async () => {
    const request = withBody('{"test":"test"}');
    const context = { nowMs: nowSeconds * 1000, read: async () => [value] };
    expect((await source.authenticate(request, context)).kind).toBe('refused');
    expect(source.handshakeWhileOff).toBe(true);
  });
});

test('everything that is not refused is answered 200, as three other answers in a row stop the webhook', () => {
  expect(source.statuses).toEqual({ accepted: 200, pending: 200, ignored: 200, unreadable: 200 });
});

test('in a bucket of the user is named by bucket and key; without a key the API is asked', async () => {
  const reader = daily({ webhookSecret, apiKey, bucket: 'acme-calls' });
  const context = { nowMs: nowSeconds * 1000, read: async () => [value] };
  const mediaOf = async (s3_key: unknown) => {
    const json = JSON.parse(Buffer.from(ready.body).toString());
    const body = new Uint8Array(Buffer.from(JSON.stringify({ ...json, payload: { ...json.payload, s3_key } })));
    const request = { ...ready, body, headers: sign(value, nowSeconds, body) };
    const proof = await reader.authenticate(request, context);
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = reader.classify(proof.event, 'daily');
    return event.kind === 'recordings' && event.recordings[0]?.media;
  };
  expect(await mediaOf('acme/1/17')).toEqual({ kind: 'object', bucket: 'acme-calls', key: 'acme/1/17' });
  for (const odd of [undefined, null, '', 7]) expect(await mediaOf(odd)).toEqual({ kind: 'ask' });
});

describe('the audio', () => {
  const recording: RemoteRecording = { source: 'daily', id: 'a/../b', media: { kind: 'ask' } };
  const link = '/v1/recordings/a%2F..%2Fb/access-link';
  const presigned = 'https://a-bucket.s3.amazonaws.com/1.mp4?X-Amz-Expires=3600';
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'api.daily.co': ['93.184.215.14'],
      'a-bucket.s3.amazonaws.com': ['93.184.215.15'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (plan = source.fetch) =>
    recordingsWith({ internet, secrets: { [apiKey.name]: ['KEY'] } }).download(
      recording,
      plan,
      buffer,
      new AbortController().signal,
    );
  const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization]);
  const answerLink = (download_link: unknown) => {
    internet.server.answer = (asked, response) =>
      asked.headers.host === 'api.daily.co' ? json(200, { download_link })(asked, response) : response.end('ftyp');
  };

  test('lies at the link that the API gives, and the key stays with the API', async () => {
    answerLink(presigned);
    expect(await download()).toEqual({ kind: 'fetched', value: Buffer.from('ftyp') });
    expect(shown()).toEqual([
      ['api.daily.co', link, 'Bearer KEY'],
      ['a-bucket.s3.amazonaws.com', '/1.mp4?X-Amz-Expires=3600', undefined],
    ]);
    expect(await download(daily({ webhookSecret, apiKey, hosts: ['*.example.com'] }).fetch)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('a-bucket.s3.amazonaws.com'),
    });
  });

  test.each([['The recording is not available'], [null], [undefined], ['s3://a/b'], ['file:///etc/passwd']])(
    'is not there yet where the link is %j',
    async (text) => {
      answerLink(text);
      expect(await download()).toMatchObject({ kind: 'not-yet' });
    },
  );
});
