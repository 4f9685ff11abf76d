import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { vonage } from '../../functions/sources/vonage.ts';
import { NOW_MS, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const [signatureSecret, applicationId, privateKey] = [
  { name: 'VONAGE_SIGNATURE_SECRET' },
  { name: 'VONAGE_APPLICATION_ID' },
  { name: 'VONAGE_PRIVATE_KEY' },
];
const source = vonage({ signatureSecret, applicationId, privateKey });
const application = '703a7af6-93c9-429a-ac15-4691d802e853';
const file = '/v1/files/1128c975-41e4-40d6-aa71-6896923cc940';
const recording = (url = `https://api.nexmo.com${file}`): RemoteRecording => ({
  source: 'vonage',
  id: '60d98a73-a45d-437e-a23d-f41dca3a28b0',
  media: { kind: 'url', url },
});

const [newer, older] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
if (!newer || !older) throw new Error('two keys were made');
const inBase64 = (key: typeof newer, type: 'pkcs8' | 'pkcs1' = 'pkcs8') =>
  Buffer.from(key.export({ format: 'pem', type })).toString('base64');

const context = (secrets: Readonly<Record<string, readonly string[]>>) => ({
  nowMs: NOW_MS,
  read: async ({ name }: { name: string }) => secrets[name] ?? [],
  exchange: () => Promise.reject(new Error('Vonage exchanges nothing')),
});
const credentials = async (ids: string[], keys: string[]) =>
  (await source.fetch.credentials?.(recording(), context({ [applicationId.name]: ids, [privateKey.name]: keys }))) ??
  [];

/** Decodes the token by hand, not with the library that made it. */
const readToken = ({ authorization = '' }: Readonly<Record<string, string>>, key: typeof newer) => {
  const [header = '', claims = '', signature = ''] = authorization.replace('Bearer ', '').split('.');
  const signed = Buffer.from(`${header}.${claims}`);
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    genuine: verify('sha256', signed, createPublicKey(key), Buffer.from(signature, 'base64url')),
    header: json(header),
    claims: json(claims),
  };
};

describe('credentials', () => {
  test.each(['pkcs8', 'pkcs1'] as const)('are an RS256 JWT of the application, from a key in %s', async (type) => {
    const [set = {}] = await credentials([application], [inBase64(newer, type)]);

    expect(readToken(set, newer)).toEqual({
      genuine: true,
      header: { alg: 'RS256', typ: 'JWT' },
      claims: {
        application_id: application,
        iat: NOW_MS / 1000,
        exp: NOW_MS / 1000 + 900,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
  });

  test('have an id of their own each time', async () => {
    const sets = [
      ...(await credentials([application], [inBase64(newer)])),
      ...(await credentials([application], [inBase64(newer)])),
    ];
    expect(new Set(sets.map((set) => readToken(set, newer).claims.jti)).size).toBe(2);
  });

  test('are made with each key of a rotation, in its order', async () => {
    const sets = await credentials([application], [inBase64(newer), inBase64(older)]);
    expect(sets.map((set) => readToken(set, newer).genuine)).toEqual([true, false]);
    expect(sets.map((set) => readToken(set, older).genuine)).toEqual([false, true]);
  });

  test.each([
    ['an id', [], [inBase64(newer)]],
    ['a key', [application], []],
    ['a key that is one', [application], ['bm8ga2V5', '!!!!', inBase64(newer).slice(0, 400)]],
  ])('are none without %s', async (_title, ids, keys) => {
    expect(await credentials(ids, keys)).toEqual([]);
  });
});

describe('the audio', () => {
  let internet: Internet;
  const download = (asked = recording(), from = source, keys = [inBase64(newer)]) =>
    recordingsWith({
      internet,
      secrets: { [applicationId.name]: [application], [privateKey.name]: keys },
    }).download(asked, from.fetch, buffer, new AbortController().signal);
  /** Which hosts got a JWT of ours. */
  const shown = () => internet.server.asked.map(({ headers }) => [headers.host, headers.authorization !== undefined]);

  beforeEach(async () => {
    internet = await startInternet({
      'api.nexmo.com': ['93.184.215.14'],
      'api-us.nexmo.com': ['93.184.215.15'],
      'recordings.example.com': ['151.101.1.6'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });

  test.each(['api.nexmo.com', 'api-us.nexmo.com'])('is fetched from %s with a JWT of the application', async (host) => {
    internet.server.answer = (_, response) => response.end('audio');

    expect(await download(recording(`https://${host}${file}`))).toEqual({
      kind: 'fetched',
      value: Buffer.from('audio'),
    });
    const [asked] = internet.server.asked;
    expect(asked?.url).toBe(file);
    expect(readToken({ authorization: asked?.headers.authorization ?? '' }, newer).genuine).toBe(true);
  });

  test('behind a redirect to another host is not shown the JWT, and only fetched where that host is configured', async () => {
    internet.server.answer = ({ headers }, response) => {
      if (headers.host === 'recordings.example.com') response.end('audio');
      else response.writeHead(302, { location: 'https://recordings.example.com/1.mp3' }).end();
    };
    const wider = vonage({ signatureSecret, applicationId, privateKey, hosts: ['recordings.example.com'] });

    expect(await download()).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('is not a host') });
    expect(await download(recording(), wider)).toMatchObject({ kind: 'fetched' });
    expect(shown()).toEqual([
      ['api.nexmo.com', true],
      ['api.nexmo.com', true],
      ['recordings.example.com', false],
    ]);
  });

  test('that is not there yet is asked for again later', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();

    expect(await download()).toMatchObject({ kind: 'not-yet' });
  });

  test('that Vonage refuses to the newer key is fetched with the older one, and with neither a person may fix it', async () => {
    internet.server.answer = ({ headers: { authorization = '' } }, response) =>
      response.writeHead(readToken({ authorization }, older).genuine ? 200 : 401).end('audio');

    expect(await download(recording(), source, [inBase64(newer), inBase64(older)])).toMatchObject({ kind: 'fetched' });
    expect(await download()).toMatchObject({ kind: 'trouble' });
  });

  test.each([
    'https://api.nexmo.com.example.net/1',
    'https://nexmo.com/1',
    'https://rest.nexmo.com/1',
    'https://vonage.com/1',
    'http://api.nexmo.com/1',
  ])('elsewhere is not fetched: %s', async (url) => {
    expect(await download(recording(url))).toMatchObject({ kind: 'rejected' });
    expect(internet.opened).toEqual([]);
  });
});

test('who called cannot be asked of Vonage', () => {
  expect(source.lookUpParties).toBeUndefined();
});
