import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { dialpad } from '../../functions/sources/dialpad.ts';
import { claims, jwt } from '../../local/senders/dialpad.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { wholeBodyProof } from '../contracts/source-proofs.ts';
import { loadFixtures } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const webhookSecret = { name: 'DIALPAD_WEBHOOK_SECRET' };
const apiKey = { name: 'DIALPAD_API_KEY' };
const secret = 'dp-11c25507109dc813e5f9d4215c35570651194468';
const source = dialpad({ webhookSecret, apiKey });

const judge = async (body: string) => {
  const request = { method: 'POST', url: 'https://h.example/', headers: {}, body: new Uint8Array(Buffer.from(body)) };
  const read = async ({ name }: { name: string }) => (name === webhookSecret.name ? [secret] : []);
  return source.authenticate(request, { nowMs: 0, read });
};
const detail = { id: '4e9f314caa2fa80e', url: 'https://dialpad.com/blob/adminrecording/4e9f314caa2fa80e.mp3' };
const call = { state: 'recording', call_id: '5500001785000000', recording_details: [detail] };
/** What an event with these claims is classified as. */
const received = async (changed: object = {}) => {
  const proof = await judge(jwt(secret, claims({ ...call, ...changed })));
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'dialpad');
};

const odd = ['constructor', '__proto__', 'toString', ' ', 'recording '];
sourceContract({
  source,
  secret: { name: webhookSecret.name, value: secret, another: 'dp-735e8f951fd8117043ca6bf9a32cb180b3bc9131' },
  fetchSecrets: { [apiKey.name]: 'Zk3Tq8WmRb5YxJ2nVc7L' },
  fixtures: loadFixtures('dialpad'),
  needed: /^(call_id|state|recording_details\.\d\.(id|url|recording_type)|voicemail_link)$/,
  good: ['recorded', 'several', 'without-url', 'voicemail'],
  retries: [
    ['recorded', 'recorded-retry'],
    ['voicemail', 'voicemail-retry'],
    ['voicemail', 'voicemail-link-alone'],
    ['voicemail', 'voicemail-id-alone'],
  ],
  others: [
    ['recorded', 'another'],
    ['recorded', 'several'],
    ['voicemail', 'voicemail-another'],
    ['voicemail', 'voicemail-short-link'],
  ],
  proofs: [
    wholeBodyProof({
      forged: [JSON.stringify(call), `${jwt(secret, '{}')}.`, `"${jwt(secret, '{}')}"`, '..', 'e30.e30.'],
    }),
  ],
  payload: ({ body }) => Buffer.from(String(Buffer.from(body)).split('.')[1] ?? '', 'base64url').toString(),
  sign: (request) => ({ ...request, body: new Uint8Array(Buffer.from(jwt(secret, request.body))) }),
  oddBodies: [
    ...odd.map((state) => JSON.stringify({ ...call, state })),
    '{"state":{"toString":1}}',
    '{"state":"recording","call_id":1,"recording_details":{"length":1}}',
    '{"state":"recording","call_id":1e3,"recording_details":[]}',
    '[]',
    'null',
    '\ufeff{"state":"recording"}',
  ],
});

describe('the algorithm is HS256 and no other, even under the right secret', () => {
  test.each([
    ['HS512', 'sha512'],
    ['HS512', 'sha256'],
    ['none', 'sha256'],
    ['RS256', 'sha256'],
    ['hs256', 'sha256'],
    [undefined, 'sha256'],
  ])('%s, signed with %s', async (alg, algorithm) => {
    expect((await judge(jwt(secret, claims(call), { typ: 'JWT', alg }, algorithm))).kind).toBe('refused');
  });

  test('none, without a signature', async () => {
    const unsigned = jwt(secret, claims(call), { alg: 'none' }).replace(/[^.]*$/, '');
    expect((await judge(unsigned)).kind).toBe('refused');
  });
});

test.each([
  ['padding', (good: string) => `${good}=`],
  ['a line break', (good: string) => `${good}\n`],
  ['a byte order mark', (good: string) => `\ufeff${good}`],
  [
    'other last bits, which decode alike',
    (good: string) => good.slice(0, -1) + String.fromCharCode(good.charCodeAt(good.length - 1) + 1),
  ],
])('a JWT that a lenient decoder would take is refused: %s', async (_title, change) => {
  const good = jwt(secret, claims(call));
  expect((await judge(good)).kind).toBe('authentic');
  expect((await judge(change(good))).kind).toBe('refused');
});

test.each([
  [{ call_id: 5.5 }, 'call_id'],
  [{ call_id: -5 }, 'call_id'],
  [{ recording_details: [{ ...detail, url: 'file:///etc/passwd' }] }, 'recording_details.0.url'],
  [{ recording_details: [{ ...detail, id: detail.url }] }, 'recording_details.0.id'],
  [{ recording_details: [{ id: detail.id }] }, 'recording_details.0.url'],
  [{ recording_details: null }, 'recording_details'],
])('what cannot be read names the field: %j', async (changed, field) => {
  expect(await received(changed)).toEqual({ kind: 'unreadable', reason: expect.stringContaining(`${field}:`) });
});

test.each([['internal'], [null], [undefined]])(
  'who called whom is left open where the direction is %j',
  async (direction) => {
    const event = await received({ direction, external_number: '+14155550101', internal_number: '+14155550199' });
    const { url, ...rest } = detail;
    const recording = { source: 'dialpad', ...rest, callId: '5500001785000000', media: { kind: 'url', url } };
    expect(event).toEqual({ kind: 'recordings', recordings: [recording] });
  },
);

describe('a talk that is recorded twice', () => {
  const details = [
    { id: 'a1', url: detail.url, recording_type: 'admincallrecording' },
    { id: 'c1', url: 'https://dialpad.com/secureblob/callrecording/c1' },
    { id: 'x1', url: 'https://dialpad.com/somewhere/x1' },
  ];
  const idsOf = async (recordingTypes?: Parameters<typeof dialpad>[0]['recordingTypes'], list: object[] = details) => {
    const chosen = dialpad({ webhookSecret, apiKey, ...(recordingTypes && { recordingTypes }) });
    const proof = await judge(jwt(secret, claims({ ...call, recording_details: list })));
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = chosen.classify(proof.event, 'dialpad');
    return event.kind === 'recordings' ? event.recordings.map(({ id }) => id) : event;
  };

  test('is two memos, or one where the configuration names the type that is wanted', async () => {
    expect(await idsOf()).toEqual(['a1', 'c1', 'x1']);
    expect(await idsOf(['callrecording'])).toEqual(['c1', 'x1']);
    expect(await idsOf(['admincallrecording'])).toEqual(['a1', 'x1']);
  });

  test('is ignored with the reason where none is wanted', async () => {
    expect(await idsOf(['voicemail'], details.slice(0, 2))).toEqual({
      kind: 'ignored',
      reason: expect.stringContaining('recordingTypes'),
    });
  });
});

describe('the fetch plan', () => {
  const secrets = { [apiKey.name]: ['new', 'old'] };
  const AUDIO = Buffer.from('the sound of a call');

  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({ 'dialpad.com': ['93.184.215.14'], 'cdn.example': ['151.101.1.6'] });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (url: string, { fetch } = source) => fetchBytes(recordingsWith({ internet, secrets }), url, fetch);
  /** Which hosts were asked, and with which credential, in order. */
  const asked = () => internet.server.asked.map(({ headers }) => [headers.host, headers.authorization]);

  test('shows each API key of a rotation to dialpad.com', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.authorization === 'Bearer old' ? response.end(AUDIO) : response.writeHead(401).end();
    expect(await download(detail.url)).toEqual({ kind: 'fetched', value: AUDIO });
    expect(asked()).toEqual([
      ['dialpad.com', 'Bearer new'],
      ['dialpad.com', 'Bearer old'],
    ]);
  });

  test('shows no key to a host that was added, nor on a redirect to it', async () => {
    const wider = dialpad({ webhookSecret, apiKey, hosts: ['cdn.example'] });
    internet.server.answer = ({ headers }, response) =>
      headers.host === 'cdn.example'
        ? response.end(AUDIO)
        : response.writeHead(302, { location: 'https://cdn.example/r' }).end();
    expect(await download(detail.url, wider)).toEqual({ kind: 'fetched', value: AUDIO });
    expect(asked()).toEqual([
      ['dialpad.com', 'Bearer new'],
      ['cdn.example', undefined],
    ]);
  });

  test.each(['https://evil.dialpad.com/r.mp3', 'https://dialpad.com.example.net/r.mp3', 'http://dialpad.com/r.mp3'])(
    'goes to dialpad.com over https alone: %s',
    async (url) => {
      expect(await download(url)).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('forbidden') });
      expect(asked()).toEqual([]);
    },
  );

  test.each([
    [404, 'not-yet'],
    [401, 'trouble'],
    [403, 'trouble'],
    [429, 'trouble'],
    [410, 'rejected'],
  ])('takes %d for %s', async (status, kind) => {
    internet.server.answer = (_, response) => response.writeHead(status).end();
    expect(await download(detail.url)).toMatchObject({ kind });
  });

  describe('a recording that the key does not open by itself is fetched by a share link', () => {
    const admin = { source: 'dialpad', id: detail.id, reference: { type: 'admincallrecording' } };
    const link = { id: '7f3', access_link: 'https://dialpad.com/r/5501', type: 'admincallrecording' };
    /** As users report: the recording's own URL leads to the login page, the share link in two steps to the audio. */
    const vendor = (made: { status: number; body: object }, removed = 200): void => {
      internet.server.answer = ({ method, url, headers }, response) => {
        const known = headers.authorization === 'Bearer old';
        if (url.startsWith('/blob/') || !known) return response.writeHead(302, { location: '/login' }).end();
        if (method === 'POST') return response.writeHead(made.status).end(JSON.stringify(made.body));
        if (method === 'DELETE') return response.writeHead(removed).end();
        if (url === '/r/5501') return response.writeHead(302, { location: '/secureblob/x?signature=s' }).end();
        return response.end(AUDIO);
      };
    };
    const warned: string[] = [];
    const take = (media: RemoteRecording['media']) =>
      recordingsWith({
        internet,
        secrets,
        log: { warn: (_message, facts) => warned.push(String(facts?.reason)) },
      }).download({ ...admin, media }, source.fetch, buffer, new AbortController().signal);
    const steps = () =>
      internet.server.asked
        .filter(({ headers }) => headers.authorization === 'Bearer old')
        .map(({ method, url }) => `${method} ${url}`);
    beforeEach(() => warned.splice(0));

    test.each([
      ['that has a URL', { kind: 'url', url: detail.url } as const, ['GET /blob/adminrecording/4e9f314caa2fa80e.mp3']],
      ['whose event had none', { kind: 'ask' } as const, []],
    ])('one %s', async (_title, media, before) => {
      vendor({ status: 200, body: link });

      expect(await take(media)).toEqual({ kind: 'fetched', value: AUDIO });

      expect(steps()).toEqual([
        ...before,
        'POST /api/v2/recordingsharelink',
        'GET /r/5501',
        'GET /secureblob/x?signature=s',
        'DELETE /api/v2/recordingsharelink/7f3',
      ]);
      const posted = internet.server.asked.find(
        ({ method, headers }) => method === 'POST' && headers.authorization === 'Bearer old',
      );
      expect(JSON.parse(String(posted?.body))).toEqual({
        recording_id: detail.id,
        recording_type: 'admincallrecording',
        privacy: 'company',
      });
      expect(warned).toEqual([]);
    });

    test('a voicemail, by its own id and type', async () => {
      vendor({ status: 200, body: link });
      const left = await received({ state: 'voicemail_uploaded', voicemail_recording_id: 'vm1', voicemail_link: null });
      const [voicemail] = left.kind === 'recordings' ? left.recordings : [];
      if (voicemail?.media.kind !== 'ask') throw new Error('a voicemail to ask for');

      const recordings = recordingsWith({ internet, secrets });
      const signal = new AbortController().signal;
      expect(await recordings.download({ ...voicemail, media: voicemail.media }, source.fetch, buffer, signal)).toEqual(
        {
          kind: 'fetched',
          value: AUDIO,
        },
      );
      const posted = internet.server.asked.find(({ method }) => method === 'POST');
      expect(JSON.parse(String(posted?.body))).toMatchObject({ recording_id: 'vm1', recording_type: 'voicemail' });
    });

    test('that the link cannot be deleted costs no memo, and is said', async () => {
      vendor({ status: 200, body: link }, 500);

      expect(await take({ kind: 'ask' })).toEqual({ kind: 'fetched', value: AUDIO });
      expect(warned).toEqual(['the source answered 500']);
    });

    test('where that is refused too, both reasons are said, and what may be the cause', async () => {
      vendor({ status: 403, body: {} });

      expect(await take({ kind: 'url', url: detail.url })).toEqual({
        kind: 'trouble',
        reason: expect.stringMatching(
          /answered 401.*recordings_export.*asked for a fresh URL: the source answered 403/,
        ),
      });
    });

    test('an answer without a link is no audio, and nothing is deleted', async () => {
      vendor({ status: 200, body: { id: '7f3' } });

      expect(await take({ kind: 'ask' })).toMatchObject({ kind: 'not-yet' });
      expect(steps()).toEqual(['POST /api/v2/recordingsharelink']);
    });
  });
});
