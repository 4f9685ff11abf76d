import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { telnyx } from '../../functions/sources/telnyx.ts';
import { keyPair, publicKey, signedHeaders } from '../../local/senders/telnyx.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import saved from '../fixtures/telnyx/saved.json' with { type: 'json' };
import { loadFixtures, pick } from '../fixtures.ts';

const nowSeconds = 1785000000;
const fixtures = loadFixtures('telnyx');
const source = telnyx({ publicKey: { name: 'TELNYX_PUBLIC_KEY' }, apiKey: { name: 'TELNYX_API_KEY' } });

const signed = (body: string | Uint8Array, sent: number | string = nowSeconds): WebhookRequest => ({
  method: 'POST',
  url: 'https://hooks.example.com/hooks/telnyx',
  headers: signedHeaders(sent, body),
  body: new Uint8Array(Buffer.from(body)),
});
const authenticate = (request: WebhookRequest, ...keys: string[]) =>
  source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => keys });
const received = async (changed: object) => {
  const event = JSON.parse(saved.body);
  Object.assign(event.data.payload, changed);
  const request = signed(JSON.stringify(event));
  const proof = await authenticate(request, publicKey);
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'telnyx');
};

sourceContract({
  source,
  secret: { name: 'TELNYX_PUBLIC_KEY', value: publicKey, another: keyPair('another account').publicKey },
  fetchSecrets: { TELNYX_API_KEY: 'KEY0189ABCDEF_made0up' },
  fixtures,
  needed: /^data\.(event_type|id|payload\.recording_urls\.mp3)$/,
  good: ['saved', 'conference'],
  retries: [['saved', 'saved-retry']],
  others: [
    ['saved', 'another'],
    ['saved', 'without-recording-id'],
  ],
  proofs: [
    headerProof('telnyx-signature-ed25519', {
      forged: [
        Buffer.alloc(64).toString('base64'),
        Buffer.alloc(64, 7).toString('base64').slice(0, -2),
        signedHeaders(nowSeconds, '{}')['telnyx-signature-ed25519'],
        signedHeaders(nowSeconds, '{}')['telnyx-signature-ed25519'].replaceAll('=', ''),
        'v1,x',
      ],
    }),
    headerProof('telnyx-timestamp', { forged: ['1785000000.0', '-1785000000', '1.785e9', 'NaN', '1785000001'] }),
  ],
  toleranceSeconds: { past: 300, ahead: 300 },
  sign: (request) => ({ ...request, headers: signed(request.body).headers }),
  oddBodies: [
    'null',
    '[]',
    '""',
    '{"data":null}',
    '{"data":{"event_type":"__proto__"}}',
    '{"data":{"event_type":""}}',
    '{"data":{"event_type":1}}',
    '{"data":{"event_type":"call.recording.saved"}}',
    '{"data":{"event_type":"call.recording.saved","id":"e","payload":{"recording_urls":[]}}}',
    '{"data":{"event_type":"call.recording.saved","id":"e","payload":{"recording_urls":{"mp3":"https://["}}}}',
  ],
});

describe('the signature', () => {
  const { request } = pick(fixtures, 'saved');
  const good = request.headers['telnyx-signature-ed25519'] ?? '';

  test.each([
    ['base64url', good.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
    ['without its padding', good.replaceAll('=', '')],
    ['with a space in it', `${good.slice(0, 20)} ${good.slice(20)}`],
    ['with other spare bits', good.replace(/.==$/, (end) => `${end[0] === 'B' ? 'C' : 'B'}==`)],
  ])('has one spelling: %s it is refused', async (_title, given) => {
    expect(given).not.toBe(good);
    const headers = { ...request.headers, 'telnyx-signature-ed25519': given };
    expect((await authenticate({ ...request, headers }, publicKey)).kind).toBe('refused');
  });

  test('is checked over the bytes, also where they are no UTF-8', async () => {
    const odd = signed(new Uint8Array([0xff, 0xfe, 0x00]));
    expect((await authenticate(odd, publicKey)).kind).toBe('authentic');
    expect((await authenticate({ ...odd, body: new Uint8Array([0xfe, 0xff, 0x00]) }, publicKey)).kind).toBe('refused');
  });

  test.each([`${nowSeconds}.5`, '1.785e9', 'NaN', `+${nowSeconds}`])(
    'does not help a time that is no number of seconds: %s',
    async (sent) => {
      expect((await authenticate(signed('{}', sent), publicKey)).kind).toBe('refused');
    },
  );

  test.each(['', '!!!!', 'AAAA', `A${publicKey}`, Buffer.alloc(33).toString('base64')])(
    'is not opened by a key that is none, nor kept from the right one beside it: %j',
    async (mangled) => {
      expect((await authenticate(request, mangled)).kind).toBe('refused');
      expect((await authenticate(request, mangled, publicKey)).kind).toBe('authentic');
    },
  );
});

describe('the event', () => {
  test.each([
    ['data.payload.recording_urls', { recording_urls: null }],
    ['data.payload.recording_urls', { recording_urls: { mp3: null, wav: null } }],
    ['data.payload.recording_urls.wav', { recording_urls: { wav: 'recording.wav' } }],
    ['data.payload.recording_urls.mp3', { recording_urls: { mp3: 'ftp://example.com/1.mp3' } }],
  ])('is unreadable when %s is wrong, and says so: %j', async (field, wrong) => {
    expect(await received(wrong)).toEqual({ kind: 'unreadable', reason: expect.stringContaining(`${field}:`) });
  });

  test.each([
    ['2026-07-25T17:20:00Z', '2026-07-25T17:20:01.250Z', 1.25],
    ['2026-07-25T17:20:00.000000Z', '2026-07-25T17:20:00.000000Z', 0],
    ['2026-07-25T17:20:01Z', '2026-07-25T17:20:00Z', undefined],
    [null, '2026-07-25T17:20:00Z', undefined],
    ['yesterday', 'today', undefined],
  ])('from %s to %s lasts %s seconds', async (recording_started_at, recording_ended_at, seconds) => {
    const event = await received({ recording_started_at, recording_ended_at });
    expect(event.kind === 'recordings' && event.recordings[0]?.durationSeconds).toBe(seconds);
  });

  test('with both formats brings the smaller', async () => {
    const recording_urls = { mp3: 'https://s3.amazonaws.com/b/1.mp3', wav: 'https://s3.amazonaws.com/b/1.wav' };
    expect(await received({ recording_urls })).toMatchObject({ recordings: [{ media: { url: recording_urls.mp3 } }] });
  });
});
