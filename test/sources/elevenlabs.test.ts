import { describe, expect, test } from 'vitest';
import type { Announced, WebhookRequest } from '../../functions/core/ports/source.ts';
import { elevenlabs } from '../../functions/sources/elevenlabs.ts';
import { sign } from '../../local/senders/elevenlabs.sign.ts';
import { deliver } from '../../local/senders/elevenlabs.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const webhookSecret = { name: 'ELEVENLABS_WEBHOOK_SECRET' };
const apiKey = { name: 'ELEVENLABS_API_KEY' };
const fixtures = loadFixtures('elevenlabs');
const { secret: value } = pick(fixtures, 'transcription');
const nowSeconds = 1785000000;
const url = 'https://hooks.example.com/hooks/elevenlabs';
const source = elevenlabs({ webhookSecret, apiKey });

const signed = (body: string | Uint8Array, seconds: number | string = nowSeconds): WebhookRequest => {
  const headers = { 'elevenlabs-signature': sign(value, seconds, body) };
  return { method: 'POST', url, headers, body: new Uint8Array(Buffer.from(body)) };
};
const classified = async (request: WebhookRequest, secret = value) => {
  const proof = await source.authenticate(request, { nowMs: nowSeconds * 1000, read: async () => [secret] });
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'elevenlabs');
};
const recordingIn = async (...given: Parameters<typeof classified>): Promise<Announced> => {
  const event = await classified(...given);
  if (event.kind !== 'recordings' || !event.recordings[0]) throw new Error(`it is ${event.kind}`);
  return event.recordings[0];
};
const audioEvent = (full_audio: string) =>
  signed(JSON.stringify({ type: 'post_call_audio', data: { conversation_id: 'conv_1', full_audio } }));

sourceContract({
  source,
  secret: { name: webhookSecret.name, value, another: `wsec_${'0'.repeat(64)}` },
  fetchSecrets: { [apiKey.name]: 'sk_0f1e2d3c4b5a69788796a5b4c3d2e1f0' },
  fixtures,
  needed: /^(type|data\.(conversation_id|full_audio))$/,
  good: ['transcription'],
  retries: [['transcription', 'transcription-retry']],
  others: [['transcription', 'another']],
  proofs: [
    headerProof('elevenlabs-signature', {
      forged: [
        `t=${nowSeconds}`,
        `t=${nowSeconds},v0=`,
        `t=${nowSeconds},v1=${'a'.repeat(64)}`,
        'v0=,t=',
        't=NaN,v0=x',
      ],
    }),
  ],
  toleranceSeconds: { past: 1800, ahead: 1800 },
  sign: (request) => ({ ...signed(request.body), url: request.url }),
  oddBodies: [
    'null',
    '[]',
    '{"type":"__proto__"}',
    '{"type":1}',
    '{"type":"post_call_audio"}',
    '{"type":"post_call_transcription","data":{"conversation_id":"../../agents"}}',
    '{"type":"post_call_transcription","data":{"conversation_id":"https://example.com/1"}}',
    '{"type":"post_call_transcription","data":{"conversation_id":"conv_1","metadata":[]}}',
  ],
});

test('what cannot be read is answered 200 too: other answers count towards disabling the webhook', () => {
  expect(source.statuses).toEqual({ accepted: 200, pending: 200, ignored: 200, unreadable: 200 });
});

test.each(['1785000000.0', '+1785000000', '1.785e9', ' 1785000000', ''])(
  'a time that is not seconds in digits is refused, though it is well signed: %j',
  async (seconds) => {
    const { kind } = await source.authenticate(signed('{}', seconds), {
      nowMs: nowSeconds * 1000,
      read: async () => [value],
    });
    expect(kind).toBe('refused');
  },
);

describe('the audio event', () => {
  const id = 'fb519f6c755535fba0fdc574d2000000';
  const { secrets, method, headers, body } = deliver({ hookUrl: url, recordingUrl: '', nowSeconds, id });
  const delivered = { method, url, headers, body: new Uint8Array(Buffer.from(body)) };
  const secret = secrets.ELEVENLABS_WEBHOOK_SECRET;

  test('brings its bytes as they were, under the id that the transcription has', async () => {
    const transcription = { conversation_id: `conv_${id}`, metadata: { phone_call: null } };
    const other = await recordingIn(signed(JSON.stringify({ type: 'post_call_transcription', data: transcription })));
    const recording = await recordingIn(delivered, secret);
    expect(recording).toMatchObject({ id: `conv_${id}`, callId: `conv_${id}`, media: { kind: 'inline' } });
    expect([other.id, other.callId]).toEqual([recording.id, recording.callId]);
    if (recording.media.kind !== 'inline') throw new Error('it is not inline');
    const sent: { data: { full_audio: string } } = JSON.parse(body);
    expect(Buffer.from(recording.media.bytes).toString('base64')).toBe(sent.data.full_audio);
  });

  test('of three megabytes is read', async () => {
    const bytes = Buffer.alloc(3_000_000, 7);
    const { media } = await recordingIn(audioEvent(bytes.toString('base64')));
    expect(media.kind === 'inline' && bytes.equals(media.bytes)).toBe(true);
  });

  test.each(['SUQz BA==', 'SUQzBA', 'SUQzBA=', 'SUQzBB==', 'SUQ-BA==', 'SUQz\n', '====', '', '"'])(
    'is unreadable where it is no base64: %j',
    async (text) => {
      const reason = expect.stringMatching(/^data\.full_audio:/);
      expect(await classified(audioEvent(text))).toEqual({ kind: 'unreadable', reason });
    },
  );
});

describe('who called', () => {
  const inInbox = { source: 'elevenlabs', id: 'conv_1', media: { kind: 'inbox' as const, key: 'inbox/1' } };
  const question = source.lookUpParties?.(inInbox);
  const phone = { direction: 'inbound', agent_number: '+14155550199', external_number: '+14155550101' };

  test('is asked for an audio event, of its conversation', () => {
    expect(question?.url).toBe('https://api.elevenlabs.io/v1/convai/conversations/conv_1');
  });

  test('is not asked for a transcription: it has said all that the answer would', async () => {
    const { media, ...rest } = await recordingIn(pick(fixtures, 'in-a-browser').request);
    if (media.kind !== 'url') throw new Error(`it is ${media.kind}`);
    expect(source.lookUpParties?.({ ...rest, media })).toBeUndefined();
  });

  test.each([
    ['inbound', { from: '+14155550101', to: '+14155550199', direction: 'inbound' }],
    ['outbound', { from: '+14155550199', to: '+14155550101', direction: 'outbound' }],
  ])('is read from the answer: %s', (direction, parties) => {
    const conversation = { conversation_id: 'conv_1', metadata: { phone_call: { ...phone, direction } } };
    expect(question?.read(conversation)).toEqual(parties);
  });

  test('keeps the direction where a number is withheld', () => {
    const conversation = { metadata: { phone_call: { ...phone, external_number: null } } };
    expect(question?.read(conversation)).toEqual({ to: '+14155550199', direction: 'inbound' });
  });

  test.each([null, [], 'text', {}, { metadata: null }, { metadata: { phone_call: { direction: 'sideways' } } }])(
    'is not read from %j',
    (answer) => {
      expect(question?.read(answer)).toBeUndefined();
    },
  );
});
