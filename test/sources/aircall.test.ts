import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { recordingSchema } from '../../functions/core/model/recording.ts';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { aircall } from '../../functions/sources/aircall.ts';
import { body } from '../../local/senders/aircall.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { jsonFieldProof } from '../contracts/source-proofs.ts';
import { loadFixtures } from '../fixtures.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const webhookToken = { name: 'AIRCALL_WEBHOOK_TOKEN' };
const [apiId, apiToken] = [{ name: 'AIRCALL_API_ID' }, { name: 'AIRCALL_API_TOKEN' }];
const token = '08faedd7e846c18560755be158889e51';
const source = aircall({ webhookToken, apiId, apiToken });

const reading = (values: Readonly<Record<string, readonly string[]>>) => ({
  nowMs: 0,
  read: async ({ name }: { name: string }) => values[name] ?? [],
  exchange: () => Promise.reject(new Error('Aircall exchanges nothing')),
});
const judge = async (text: string) => {
  const request = { method: 'POST', url: 'https://h.example/', headers: {}, body: new Uint8Array(Buffer.from(text)) };
  return source.authenticate(request, reading({ [webhookToken.name]: [token] }));
};
/** What an event with this text is classified as. */
const received = async (text: string) => {
  const proof = await judge(text);
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'aircall');
};
const data = {
  id: '812000000',
  direction: 'inbound',
  raw_digits: '+14155550101',
  number: { digits: '+14155550199' },
  recording: 'https://one.s3.amazonaws.com/call.mp3?X-Amz-Expires=3600',
};
const recordingOf = async (changed: object = {}): Promise<RemoteRecording> => {
  const event = await received(body(token, 'call.comm_assets_generated', 1785000000, { ...data, ...changed }));
  if (event.kind !== 'recordings') throw new Error(`it is ${event.kind}`);
  const { media, ...rest } = recordingSchema.parse(event.recordings[0]);
  if (media.kind === 'inbox') throw new Error('Aircall puts no audio into its events');
  return { ...rest, media };
};

sourceContract({
  source,
  secret: { name: webhookToken.name, value: token, another: '0000000000000000000000000000dead' },
  fetchSecrets: { [apiId.name]: '5f2b0c9a4d1e', [apiToken.name]: 'c1d2e3f4a5b6' },
  fixtures: loadFixtures('aircall'),
  payload: ({ body }) => Buffer.from(body).toString(),
  needed: /^(token|event|data\.(id|recording|voicemail))$/,
  good: ['recorded', 'voicemail-left'],
  retries: [
    ['recorded', 'recorded-retry'],
    ['voicemail-left', 'voicemail-generated'],
  ],
  others: [
    ['recorded', 'another'],
    ['recorded', 'recording-and-voicemail'],
  ],
  proofs: [jsonFieldProof('token', { forged: ['undefined', 'null', 'true', '[object Object]'] })],
  otherBody: (request) => ({ ...request, body: new Uint8Array(Buffer.from(JSON.stringify({ token, event: 'x' }))) }),
});

test.each([[[token]], [{ toString: token }], [0], [null], [true]])(
  'a token that is no text is refused: %j',
  async (odd) => {
    expect((await judge(JSON.stringify({ token: odd, event: 'call.ended' }))).kind).toBe('refused');
  },
);

test.each([
  ['{"event":7}', 'event'],
  ['{"event":"call.voicemail_left"}', 'data'],
  ['{"event":"call.voicemail_left","data":[]}', 'data'],
  ['{"event":"call.voicemail_left","data":{"id":-1}}', 'data.id'],
  ['{"event":"call.voicemail_left","data":{"id":8.5}}', 'data.id'],
  ['{"event":"call.voicemail_left","data":{"id":"../users"}}', 'data.id'],
  ['{"event":"call.voicemail_left","data":{"id":1,"voicemail":"file:///etc/passwd"}}', 'data.voicemail'],
])('what cannot be read names the field: %s', async (text, field) => {
  const event = await received(text.replace('{', `{"token":"${token}",`));
  expect(event).toEqual({ kind: 'unreadable', reason: expect.stringContaining(`${field}:`) });
});

test.each(['constructor', '__proto__', 'toString', 'call.', ' call.ended'])(
  'an event of an unknown type is ignored by its name: %j',
  async (type) => {
    const event = await received(JSON.stringify({ token, event: type, data }));
    expect(event).toEqual({ kind: 'ignored', reason: expect.stringContaining(type) });
  },
);

test.each([
  ['inbound', { from: '+14155550101', to: '+14155550199', direction: 'inbound' }],
  ['outbound', { from: '+14155550199', to: '+14155550101', direction: 'outbound' }],
  ['internal', {}],
  [null, {}],
])('who called whom follows the direction %j', async (direction, parties) => {
  const { from, to, direction: told } = await recordingOf({ direction });
  expect(JSON.parse(JSON.stringify({ from, to, direction: told }))).toEqual(parties);
});

test('an event that cannot be read is acknowledged, so that it does not turn the webhook off', () => {
  expect(source.statuses).toEqual({ unreadable: 200 });
});

describe('the fetch plan', () => {
  const secrets = { [apiId.name]: ['new', 'old'], [apiToken.name]: ['n3w', '0ld'] };
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  const AUDIO = Buffer.from('the sound of a call');
  const fresh = 'https://one.s3.us-west-2.amazonaws.com/fresh.mp3';

  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'api.aircall.io': ['93.184.215.14'],
      'one.s3.amazonaws.com': ['93.184.215.15'],
      'one.s3.us-west-2.amazonaws.com': ['93.184.215.16'],
      'two.s3.amazonaws.com': ['93.184.215.17'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (recording: RemoteRecording) =>
    recordingsWith({ internet, secrets }).download(recording, source.fetch, buffer, new AbortController().signal);
  /** Which host was asked what, and with which credential, in order. */
  const asked = () =>
    internet.server.asked.map(({ headers, url }) => [`${headers.host}${url.split('?')[0]}`, headers.authorization]);

  test('shows the API key to nobody while the first URL holds', async () => {
    internet.server.answer = (_, response) => response.end(AUDIO);
    expect(await download(await recordingOf())).toEqual({ kind: 'fetched', value: AUDIO });
    expect(asked()).toEqual([['one.s3.amazonaws.com/call.mp3', undefined]]);
  });

  test.each([
    ['recording', { id: '9007199254740993' }],
    ['voicemail', { id: '9007199254740993', recording: null, voicemail: 'https://one.s3.amazonaws.com/call.mp3' }],
  ])(
    're-reads the call where the URL of a %s has expired, and shows the API key there alone',
    async (asset, changed) => {
      internet.server.answer = (request, response) => {
        const call = { recording: null, voicemail: null, [asset]: fresh };
        if (request.headers.host === 'api.aircall.io') return json(200, { call })(request, response);
        return request.url === '/fresh.mp3' ? response.end(AUDIO) : response.writeHead(403).end();
      };
      expect(await download(await recordingOf(changed))).toEqual({ kind: 'fetched', value: AUDIO });
      expect(asked()).toEqual([
        ['one.s3.amazonaws.com/call.mp3', undefined],
        ['api.aircall.io/v1/calls/9007199254740993', basic('new:n3w')],
        ['one.s3.us-west-2.amazonaws.com/fresh.mp3', undefined],
      ]);
    },
  );

  test('tries the next API key of a rotation, and loses the key on a redirect to another host', async () => {
    internet.server.answer = ({ headers }, response) => {
      if (headers.host !== 'api.aircall.io') response.writeHead(403).end();
      else if (headers.authorization === basic('new:n3w')) response.writeHead(401).end();
      else response.writeHead(302, { location: 'https://two.s3.amazonaws.com/' }).end();
    };
    await download(await recordingOf());
    expect(asked()).toEqual([
      ['one.s3.amazonaws.com/call.mp3', undefined],
      ['api.aircall.io/v1/calls/812000000', basic('new:n3w')],
      ['api.aircall.io/v1/calls/812000000', basic('old:0ld')],
      ['two.s3.amazonaws.com/', undefined],
    ]);
  });

  test('goes to no host but its own', async () => {
    const elsewhere = await recordingOf({ recording: 'https://s3.amazonaws.com.example.net/call.mp3' });
    expect(await download(elsewhere)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('example.net'),
    });
    expect(asked()).toEqual([]);
    expect(aircall({ webhookToken, apiId, apiToken, hosts: ['cdn.example'] }).fetch).toMatchObject({
      hosts: expect.arrayContaining(['cdn.example']),
      credentialHosts: ['api.aircall.io'],
    });
  });

  test('takes 404 for "not yet", and a refused API key for trouble that a person can fix', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();
    expect(await download(await recordingOf())).toMatchObject({ kind: 'not-yet' });
    internet.server.answer = ({ headers }, response) =>
      response.writeHead(headers.host === 'api.aircall.io' ? 401 : 403).end();
    expect(await download(await recordingOf())).toMatchObject({ kind: 'trouble' });
  });

  test('has a key where both its halves are', async () => {
    const recording = await recordingOf();
    const halves = { [apiId.name]: ['new', 'old'], [apiToken.name]: ['n3w'] };
    expect(await source.fetch.credentials?.(recording, reading(halves))).toEqual([{ authorization: basic('new:n3w') }]);
  });
});

test('a body without the token is read without the care for large numbers, which costs a third of a second a mebibyte', async () => {
  const parse = vi.spyOn(JSON, 'parse');
  const source = aircall({ webhookToken: { name: 'T' }, apiId: { name: 'I' }, apiToken: { name: 'K' } });
  const body = new TextEncoder().encode(JSON.stringify({ token: 'a-token-of-a-stranger', data: { id: 1 } }));
  const request = { method: 'POST', url: 'https://x.example/hooks/aircall', headers: {}, body };
  expect(await source.authenticate(request, { nowMs: 0, read: async () => ['the-token'] })).toMatchObject({
    kind: 'refused',
  });
  expect(parse.mock.calls.map(([, reviver]) => reviver)).toEqual([undefined]);
  parse.mockRestore();
});
