import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { livekit } from '../../functions/sources/livekit.ts';
import { claimsOf, signedHeaders, token } from '../../local/senders/livekit.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { startInternet } from '../servers/internet.ts';

const [apiKey, apiSecret] = [{ name: 'LIVEKIT_API_KEY' }, { name: 'LIVEKIT_API_SECRET' }];
const KEY = 'APIyNrP8wNuvVTr';
const fixtures = loadFixtures('livekit');
const { secret: value, request: ended, nowSeconds } = pick(fixtures, 'ended');
const source = livekit({ apiKey, apiSecret });
const good = ended.headers.authorization ?? '';
const [header = '', claims = '', signature = ''] = good.split('.');

const context = {
  nowMs: nowSeconds * 1000,
  read: async ({ name }: { name: string }) => [name === apiKey.name ? KEY : value],
};
const signed = (request: WebhookRequest): WebhookRequest => ({
  ...request,
  headers: signedHeaders(KEY, value, nowSeconds, request.body),
});
const judge = async (authorization: string) =>
  (await source.authenticate({ ...ended, headers: { authorization } }, context)).kind;

sourceContract({
  source,
  secret: { name: apiSecret.name, value, another: 'Jr4Vn8Xc2Lq6Tb0Wm5Zp9Ks3Hd7Fg1Ya4Ue8Io2Pl6N' },
  account: { [apiKey.name]: KEY },
  fixtures,
  needed: /^(event|egressInfo\.(egressId|fileResults\.0\.(filename|location)))$/,
  good: ['ended', 'two-files', 'own-endpoint'],
  retries: [['ended', 'ended-retry']],
  others: [['ended', 'another']],
  proofs: [
    headerProof('authorization', {
      forged: [
        `Bearer ${good}`,
        `${good}, ${good}`,
        `${header}.${claims}.`,
        `${header}.${claims}`,
        `${header}..${signature}`,
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
        'e30.e30.e30',
      ],
    }),
  ],
  // A token lives for five minutes, and two clocks may be a minute apart.
  toleranceSeconds: { past: 359, ahead: 60 },
  sign: signed,
  oddBodies: [
    'null',
    '[]',
    '{"event":"__proto__"}',
    '{"event":"egress_ended"}',
    '{"event":"egress_ended","egressInfo":[]}',
    '{"event":"egress_ended","egressInfo":{"egressId":"EG_1","fileResults":{}}}',
    '{"event":"egress_ended","egressInfo":{"egressId":"EG_1","fileResults":[]}}',
  ],
});

describe('the token', () => {
  const all = claimsOf(KEY, nowSeconds, ended.body);

  test.each([
    ['no exp', { exp: undefined }],
    ['no sha256', { sha256: undefined }],
    ['the sha256 of another body', { sha256: claimsOf(KEY, 0, '{}').sha256 }],
    ['another key', { iss: 'APIanother' }],
    ['no key', { iss: undefined }],
  ])('with %s is refused, though it is well signed', async (_title, changed) => {
    expect(await judge(token(value, all))).toBe('authentic');
    expect(await judge(token(value, { ...all, ...changed }))).toBe('refused');
  });
});

describe('who called whom', () => {
  const received = async (roomName: string, pattern: RegExp) => {
    const json = JSON.parse(Buffer.from(ended.body).toString());
    const body = new Uint8Array(Buffer.from(JSON.stringify({ ...json, egressInfo: { ...json.egressInfo, roomName } })));
    const reader = livekit({ apiKey, apiSecret, roomName: pattern });
    const proof = await reader.authenticate(signed({ ...ended, body }), context);
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = reader.classify(proof.event, 'livekit');
    if (event.kind !== 'recordings') throw new Error(event.reason);
    const [recording] = event.recordings;
    return [recording?.from, recording?.to, recording?.direction];
  };
  const pattern = /^(?<direction>inbound|outbound)_(?<from>\+\d+)_(?<to>\+\d+)/;

  test('stands in the name of the room, where a pattern finds it', async () => {
    const parties = ['+14155550101', '+14155550199', 'inbound'];
    expect(await received('inbound_+14155550101_+14155550199_x', pattern)).toEqual(parties);
    expect(await received('call-7', pattern)).toEqual([undefined, undefined, undefined]);
    expect(await received('call-+14155550101', /call-(?<from>\+\d+)/)).toEqual([parties[0], undefined, undefined]);
  });
});

test('a file at a URL comes from any public host, or from those that are configured, and no key goes with it', async () => {
  const internet = await startInternet({ 'minio.example.com': ['93.184.215.14'] });
  try {
    internet.server.answer = (_, response) => response.end('ID3');
    const url = 'https://minio.example.com/acme-calls/1.mp3';
    expect(await fetchBytes(recordingsWith({ internet }), url, source.fetch)).toMatchObject({ kind: 'fetched' });
    expect(internet.server.asked[0]?.headers.authorization).toBeUndefined();
    const narrow = livekit({ apiKey, apiSecret, hosts: ['*.example.net'] }).fetch;
    expect(await fetchBytes(recordingsWith({ internet }), url, narrow)).toMatchObject({ kind: 'rejected' });
  } finally {
    await internet.server.stop();
  }
});
