import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FetchPlan } from '../../functions/core/source.ts';
import { anywhere, fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { scriptedHttp } from '../servers/scripted-http.ts';

const PUBLIC = '93.184.215.14';
const twilio: FetchPlan = { hosts: ['api.twilio.com', '*.media.example'], notYet: [] };

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({});
  // Whoever gets past the checks finds every name at a public address.
  internet.names = new Proxy({}, { get: () => [PUBLIC] });
  return () => internet.server.stop();
});

describe('before a name is looked up', () => {
  test.each([
    ['http', 'http://cdn.example/r.wav'],
    ['http on port 443', 'http://cdn.example:443/r.wav'],
    ['ftp', 'ftp://cdn.example/r.wav'],
    ['file', 'file:///proc/self/environ'],
    ['file with a host', 'file://cdn.example/r.wav'],
    ['data', 'data:audio/wav;base64,UklGRg=='],
    ['gopher', 'gopher://cdn.example:70/1'],
    ['javascript', 'javascript:alert(1)'],
    ['blob', 'blob:https://cdn.example/4d3c'],
    ['web socket', 'wss://cdn.example/r.wav'],
    ['another port', 'https://cdn.example:8443/r.wav'],
    ['port 80', 'https://cdn.example:80/r.wav'],
    ['port 0', 'https://cdn.example:0/r.wav'],
    ['a name in it', 'https://user@cdn.example/r.wav'],
    ['a password in it', 'https://:secret@cdn.example/r.wav'],
    ['a host that hides behind userinfo', 'https://api.twilio.com@127.0.0.1/r.wav'],
    ['no host', 'https:///'],
    ['no scheme', '//cdn.example/r.wav'],
    ['a path alone', '/r.wav'],
    ['nothing', ''],
    ['no URL at all', 'the recording'],
    ['too many octets', 'https://1.2.3.4.5/r.wav'],
    ['an octet too large', 'https://256.0.0.1/r.wav'],
    ['a zone in a literal address', 'https://[fe80::1%25lo]/r.wav'],
    ['a space in the host', 'https://cdn .example/r.wav'],
    ['an encoded slash in the host', 'https://cdn%2f.example/r.wav'],
  ])('a URL with %s is rejected: %s', async (_, url) => {
    const fetched = await fetchBytes(recordingsWith({ internet }), url, anywhere);

    expect(fetched).toEqual({ kind: 'rejected', why: expect.any(String) });
    expect([...internet.lookedUp, ...internet.opened]).toEqual([]);
  });

  test.each([
    ['the host as a prefix', 'https://api.twilio.com.evil.example/r.wav'],
    ['the host as a suffix', 'https://evilapi.twilio.com/r.wav'],
    ['a subdomain of a plain host', 'https://x.api.twilio.com/r.wav'],
    ['the parent of a host', 'https://twilio.com/r.wav'],
    ['a trailing dot', 'https://api.twilio.com./r.wav'],
    ['the host in the path', 'https://evil.example/api.twilio.com/r.wav'],
    ['the host in the fragment', 'https://evil.example#@api.twilio.com'],
    ['a backslash before the host', 'https://evil.example\\@api.twilio.com/'],
    ['the bare name of a wildcard', 'https://media.example/r.wav'],
    ['a wildcard without its dot', 'https://evilmedia.example/r.wav'],
    ['a wildcard as a prefix', 'https://a.media.example.evil.example/r.wav'],
    ['a look-alike letter', 'https://api.twilіo.com/r.wav'],
    ['a literal address', 'https://93.184.215.14/r.wav'],
  ])("a host that is not the plan's is rejected: %s (%s)", async (_, url) => {
    const fetched = await fetchBytes(recordingsWith({ internet }), url, twilio);

    expect(fetched).toEqual({
      kind: 'rejected',
      why: expect.stringMatching(/is not a host of this source|credentials/),
    });
    expect([...internet.lookedUp, ...internet.opened]).toEqual([]);
  });
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
    // A listening TCP server has this kind of address.
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
