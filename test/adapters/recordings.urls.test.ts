import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { anywhere, fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { scriptedHttp } from '../servers/scripted-http.ts';

const PUBLIC = '93.184.215.14';
const twilio: FetchPlan = { hosts: ['api.twilio.com', '*.media.example'], notYet: [] };

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({});
  // If a URL passes the checks, its name resolves to a public address.
  internet.names = new Proxy({}, { get: () => [PUBLIC] });
  return () => internet.server.stop();
});

// hostile-urls.ts lists the hostile URLs; recordings.hostile.test.ts tries each of them.

test.each([
  ['no host', 'https:///'],
  ['no scheme', '//cdn.example/r.wav'],
  ['a path alone', '/r.wav'],
  ['nothing', ''],
  ['words', 'the recording'],
])('what is no URL is rejected before anything is looked up: %s', async (_, url) => {
  const fetched = await fetchBytes(recordingsWith({ internet }), url, anywhere);

  expect(fetched).toEqual({ kind: 'rejected', reason: 'the recording has no readable URL' });
  expect([...internet.lookedUp, ...internet.opened]).toEqual([]);
});

test.each(['https://api.twilio.com/r.wav', 'https://API.TWILIO.COM:443/r.wav', 'https://a.b.media.example/r.wav'])(
  "one of the plan's hosts is looked up: %s",
  async (url) => {
    await fetchBytes(recordingsWith({ internet }), url, twilio);

    expect(internet.lookedUp).toEqual([new URL(url).hostname]);
    expect(internet.opened).toEqual([PUBLIC]);
  },
);

describe('hosts allowed on a laptop', () => {
  test('may be v6 addresses', async () => {
    const server = http.createServer((_, response) => response.end('bytes')).listen(0, '::1');
    await once(server, 'listening');
    // A cast: a listening TCP server has this kind of address.
    const here = `[::1]:${(server.address() as AddressInfo).port}`;

    const fetched = await fetchBytes(recordingsWith({ allowHosts: [here] }), `http://${here}/r.wav`);

    expect(fetched).toMatchObject({ kind: 'fetched' });
    server.close();
    await once(server, 'close');
  });

  test('are reached over http, at a private address and a port of their own, whatever the plan says', async () => {
    const { server } = internet;
    const plain = await scriptedHttp((_, response) => response.end('bytes'));
    const recordings = recordingsWith({ allowHosts: [`127.0.0.1:${plain.port}`] });

    const allowed = await fetchBytes(recordings, `${plain.origin}/r.wav`, twilio);
    const another = await fetchBytes(recordings, `http://127.0.0.1:${server.port}/r.wav`, twilio);
    const byName = await fetchBytes(recordings, `http://localhost:${plain.port}/r.wav`, twilio);

    expect(allowed).toMatchObject({ kind: 'fetched' });
    expect([another.kind, byName.kind]).toEqual(['rejected', 'rejected']);
    expect([plain.connections(), server.connections()]).toEqual([1, 0]);
    await plain.stop();
  });
});
