import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { type SignalWireOptions, signalwire } from '../../functions/sources/signalwire.ts';
import { canonical, formBody, signForm, signJson } from '../../local/senders/signalwire.sign.ts';
import { deliver } from '../../local/senders/signalwire.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const signingKey = { name: 'SIGNALWIRE_SIGNING_KEY' };
const key = 'PSK_842d163e888d540ab382adc7';
const fixtures = loadFixtures('signalwire');
const source = signalwire({ signingKey });
const context = { nowMs: 0, read: async () => [key] };
const hook = 'https://hooks.example.com/hooks/signalwire';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const pairs = (body: Uint8Array) => [...new URLSearchParams(Buffer.from(body).toString())];
const isJson = ({ headers }: WebhookRequest) => headers['content-type'] === 'application/json';
const request = (body: string, signature: string, url = hook): WebhookRequest => ({
  method: 'POST',
  url,
  headers: { 'x-signalwire-signature': signature },
  body: bytes(body),
});
const judge = async (delivery: WebhookRequest) => (await source.authenticate(delivery, context)).kind;
const received = async (delivery: WebhookRequest, options: Partial<SignalWireOptions> = {}) => {
  const configured = signalwire({ signingKey, ...options });
  const proof = await configured.authenticate(delivery, context);
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return configured.classify(proof.event, 'signalwire');
};

const odd = ['constructor', '__proto__', 'toString', '', ' ', 'finished '];
sourceContract({
  source,
  secret: { name: signingKey.name, value: key, another: 'PSK_7ef937963fa5ae82dabdd7de' },
  fixtures,
  needed:
    /^(event_type|params\.(call_id|state|url|recording_id|control_id|record\.url|conference_id|status|recording_url))$/,
  good: ['completed', 'swml-finished', 'relay-finished', 'conference-recorded'],
  retries: [
    ['completed', 'completed-retry'],
    ['completed', 'completed-get'],
    ['completed', 'completed-json'],
    ['swml-finished', 'swml-finished-retry'],
    ['conference-recorded', 'conference-ended'],
  ],
  others: [
    ['completed', 'another'],
    ['swml-finished', 'swml-another'],
    ['relay-finished', 'relay-another'],
    ['relay-finished', 'relay-another-call'],
    ['conference-recorded', 'conference-another'],
  ],
  proofs: [headerProof('x-signalwire-signature', { forged: ['v1,x', '0'.repeat(40), 'undefined', 'null'] })],
  covered: (body) => {
    const text = Buffer.from(body).toString();
    const json = text.startsWith('{') || text.endsWith('}'); // one of the two bytes may have changed
    return json ? Buffer.from(body).toString('hex') : canonical(pairs(body));
  },
  sign: (delivery) => {
    const signature = isJson(delivery)
      ? signJson(key, delivery.url, delivery.body)
      : signForm(key, delivery.url, pairs(delivery.body));
    return { ...delivery, headers: { ...delivery.headers, 'x-signalwire-signature': signature } };
  },
  oddBodies: [
    ...odd.map((status) => `RecordingStatus=${status}&RecordingSid=RE1`),
    ...odd.map((state) => JSON.stringify({ event_type: 'calling.call.record', params: { state } })),
    ...odd.map((type) => JSON.stringify({ event_type: type })),
    '{"RecordingStatus":"completed","RecordingSid":{"toString":1},"RecordingDuration":{"toString":1}}',
    '{"event_type":1}',
    '{"event_type":"calling.call.record","params":{"state":"finished","record":[]}}',
    '[]',
    'null',
    '﻿RecordingStatus=completed',
  ],
});

describe('the signature says which body it covers', () => {
  const json = Buffer.from(pick(fixtures, 'swml-finished').request.body).toString();
  const asForm = (mac: string) => Buffer.from(mac, 'hex').toString('base64');

  test('the content type does not: it is not signed', async () => {
    for (const [name, type] of [
      ['completed', 'application/json'],
      ['swml-finished', 'text/plain'],
    ] as const) {
      const { request: good } = pick(fixtures, name);
      const headers = { ...good.headers, 'content-type': type };
      expect(await received({ ...good, headers })).toMatchObject({ kind: 'recordings' });
    }
  });

  test('JSON is not believed under the signature of a form, nor a form under that of JSON', async () => {
    const form = formBody([['RecordingStatus', 'completed']]);
    expect(await judge(request(json, signForm(key, hook, [])))).toBe('refused');
    expect(await judge(request(form, signJson(key, hook, 'RecordingStatuscompleted')))).toBe('refused');
  });

  test('JSON turned into the first name of a form, in the other encoding, is unreadable', async () => {
    const delivery = request(formBody([[json, '']]), asForm(signJson(key, hook, json)));
    expect(await received(delivery)).toEqual({ kind: 'unreadable', reason: expect.stringContaining('form') });
  });

  test('hex in upper case is none', async () => {
    expect(await judge(request(json, signJson(key, hook, json).toUpperCase()))).toBe('refused');
  });
});

describe('what the signature of a form cannot see, where one piece ends and the next begins', () => {
  const { request: good } = pick(fixtures, 'completed');
  const text = Buffer.from(good.body).toString();
  const [path = '', query = ''] = good.url.split('?');
  const merged = text
    .replace(/(&RecordingSource=\w+)/, '')
    .replace(/(RecordingSid=[\w-]+)/, '$1RecordingSourceRecordVerb');

  test.each([
    ['a second recording of the first', good.url, merged, 'RecordingSid'],
    ['another chat of the routes', path, `${encodeURIComponent(`?${query}`)}=&${text}`, 'form'],
  ])('makes no %s', async (_title, url, body, reason) => {
    expect(await received({ ...good, url, body: bytes(body) })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining(reason),
    });
  });
});

describe('the audio', () => {
  const uuid = '462d66aa-93b7-4209-a852-a010e7f4c32e';
  const cxml = `https://example.signalwire.com/api/laml/2010-04-01/Accounts/5f5dbf85/Recordings/${uuid}`;

  test.each([
    ['in MP3 where none says otherwise', {}, cxml, `${cxml}.mp3`],
    ['in WAV where the configuration does', { format: 'wav' as const }, cxml, `${cxml}.wav`],
    ['under the extension that is there', {}, `${cxml}.wav`, `${cxml}.wav`],
    [
      'as it is in a storage of your own',
      {},
      `https://s3.example.com/Recordings/${uuid}`,
      `https://s3.example.com/Recordings/${uuid}`,
    ],
  ])('is asked for %s', async (_title, options, given, wanted) => {
    const parameters: [string, string][] = [
      ['RecordingSid', uuid],
      ['RecordingStatus', 'completed'],
      ['RecordingUrl', given],
    ];
    const event = await received(request(formBody(parameters), signForm(key, hook, parameters)), options);
    expect(event).toMatchObject({ kind: 'recordings', recordings: [{ media: { kind: 'url', url: wanted } }] });
  });

  test.each(['-1', '', 'soon', 'Infinity'])('has no duration of %j seconds', async (RecordingDuration) => {
    const parameters = pairs(pick(fixtures, 'completed').request.body).filter(([name]) => name !== 'RecordingDuration');
    const all: [string, string][] = [...parameters, ['RecordingDuration', RecordingDuration]];
    const event = await received(request(formBody(all), signForm(key, hook, all)));
    expect(event).toMatchObject({
      kind: 'recordings',
      recordings: [expect.not.objectContaining({ durationSeconds: expect.anything() })],
    });
  });
});

test('a recording of a conference whose URL has no id is told by its path, never by its query', async () => {
  const params = (url: string) => ({ conference_id: 'c1', status: 'record-stop', recording_url: url });
  const idOf = async (url: string) => {
    const body = JSON.stringify({ event_type: 'calling.conference', params: params(url) });
    const event = await received(request(body, signJson(key, hook, body)));
    return event.kind === 'recordings' ? event.recordings[0]?.id : undefined;
  };
  const one = await idOf('https://x.signalwire.com/a.wav?s=1');
  expect(one).toMatch(/^c1:[0-9a-f]{32}$/);
  expect(await idOf('https://x.signalwire.com/a.wav?s=2')).toBe(one);
  expect(await idOf('https://x.signalwire.com/b.wav?s=1')).not.toBe(one);
});

test('a delivery made for the demo is authentic and has its audio where it was put', async () => {
  const made = deliver({
    hookUrl: hook,
    recordingUrl: 'http://127.0.0.1:1/a.mp3',
    nowSeconds: 0,
    id: `${'a'.repeat(31)}1`,
  });
  const delivery = { ...made, url: hook, body: bytes(made.body) };
  expect(await received(delivery)).toMatchObject({
    recordings: [{ id: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa1', media: { url: 'http://127.0.0.1:1/a.mp3' } }],
  });
});

describe('fetching', () => {
  let internet: Internet;
  beforeAll(async () => {
    internet = await startInternet({ 'cdn.example': ['93.184.215.14'] });
  });
  afterAll(() => internet.server.stop());
  const { fetch } = signalwire({ signingKey, hosts: ['cdn.example'] });

  test('sends no credential to anybody', async () => {
    internet.server.answer = (_, response) => response.end('audio');
    expect(await fetchBytes(recordingsWith({ internet }), 'https://cdn.example/r', fetch)).toMatchObject({
      kind: 'fetched',
    });
    expect(Object.keys(internet.server.asked[0]?.headers ?? {})).not.toContain('authorization');
  });

  test('404 just after the event is "not yet"', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();
    expect(await fetchBytes(recordingsWith({ internet }), 'https://cdn.example/r', fetch)).toMatchObject({
      kind: 'not-yet',
    });
  });

  test.each(['https://signalwire.com/r', 'https://example.signalwire.com.cdn.test/r'])(
    'never goes to a host that only looks like it: %s',
    async (url) => {
      const opened = internet.opened.length;
      expect(await fetchBytes(recordingsWith({ internet }), url, fetch)).toMatchObject({ kind: 'rejected' });
      expect(internet.opened).toHaveLength(opened);
    },
  );
});
