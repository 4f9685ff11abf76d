import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import type { HmacSignature } from '../../functions/core/source/proof.ts';
import { defineSource, type SourceDescription } from '../../functions/sources/define-source.ts';

type HmacDescription = SourceDescription & { signature: HmacSignature };

const NOW_SECONDS = 1785000000;
const SECRET = { name: 'ACME_SECRET' };

/** A signer of our own, written from the description's words. */
const deliver = ({ signature }: HmacDescription, secret: string, body: string, url: string): WebhookRequest => {
  const timestamp = String(signature.timestamp?.unit === 'milliseconds' ? NOW_SECONDS * 1000 : NOW_SECONDS);
  const values: Record<string, string> = { body, url, timestamp, id: 'evt_1' };
  const signed = signature.signed.replace(/\{(body|timestamp|id|url)\}/g, (_, name: string) => values[name] ?? '');
  const key = Buffer.from(secret, signature.key === 'base64' ? 'base64' : signature.key === 'hex' ? 'hex' : 'utf8');
  const digest = createHmac(signature.algorithm, key).update(signed).digest(signature.encoding);
  return {
    method: 'POST',
    url,
    headers: {
      [signature.header]: (signature.prefix ?? '') + digest,
      ...(signature.timestamp && { [signature.timestamp.header]: timestamp }),
      ...(signature.id && { [signature.id.header]: 'evt_1' }),
    },
    body: new Uint8Array(Buffer.from(body)),
  };
};

const judge = async (
  description: SourceDescription,
  secret: string,
  request: WebhookRequest,
  nowMs = NOW_SECONDS * 1000,
) => (await defineSource(description).authenticate(request, { nowMs, read: async () => [secret] })).kind;

const acme: HmacDescription = {
  kind: 'acme',
  signature: {
    secret: SECRET,
    header: 'x-acme-signature',
    prefix: 'sha256=',
    algorithm: 'sha256',
    encoding: 'hex',
    signed: '{timestamp}.{body}',
    timestamp: { header: 'x-acme-time', unit: 'seconds', toleranceSeconds: 300 },
  },
  event: { path: 'type', values: ['call.recorded'] },
  recording: {
    id: 'call.recordings.0.id',
    url: 'call.recordings.0.href',
    callId: 'call.id',
    from: 'call.caller',
    to: 'call.callee',
    direction: { path: 'call.way', inbound: ['in'], outbound: ['out'] },
    duration: { path: 'call.ms', unit: 'milliseconds' },
    chat: 'chat',
  },
  fetch: {
    hosts: ['media.acme.example'],
    credentials: { secret: { name: 'ACME_KEY' }, header: 'x-api-key', hosts: ['media.acme.example'] },
  },
};
const event = {
  type: 'call.recorded',
  chat: '550E8400-E29B-41D4-A716-446655440000',
  call: {
    id: 7,
    caller: '+1202',
    callee: '+1305',
    way: 'out',
    ms: 1500,
    recordings: [{ id: 'r1', href: 'https://media.acme.example/r1.mp3' }],
  },
};
const classified = async (json: unknown, description = acme) => {
  const request = deliver(description, 'secret', JSON.stringify(json), 'https://hooks.example.com/hooks/acme');
  const source = defineSource(description);
  const proof = await source.authenticate(request, { nowMs: NOW_SECONDS * 1000, read: async () => ['secret'] });
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'acme');
};

describe('whatever a description signs', () => {
  const description = fc
    .record({
      algorithm: fc.constantFrom('sha1' as const, 'sha256' as const, 'sha512' as const),
      encoding: fc.constantFrom('hex' as const, 'base64' as const),
      key: fc.constantFrom('text' as const, 'base64' as const, 'hex' as const),
      prefix: fc.constantFrom('', 'sha256=', 'v1,'),
      order: fc.shuffledSubarray(['timestamp', 'id', 'url'] as const),
      unit: fc.constantFrom('seconds' as const, 'milliseconds' as const),
      mark: fc.constantFrom('.', ':', '|', '\n'),
    })
    .map(
      ({ order, unit, mark, ...rest }): HmacDescription => ({
        ...acme,
        signature: {
          secret: SECRET,
          header: 'x-acme-signature',
          ...rest,
          signed: [...order, 'body'].map((name) => `{${name}}`).join(mark),
          ...(order.includes('timestamp') && { timestamp: { header: 'x-acme-time', unit, toleranceSeconds: 300 } }),
          ...(order.includes('id') && { id: { header: 'x-acme-id' } }),
        },
      }),
    );
  const secret = fc.stringMatching(/^[0-9a-f]{32,64}$/).map((hex) => hex.slice(0, hex.length - (hex.length % 4)));
  const URL = 'https://hooks.example.com/hooks/acme?chat=1';

  test('is accepted, and one changed bit of what is covered is refused (300 descriptions)', () =>
    fc.assert(
      fc.asyncProperty(description, secret, fc.json(), fc.nat(), async (given, key, body, at) => {
        const request = deliver(given, key, body, URL);
        expect(await judge(given, key, request)).toBe('authentic');

        const flipped = Uint8Array.from(request.body);
        const index = at % flipped.length;
        flipped[index] = (flipped[index] ?? 0) ^ (1 << (at % 8));
        expect(await judge(given, key, { ...request, body: flipped })).toBe('refused');

        const url = `${URL}1`;
        expect(await judge(given, key, { ...request, url })).toBe(
          given.signature.signed.includes('{url}') ? 'refused' : 'authentic',
        );
        const { 'x-acme-id': id, ...headers } = request.headers;
        if (id)
          expect(await judge(given, key, { ...request, headers: { ...headers, 'x-acme-id': 'evt_2' } })).toBe(
            'refused',
          );
        if (given.signature.timestamp) {
          expect(await judge(given, key, request, NOW_SECONDS * 1000 + 300_001)).toBe('refused');
          expect(await judge(given, key, request, NOW_SECONDS * 1000 - 300_001)).toBe('refused');
        }
        expect(await judge(given, `${key}abcd`, request)).toBe('refused');
      }),
      { numRuns: 300 },
    ));

  test('no secret and one that decodes to nothing prove nobody', async () => {
    const base64 = { ...acme, signature: { ...acme.signature, key: 'base64' as const } };
    const unkeyed = deliver(base64, '', '{}', 'https://hooks.example.com/hooks/acme');
    expect(await judge(base64, '!!!!', unkeyed)).toBe('refused');
    expect(
      (await defineSource(base64).authenticate(unkeyed, { nowMs: NOW_SECONDS * 1000, read: async () => [] })).kind,
    ).toBe('refused');
  });
});

describe('an event', () => {
  test('is read by its paths', async () => {
    expect(await classified(event)).toEqual({
      kind: 'recordings',
      recordings: [
        {
          source: 'acme',
          id: 'r1',
          callId: '7',
          from: '+1202',
          to: '+1305',
          direction: 'outbound',
          durationSeconds: 1.5,
          chat: '550e8400-e29b-41d4-a716-446655440000',
          media: { kind: 'url', url: 'https://media.acme.example/r1.mp3' },
        },
      ],
    });
  });

  test.each([
    [
      'of another type is ignored by its name',
      { ...event, type: 'call.began' },
      { kind: 'ignored', reason: 'type call.began' },
    ],
    ['without a type is ignored', {}, { kind: 'ignored', reason: 'type is missing' }],
    [
      'without an id names the path',
      { type: 'call.recorded' },
      { kind: 'unreadable', reason: expect.stringContaining('call.recordings.0.id:') },
    ],
    [
      'with an id beyond what JSON keeps exact is unreadable',
      { ...event, call: { ...event.call, recordings: [{ id: 2 ** 60, href: 'https://media.acme.example/1' }] } },
      { kind: 'unreadable', reason: expect.stringContaining('call.recordings.0.id:') },
    ],
    [
      'without a URL names the path',
      { ...event, call: { ...event.call, recordings: [{ id: 'r1', href: 'r1.mp3' }] } },
      { kind: 'unreadable', reason: 'call.recordings.0.href: must be an http(s) URL' },
    ],
  ])('%s', async (_name, json, expected) => {
    expect(await classified(json)).toEqual(expected);
  });

  test('reads own properties alone', async () => {
    const odd = { ...acme, event: { path: 'constructor.name', values: ['Object'] } };
    expect(await classified(event, odd)).toMatchObject({ kind: 'ignored' });
  });
});

const { url: _url, from: _from, to: _to, direction: _direction, ...idOnly } = acme.recording;
const withoutUrl = { ...acme, recording: idOnly };

describe('a recording that is read again by its id', () => {
  const api = {
    url: 'https://media.acme.example/v1/recordings/{id}',
    audio: 'file.url',
    from: 'caller',
    to: 'callee',
    direction: { path: 'way', inbound: ['in'], outbound: ['out'] },
  };
  const description = { ...withoutUrl, fetch: { ...acme.fetch, api } };
  const source = defineSource(description);
  const recording = { source: 'acme', id: 'a/../b', media: { kind: 'ask' as const } };
  const url = 'https://media.acme.example/v1/recordings/a%2F..%2Fb';

  test('has no URL of the event', async () => {
    expect(await classified(event, description)).toMatchObject({
      recordings: [{ id: 'r1', media: { kind: 'ask' } }],
    });
  });

  test('has its URL from the API, asked for this id alone', () => {
    const question = source.fetch.freshUrl?.(recording);
    expect(question?.url).toBe(url);
    expect(question?.read({ file: { url: 'https://media.acme.example/1.mp3' } })).toBe(
      'https://media.acme.example/1.mp3',
    );
    for (const odd of [null, {}, { file: { url: 'file:///etc/passwd' } }, { file: { url: 7 } }])
      expect(question?.read(odd)).toBeUndefined();
  });

  test('has its parties from the API', () => {
    const question = source.lookUpParties?.(recording);
    expect(question?.url).toBe(url);
    const parties = { from: '+1202', to: '+1305', direction: 'inbound' };
    expect(question?.read({ caller: '+1202', callee: '+1305', way: 'in' })).toEqual(parties);
    expect(question?.read({ caller: {} })).toBeUndefined();
  });
});

test('the names of headers are taken in any case, as vendors print them', async () => {
  const printed = {
    ...acme.signature,
    header: 'X-Acme-Signature',
    timestamp: { ...acme.signature.timestamp, header: 'X-Acme-Time' },
  };
  const description = { ...acme, signature: printed } as HmacDescription; // a spread of the union's optional timestamp
  expect(
    await judge(description, 'secret-of-acme', deliver(acme, 'secret-of-acme', '{}', 'https://b.example/hooks/acme')),
  ).toBe('authentic');
});

describe('a description with mistakes is refused, all of them named', () => {
  const signed = (text: string, more: Partial<HmacSignature> = {}): SourceDescription => {
    const { timestamp: _timestamp, ...signature } = acme.signature;
    return { ...acme, signature: { ...signature, signed: text, ...more } };
  };
  test.each([
    ['no body', signed('{url}'), 'must contain {body}'],
    ['parts that run into each other', signed('{url}{body}'), 'needs a character between'],
    ['a part twice', signed('{body}.{body}'), 'at most once'],
    ['a timestamp without its header', signed('{timestamp}.{body}'), 'signature.timestamp'],
    ['an id without its header', signed('{id}.{body}'), 'signature.id'],
    ['neither a URL in the event nor an API', withoutUrl, 'fetch.api'],
    [
      'an API without an id',
      { ...acme, fetch: { ...acme.fetch, api: { url: 'https://a.example/x', audio: 'url' } } },
      '{id}',
    ],
    [
      'an API that is not https',
      { ...acme, fetch: { ...acme.fetch, api: { url: 'http://a.example/{id}', audio: 'url' } } },
      'https',
    ],
    ['no hosts', { ...acme, fetch: { hosts: [] } }, 'fetch.hosts'],
  ])('%s', (_name, description, mistake) => {
    expect(defineSource(description).mistakes?.join('\n')).toContain(mistake);
  });
});

test('the fetch plan sends its key to its own hosts alone', async () => {
  const { fetch } = defineSource(acme);
  expect(fetch.credentialHosts).toEqual(['media.acme.example']);
  const recording = {
    source: 'acme',
    id: 'r1',
    media: { kind: 'url' as const, url: 'https://media.acme.example/r1.mp3' },
  };
  const context = { nowMs: 0, read: async () => ['new', 'old'], exchange: () => Promise.reject(new Error('unused')) };
  expect(await fetch.credentials?.(recording, context)).toEqual([{ 'x-api-key': 'new' }, { 'x-api-key': 'old' }]);
});
