import { afterAll, beforeAll, expect, test } from 'vitest';
import { plivo } from '../../functions/sources/plivo.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const authId = { name: 'PLIVO_AUTH_ID' };
const authToken = { name: 'PLIVO_AUTH_TOKEN' };

let internet: Internet;
beforeAll(async () => {
  internet = await startInternet({
    'media.plivo.com': ['93.184.215.14'],
    'aps1.media.plivo.com': ['93.184.215.15'],
    'cdn.example': ['151.101.1.6'],
  });
});
afterAll(() => internet.server.stop());

const { fetch } = plivo({ authId, authToken, hosts: ['cdn.example'] });
const basic = (value: string) => `Basic ${Buffer.from(`MA1:${value}`).toString('base64')}`;
const download = (url: string, ids = ['MA1']) => {
  internet.server.asked.length = 0;
  const secrets = { [authId.name]: ids, [authToken.name]: ['old', 'new'] };
  return fetchBytes(recordingsWith({ internet, secrets }), url, fetch);
};
const shown = () => internet.server.asked.map(({ headers }) => [headers.host, headers.authorization]);

test.each(['media.plivo.com', 'aps1.media.plivo.com'])('shows %s each token of a rotation', async (host) => {
  internet.server.answer = ({ headers }, response) =>
    headers.authorization === basic('new') ? response.end('audio') : response.writeHead(401).end();
  expect(await download(`https://${host}/r.mp3`)).toMatchObject({ kind: 'fetched' });
  expect(shown()).toEqual([
    [host, basic('old')],
    [host, basic('new')],
  ]);
});

test('takes no credential along to another host, nor to a storage of your own', async () => {
  internet.server.answer = ({ headers }, response) =>
    headers.host === 'media.plivo.com'
      ? response.writeHead(302, { location: 'https://cdn.example/r.mp3' }).end()
      : response.end('audio');
  expect(await download('https://media.plivo.com/r.mp3')).toMatchObject({ kind: 'fetched' });
  expect(shown()).toEqual([
    ['media.plivo.com', basic('old')],
    ['cdn.example', undefined],
  ]);
});

test('goes without credentials where no auth id is configured: media may be open', async () => {
  internet.server.answer = (_, response) => response.end('audio');
  expect(await download('https://media.plivo.com/r.mp3', [])).toMatchObject({ kind: 'fetched' });
  expect(shown()).toEqual([['media.plivo.com', undefined]]);
});

test.each([
  [404, 'not-yet'],
  [401, 'trouble'],
  [410, 'rejected'],
])('that is answered %d is %s', async (status, kind) => {
  internet.server.answer = (_, response) => response.writeHead(status).end();
  expect(await download('https://media.plivo.com/r.mp3')).toMatchObject({ kind });
});

test.each(['https://plivo.com/r', 'https://xmedia.plivo.com/r', 'https://media.plivo.com.test/r'])(
  'never goes to a host that only looks like it: %s',
  async (url) => {
    expect(await download(url)).toMatchObject({ kind: 'rejected' });
    expect(shown()).toEqual([]);
  },
);
