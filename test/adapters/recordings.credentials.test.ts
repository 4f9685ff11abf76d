import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Secrets } from '../../functions/core/ports/ports.ts';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { fetchBytes, recordingAt, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { scriptedHttp } from '../servers/scripted-http.ts';

const [older, newer] = [{ authorization: 'Basic b2xkZXI=' }, { authorization: 'Basic bmV3ZXI=' }];
const plan = (...credentials: Record<string, string>[]): FetchPlan => ({
  hosts: ['api.vendor.example', 'media.vendor.example', 'cdn.example'],
  notYet: [],
  credentials: async () => credentials,
  credentialHosts: ['api.vendor.example'],
});

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({
    'api.vendor.example': ['93.184.215.14'],
    'media.vendor.example': ['93.184.215.15'],
    'cdn.example': ['151.101.1.6'],
  });
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

/** Which host got which credential, in order. */
const shown = () => internet.server.asked.map(({ headers }) => [headers.host, headers.authorization]);

test('credentials go to a credential host', async () => {
  await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', plan(newer));

  expect(shown()).toEqual([['api.vendor.example', newer.authorization]]);
});

test.each(['media.vendor.example', 'cdn.example'])(
  'no credentials go to another host of the plan: %s',
  async (host) => {
    internet.server.answer = (_, response) => response.writeHead(401).end();

    await fetchBytes(recordingsWith({ internet }), `https://${host}/r`, plan(newer, older));

    expect(shown()).toEqual([[host, undefined]]);
  },
);

test('no credentials follow a redirect to another host', async () => {
  internet.server.answer = ({ headers }, response) => {
    if (headers.host === 'api.vendor.example') response.writeHead(302, { location: 'https://cdn.example/r' }).end();
    else response.end('audio');
  };

  await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', plan(newer));

  expect(shown()).toEqual([
    ['api.vendor.example', newer.authorization],
    ['cdn.example', undefined],
  ]);
});

test('a redirect within a credential host carries them', async () => {
  internet.server.answer = ({ url }, response) => {
    if (url === '/r') response.writeHead(302, { location: '/r.wav' }).end();
    else response.end('audio');
  };

  await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', plan(newer));

  expect(shown()).toEqual([
    ['api.vendor.example', newer.authorization],
    ['api.vendor.example', newer.authorization],
  ]);
});

test('no credentials go to a host that is only allowed on a laptop, whatever the plan says', async () => {
  const plain = await scriptedHttp((_, response) => response.writeHead(401).end());
  const here = `127.0.0.1:${plain.port}`;

  await fetchBytes(recordingsWith({ allowHosts: [here] }), `http://${here}/r`, {
    ...plan(newer, older),
    credentialHosts: ['127.0.0.1', here],
  });

  expect(plain.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  await plain.stop();
});

test('after a 401 the next credential is tried, and after the last one it is trouble', async () => {
  internet.server.answer = (_, response) => response.writeHead(401).end();

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', plan(newer, older));

  expect(fetched).toMatchObject({ kind: 'trouble' });
  expect(shown().map(([, credential]) => credential)).toEqual([newer.authorization, older.authorization]);
});

test('the second credential is enough', async () => {
  internet.server.answer = ({ headers }, response) =>
    headers.authorization === older.authorization ? response.end('audio') : response.writeHead(401).end();

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', plan(newer, older));

  expect(fetched).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
});

test.each([403, 404, 500])('a %i tries no other credential', async (status) => {
  internet.server.answer = (_, response) => response.writeHead(status).end();

  await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', plan(newer, older));

  expect(internet.server.asked).toHaveLength(1);
});

test("a question to the source's API carries them too", async () => {
  internet.server.answer = (_, response) => response.end('{}');

  await recordingsWith({ internet }).ask(
    { url: 'https://api.vendor.example/calls/1', read: (json) => json },
    recordingAt('https://cdn.example/r'),
    plan(newer),
  );

  expect(shown()).toEqual([['api.vendor.example', newer.authorization]]);
});

test('a redirect to the login page is a refusal of the credentials, and the page is not asked for', async () => {
  internet.server.answer = (_, response) => response.writeHead(302, { location: '/login?next=/r' }).end();

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', {
    ...plan(newer, older),
    loginPath: '/login',
  });

  expect(fetched).toEqual({ kind: 'trouble', reason: 'the source answered 401' });
  expect(internet.server.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/r', newer.authorization],
    ['/r', older.authorization],
  ]);
});

test('credentials that are refused are read anew at the next try: they may just have been changed', async () => {
  const kept = ['old'];
  const changing: Secrets = {
    read: async () => [...kept],
    forget: () => kept.splice(0, 1, 'new').length > 0,
  };
  const reading: FetchPlan = {
    ...plan(),
    credentials: async (_, { read }) => (await read({ name: 'TOKEN' })).map((value) => ({ authorization: value })),
  };
  internet.server.answer = ({ headers }, response) =>
    headers.authorization === 'new' ? response.end('audio') : response.writeHead(401).end();
  const recordings = recordingsWith({ internet, changing });

  expect(await fetchBytes(recordings, 'https://api.vendor.example/r', reading)).toMatchObject({ kind: 'trouble' });
  expect(await fetchBytes(recordings, 'https://api.vendor.example/r', reading)).toMatchObject({ kind: 'fetched' });
});
