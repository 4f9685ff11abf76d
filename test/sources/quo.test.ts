import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { quo } from '../../functions/sources/quo.ts';
import { signCurrentBytes, signLegacy } from '../../local/senders/quo.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const webhookSecret = { name: 'QUO_WEBHOOK_SECRET' };
const currentSecret = 'whsec_nGznpn+PkXZSiIxplR97XvW48jr4linQ';
const legacySecret = 'nZgy8ro9Y2uoI1qXWscQ381OG9MJSqkK/oECP/9hlE8=';
const sentSeconds = 1785000000;
const HOUR = 3600;
const fixtures = loadFixtures('quo');
const source = quo({ webhookSecret });

const signedBy = (secret: string) =>
  Object.fromEntries(Object.entries(fixtures).filter(([, fixture]) => fixture.secret === secret));
const judge = async (request: WebhookRequest, ...secrets: string[]) =>
  (await source.authenticate(request, { nowMs: sentSeconds * 1000 + 1000, read: async () => secrets })).kind;
const url = 'https://hooks.example.com/hooks/quo';

const current = (body: string | Uint8Array): WebhookRequest => {
  const bytes = new Uint8Array(Buffer.from(body));
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(sentSeconds),
    'webhook-signature': signCurrentBytes(currentSecret, 'msg_1', sentSeconds, bytes),
  };
  return { method: 'POST', url, headers, body: bytes };
};
const legacy = (body: string | Uint8Array, signature?: string): WebhookRequest => {
  const bytes = new Uint8Array(Buffer.from(body));
  const headers = { 'openphone-signature': signature ?? signLegacy(legacySecret, sentSeconds * 1000, bytes) };
  return { method: 'POST', url, headers, body: bytes };
};
const received = async (request: WebhookRequest) => {
  const read = async () => [currentSecret, legacySecret];
  const proof = await source.authenticate(request, { nowMs: sentSeconds * 1000, read });
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'quo');
};

const type = 'call.recording.completed';
const oddBodies = [
  'null',
  '[]',
  '{"type":"__proto__"}',
  '{"type":1}',
  `{"type":"${type}"}`,
  `{"type":"${type}","data":[]}`,
  `{"type":"${type}","data":{"object":null}}`,
  `{"type":"${type}","data":{"resource":{"direction":"__proto__","recordings":[null]}}}`,
];

describe('the current scheme', () => {
  sourceContract({
    source,
    secret: { name: webhookSecret.name, value: currentSecret, another: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    fixtures: signedBy(currentSecret),
    needed: /^(id|type|data\.(resource\.recordings|object\.media)\.\d\.url|data\.resource\.recordingUrl)$/,
    good: ['completed', 'several', 'voicemail'],
    retries: [
      ['completed', 'completed-retry'],
      ['several', 'several-retry'],
      ['voicemail', 'voicemail-retry'],
    ],
    others: [
      ['completed', 'another'],
      ['completed', 'voicemail'],
      ['voicemail', 'voicemail-another'],
    ],
    proofs: [
      headerProof('webhook-signature', { forged: ['v1,', 'v1', 'v1,undefined', 'v2,x', 'hmac;1;1785000000000;x'] }),
      headerProof('webhook-id', { forged: ['msg_2', 'msg_1.1785000000'] }),
      headerProof('webhook-timestamp', { forged: ['1785000000.5', '1785000000000', 'NaN', '1.785e9'] }),
    ],
    toleranceSeconds: { past: 300, ahead: 300 },
    idHeader: 'webhook-id',
    sign: (request) => ({
      ...request,
      headers: { ...request.headers, ...resigned(request) },
    }),
    oddBodies,
  });
});

/** Signs again with the fixture's own id and time. */
const resigned = ({ headers, body }: WebhookRequest) => {
  const { 'webhook-id': id = '', 'webhook-timestamp': seconds } = headers;
  return { 'webhook-signature': signCurrentBytes(currentSecret, id, Number(seconds), body) };
};

describe('the legacy scheme', () => {
  sourceContract({
    source: { ...source, covers: { ...source.covers, id: false } }, // the sender has no id outside the body
    secret: { name: webhookSecret.name, value: legacySecret, another: 'j9IPpMBoK6vBH3utlxNGBKWzUdpYoVa9ioSpvR/ZCY8=' },
    fixtures: signedBy(legacySecret),
    needed: /^(id|type|data\.(resource\.recordings|object\.media)\.\d\.url)$/,
    good: ['legacy', 'legacy-another'],
    retries: [
      ['legacy', 'legacy-retry'],
      ['legacy', 'legacy-several-signatures'],
    ],
    others: [['legacy', 'legacy-another']],
    proofs: [
      headerProof('openphone-signature', {
        forged: ['hmac;1;1785000000000;', 'hmac;2;1785000000000;AAAA', 'v1,x', ',', ';;;', 'hmac;1;NaN;AAAA'],
      }),
    ],
    toleranceSeconds: { past: 18 * HOUR, ahead: 300 },
    sign: (request) => ({ ...request, headers: legacy(request.body).headers }),
    oddBodies,
  });
});

describe('the two schemes', () => {
  test('are both accepted under one secret of two values', async () => {
    expect(await judge(current('{}'), legacySecret, currentSecret)).toBe('authentic');
    expect(await judge(legacy('{}'), legacySecret, currentSecret)).toBe('authentic');
  });

  test('are not mixed in one delivery: an id that is not signed would make another recording of it', async () => {
    const request = legacy('{}');
    const mixed = { ...request, headers: { ...request.headers, 'webhook-id': 'msg_2' } };
    expect(await judge(mixed, legacySecret, currentSecret)).toBe('refused');
  });
});

test('a current delivery with an empty id is refused, though it is well signed', async () => {
  const request = current('{}');
  const signature = signCurrentBytes(currentSecret, '', sentSeconds, request.body);
  const headers = { ...request.headers, 'webhook-id': '', 'webhook-signature': signature };
  expect(await judge({ ...request, headers }, currentSecret)).toBe('refused');
});

describe('the legacy key', () => {
  test('is the bytes behind the base64, also those over 0x7f', async () => {
    const text = signLegacy(Buffer.from(legacySecret).toString('base64'), sentSeconds * 1000, '{}');
    expect(await judge(legacy('{}', text), legacySecret)).toBe('refused');
    const latin1 = Buffer.from(Buffer.from(legacySecret, 'base64').toString('latin1')).toString('base64');
    expect(await judge(legacy('{}', signLegacy(latin1, sentSeconds * 1000, '{}')), legacySecret)).toBe('refused');
    expect(await judge(legacy('{}'), legacySecret)).toBe('authentic');
  });

  test.each(['', '!!!!'])('that decodes to nothing opens nothing: %j', async (empty) => {
    expect(await judge(legacy('{}', signLegacy(empty, sentSeconds * 1000, '{}')), empty)).toBe('refused');
  });

  test('signs each of several signatures with its own time', async () => {
    const stale = signLegacy(legacySecret, (sentSeconds - 24 * HOUR) * 1000, '{}');
    const moved = stale.replace(/;1;\d+;/, `;1;${sentSeconds * 1000};`);
    expect(await judge(legacy('{}', `${moved},${stale}`), legacySecret)).toBe('refused');
  });
});

describe('a recording of several', () => {
  const recordings = [{ id: 'RE1', url: 'https://media.example/1.mp3' }, { url: 'https://media.example/2.mp3' }];
  const body = (changed: object = {}) => JSON.stringify({ type, data: { resource: { recordings, ...changed } } });

  test('without an id is told by the delivery that names it, never by its URL', async () => {
    expect(await received(current(body()))).toMatchObject({ recordings: [{ id: 'RE1' }, { id: 'msg_1-2' }] });
  });

  test('needs no call, no direction and no duration', async () => {
    const media = recordings.map((each) => ({ kind: 'url', url: each.url }));
    const nulls = { id: null, direction: null, duration: null };
    expect(await received(current(body(nulls)))).toEqual({
      kind: 'recordings',
      recordings: [
        { source: 'quo', id: 'RE1', media: media[0] },
        { source: 'quo', id: 'msg_1-2', media: media[1] },
      ],
    });
  });

  test('may have lasted no time at all', async () => {
    const event = await received(current(body({ recordings: [{ ...recordings[0], duration: 0 }] })));
    expect(event).toMatchObject({ recordings: [{ durationSeconds: 0 }] });
  });

  test.each([
    ['resource.recordings', { recordings: 'none' }],
    ['resource.recordings.0.url', { recordings: [{ url: '/1.mp3' }] }],
    ['recordings 1.url', { recordings: [{}, { url: 7 }] }],
  ])('that is not what Quo documents makes the event unreadable: %s', async (field, changed) => {
    const reason = expect.stringContaining(`${field}:`);
    expect(await received(current(body(changed)))).toEqual({ kind: 'unreadable', reason });
  });
});

describe('the audio', () => {
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'recordings.example.com': ['93.184.215.14'],
      'elsewhere.example.net': ['151.101.1.6'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const fetchAudio = async ({ fetch } = source) => fetchBytes(recordingsWith({ internet }), await audioOf(), fetch);

  const audioOf = async () => {
    const event = await received(pick(fixtures, 'completed').request);
    const media = event.kind === 'recordings' ? event.recordings[0]?.media : undefined;
    return media?.kind === 'url' ? media.url : '';
  };
  const narrow = quo({ webhookSecret, hosts: ['recordings.example.com'] });

  test('is fetched from where the event says, without a credential', async () => {
    internet.server.answer = (_, response) => response.end('audio');

    const fetched = await fetchAudio();

    expect(fetched).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
    expect(internet.server.asked.map(({ headers }) => [headers.host, headers.authorization])).toEqual([
      ['recordings.example.com', undefined],
    ]);
  });

  test('that is not there yet is asked for again', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();

    expect(await fetchAudio()).toMatchObject({ kind: 'not-yet' });
  });

  test.each([
    ['followed by default', source, 'fetched'],
    ['refused where the configuration names hosts', narrow, 'rejected'],
  ])('a redirect to another public host is %s', async (_title, configured, kind) => {
    internet.server.answer = ({ headers }, response) => {
      if (headers.host === 'elsewhere.example.net') response.end('audio');
      else response.writeHead(302, { location: 'https://elsewhere.example.net/a.mp3' }).end();
    };

    expect((await fetchAudio(configured)).kind).toBe(kind);
  });
});
