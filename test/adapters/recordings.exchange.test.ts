import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

// OAuth: the adapter exchanges an application's secrets for a bearer token, then fetches the recording with the token.

const oauth = (tokenUrl = 'https://api.vendor.example/token'): FetchPlan => ({
  hosts: ['media.vendor.example'],
  notYet: [],
  credentialHosts: ['api.vendor.example', 'media.vendor.example'],
  async credentials(_recording, { exchange }) {
    const answer = await exchange({ url: tokenUrl, headers: { authorization: 'Basic app' }, body: 'grant_type=x' });
    return [{ authorization: `Bearer ${Object(answer).access_token}` }];
  },
});

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({
    'api.vendor.example': ['93.184.215.14'],
    'media.vendor.example': ['93.184.215.15'],
    'other.example': ['93.184.215.16'],
    'cdn.example': ['10.0.0.1'],
  });
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

const fetchWith = (plan: FetchPlan) => fetchBytes(recordingsWith({ internet }), 'https://media.vendor.example/r', plan);

test('a token is asked for once and opens the recording', async () => {
  internet.server.answer = (asked, response) =>
    asked.url === '/token' ? json(200, { access_token: 'T' })(asked, response) : response.end('audio');
  expect(await fetchWith(oauth())).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
  expect(internet.server.asked.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
    ['POST', '/token', 'Basic app'],
    ['GET', '/r', 'Bearer T'],
  ]);
});

test.each([
  ['is refused', json(401, { error: 'invalid_client' })],
  ['is no JSON', json(200, 'x')],
  ['is cut off', undefined],
] as const)('a token that %s is trouble, and the recording is not asked for', async (what, answer) => {
  internet.server.answer = (asked, response) => {
    if (what === 'is no JSON') return response.end('<html>');
    if (!answer) return response.socket?.destroy();
    answer(asked, response);
  };
  expect(await fetchWith(oauth())).toMatchObject({ kind: 'trouble' });
  expect(internet.server.asked.map(({ url }) => url)).toEqual(['/token']);
});

test.each(['http://api.vendor.example/token', 'https://api.vendor.example:8443/token', 'https://other.example/token'])(
  'an application’s secrets go to no other place than its credential hosts: %s',
  async (url) => {
    await expect(fetchWith(oauth(url))).rejects.toThrow('no credential host');
    expect(internet.opened).toEqual([]);
  },
);

test('nor to a private address', async () => {
  const plan = { ...oauth('https://cdn.example/token'), credentialHosts: ['cdn.example'] };
  expect(await fetchWith(plan)).toMatchObject({ kind: 'rejected' });
  expect(internet.opened).toEqual([]);
});
