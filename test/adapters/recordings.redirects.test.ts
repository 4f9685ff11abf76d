import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import type { Answer } from '../servers/scripted-http.ts';

const names = { 'api.vendor.example': ['93.184.215.14'], 'media.vendor.example': ['2606:4700::6810:84e5'] };
const cdn = { 'cdn.example': ['151.101.1.6'] };
const vendor: FetchPlan = { hosts: ['*.vendor.example', 'cdn.example'], notYet: [] };

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({ ...names, ...cdn });
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

// hostile-urls.ts lists the targets that a redirect must not have; recordings.hostile.test.ts tries each of them.

const redirecting =
  (status: number, ...locations: string[]): Answer =>
  (_, response) => {
    const location = locations.shift();
    if (location === undefined) response.end('audio');
    else response.writeHead(status, { location }).end('moved');
  };
const visited = () => internet.server.asked.map(({ headers, url }) => `${headers.host}${url}`);

test.each([301, 302, 303, 307, 308])('a %i is followed', async (status) => {
  internet.server.answer = redirecting(status, 'https://cdn.example/r.wav?sig=1');

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', vendor);

  expect(fetched).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
  expect(visited()).toEqual(['api.vendor.example/r', 'cdn.example/r.wav?sig=1']);
});

test('three redirects are followed', async () => {
  internet.server.answer = redirecting(302, '/1', '/2', '/3');

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/0', vendor);

  expect(fetched.kind).toBe('fetched');
  expect(visited()).toHaveLength(4);
});

test('a fourth redirect is refused', async () => {
  internet.server.answer = redirecting(302, '/1', '/2', '/3', '/4');

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/0', vendor);

  expect(fetched).toEqual({ kind: 'rejected', reason: expect.stringContaining('redirects') });
  expect(visited()).toHaveLength(4);
});

test.each([
  ['r2.wav', 'api.vendor.example/a/r2.wav'],
  ['../r2.wav', 'api.vendor.example/r2.wav'],
  ['/r2.wav?x=1', 'api.vendor.example/r2.wav?x=1'],
  ['?x=1', 'api.vendor.example/a/r?x=1'],
  ['//cdn.example/r2.wav', 'cdn.example/r2.wav'],
])('a relative Location is read as RFC 3986 has it: %s', async (location, to) => {
  internet.server.answer = redirecting(302, location);

  await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/a/r', vendor);

  expect(visited()).toEqual(['api.vendor.example/a/r', to]);
});

test('a redirect without a Location is no audio', async () => {
  internet.server.answer = (_, response) => response.writeHead(302).end('audio');

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://api.vendor.example/r', vendor);

  expect(fetched).toEqual({ kind: 'rejected', reason: expect.stringContaining('302') });
});

describe('over real TLS', () => {
  test('a certificate for another name is trouble, and no request is made', async () => {
    internet.names['other.vendor.example'] = ['93.184.215.15'];

    const fetched = await fetchBytes(recordingsWith({ internet }), 'https://other.vendor.example/r', vendor);

    expect(fetched).toEqual({ kind: 'trouble', reason: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') });
    expect(internet.server.asked).toEqual([]);
  });

  test("a certificate that nobody trusts is trouble, on a laptop's allowed host too", async () => {
    const host = `localhost:${internet.server.port}`;

    const fetched = await fetchBytes(recordingsWith({ allowHosts: [host] }), `https://${host}/r.wav`);

    expect(fetched).toEqual({ kind: 'trouble', reason: expect.stringMatching(/SELF_SIGNED/) });
    expect(internet.server.asked).toEqual([]);
  });
});
