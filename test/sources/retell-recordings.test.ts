import { afterEach, beforeEach, expect, test } from 'vitest';
import { retell } from '../../functions/sources/retell.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const HOSTS = ['dxc03zgurdly9.cloudfront.net', 'retellai.s3.us-west-2.amazonaws.com'];
const ELSEWHERE = ['d111111abcdef8.cloudfront.net', 'retellai.s3.us-west-2.amazonaws.com.evil.example'];

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet(Object.fromEntries([...HOSTS, ...ELSEWHERE].map((host) => [host, ['151.101.1.6']])));
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

const download = (url: string, hosts: readonly string[] = []) => {
  const { fetch } = retell({ apiKey: { name: 'RETELL_API_KEY' }, hosts });
  return fetchBytes(recordingsWith({ internet }), url, fetch);
};

test.each(HOSTS)('audio is fetched from %s, and no key with it', async (host) => {
  internet.server.answer = (_, response) => response.end('audio');
  expect(await download(`https://${host}/1/recording.wav?Expires=1`)).toEqual({
    kind: 'fetched',
    value: Buffer.from('audio'),
  });
  const [asked] = internet.server.asked;
  expect(asked).toMatchObject({ url: '/1/recording.wav?Expires=1', headers: { host } });
  expect(Object.keys(asked?.headers ?? {}).sort()).toEqual(['accept-encoding', 'connection', 'host', 'user-agent']);
});

test.each(ELSEWHERE)('another host is not asked, nor followed to, until it is configured: %s', async (host) => {
  const elsewhere = `https://${host}/1.wav`;
  internet.server.answer = (_, response) => response.writeHead(302, { location: elsewhere }).end();
  expect((await download(elsewhere)).kind).toBe('rejected');
  expect(internet.server.asked).toEqual([]);
  expect((await download(`https://${HOSTS[0]}/1.wav`)).kind).toBe('rejected');
  expect(internet.server.asked).toHaveLength(1);
  internet.server.answer = (_, response) => response.end('audio');
  expect((await download(elsewhere, [host])).kind).toBe('fetched');
});

test.each([
  [404, 'not-yet'],
  [403, 'trouble'],
  [410, 'rejected'],
])('an answer of %i is %s', async (status, kind) => {
  internet.server.answer = (_, response) => response.writeHead(status).end();
  expect((await download(`https://${HOSTS[0]}/1.wav`)).kind).toBe(kind);
});
