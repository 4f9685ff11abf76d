import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ForbiddenAddress, guardedAgent } from '../../functions/adapters/recordings.guard.ts';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { HOSTILE_NAMES, HOSTILE_URLS, type HostileUrl } from './hostile-urls.ts';

const PUBLIC = '93.184.215.14';
const START = 'https://api.vendor.example/r';
const credentials = { authorization: 'Basic b2xkZXI=' };

/** A plan with its own hosts where `ofNoHost` is set, else one that fetches from anywhere. Both have credentials. */
const planFor = ({ ofNoHost }: Pick<HostileUrl, 'ofNoHost'> = {}): FetchPlan => ({
  hosts: ofNoHost ? ['api.vendor.example', '*.media.example'] : 'any-public',
  notYet: [],
  credentials: async () => [credentials],
  credentialHosts: ['api.vendor.example'],
});

/** Counts every TCP connection that this process opens. */
let sockets = 0;
const count = () => {
  sockets += 1;
};
let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({ 'api.vendor.example': [PUBLIC] });
  // If a URL passes the checks, its name resolves to a public address.
  internet.names = new Proxy(
    { ...HOSTILE_NAMES },
    { get: (names, name) => Reflect.get(names, name) ?? [PUBLIC] },
  ) as Internet['names'];
  sockets = 0;
  diagnostics.subscribe('net.client.socket', count);
  return async () => {
    diagnostics.unsubscribe('net.client.socket', count);
    await internet.server.stop();
  };
});

const rejected = { kind: 'rejected', reason: expect.stringMatching(/forbidden address|no readable URL|not a URL/) };

describe.each(HOSTILE_URLS)('$why, $spelling: $url', (hostile) => {
  test('is rejected as a recording’s URL, and no connection is made', async () => {
    expect(await fetchBytes(recordingsWith({ internet }), hostile.url, planFor(hostile))).toEqual(rejected);
    expect([internet.opened, sockets]).toEqual([[], 0]);
  });

  test('is rejected as the target of a redirect, and no connection is made to it', async () => {
    internet.server.answer = (_, response) => response.writeHead(302, { location: onTheWire(hostile.url) }).end();

    expect(await fetchBytes(recordingsWith({ internet }), START, planFor(hostile))).toEqual(rejected);
    expect([internet.opened, sockets]).toEqual([[PUBLIC], 1]);
    expect(internet.server.asked.map(({ url, headers }) => [url, headers.host])).toEqual([
      ['/r', 'api.vendor.example'],
    ]);
  });
});

/** Servers escape non-ASCII characters in a Location. The fetch decodes the escapes in a URL's host. */
const onTheWire = (url: string) => url.replace(/[^\0-\x7f]/gu, encodeURIComponent);

const ADDRESSES = [
  ...new Set(
    HOSTILE_URLS.flatMap(({ url, ofNoHost }) => {
      const host = !ofNoHost && URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
      return net.isIP(host) ? [host] : [];
    }),
  ),
  'fe80::1%lo',
];

describe.each(ADDRESSES)('a public name at %s', (address) => {
  const named = (...answers: string[][]) => {
    internet.names = { 'api.vendor.example': (question) => answers[question - 1] ?? answers.at(-1) ?? [] };
  };

  test('is rejected, and no connection is made', async () => {
    named([address]);
    const fetched = await fetchBytes(recordingsWith({ internet }), START, planFor());

    expect(fetched).toEqual({ kind: 'rejected', reason: 'api.vendor.example leads to a forbidden address' });
    expect([internet.opened, sockets]).toEqual([[], 0]);
  });

  test('and at a public address is reached at the public one alone', async () => {
    named([address, PUBLIC, address]);
    const fetched = await fetchBytes(recordingsWith({ internet }), START, planFor());

    expect(fetched.kind).toBe('fetched');
    expect(internet.opened).toEqual([PUBLIC]);
  });

  test('at the second question is rejected then: each connection asks once, and is checked', async () => {
    named([PUBLIC], [address]);
    internet.server.answer = (_, response) => response.writeHead(302, { location: '/again' }).end();
    const fetched = await fetchBytes(recordingsWith({ internet }), START, planFor());

    expect(fetched).toEqual({ kind: 'rejected', reason: 'api.vendor.example leads to a forbidden address' });
    expect(internet.lookedUp).toEqual(['api.vendor.example', 'api.vendor.example']);
    expect([internet.opened, sockets]).toEqual([[PUBLIC], 1]);
  });
});

describe("with the operating system's sockets, on a port where somebody listens at every address", () => {
  let listener: net.Server;
  let port: number;
  let connections = 0;
  beforeAll(async () => {
    listener = net.createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    listener.listen(0); // every address of this machine, v4 and v6
    await once(listener, 'listening');
    // A cast: a listening TCP server has this kind of address.
    ({ port } = listener.address() as AddressInfo);
  });
  afterAll(async () => {
    listener.close();
    await once(listener, 'close');
  });

  const inside = HOSTILE_URLS.filter(({ url, ofNoHost }) => {
    const host = !ofNoHost && /^https:/.test(url) && URL.canParse(url) ? new URL(url).hostname : '';
    return ADDRESSES.includes(host.replace(/^\[|\]$/g, '')) || host in HOSTILE_NAMES;
  });

  test.each(inside.flatMap((each) => ['http:', 'https:'].map((protocol) => ({ ...each, protocol }))))(
    'the agent alone opens none to $why, $spelling: $protocol $url',
    async ({ url, protocol }) => {
      const agent = guardedAgent({
        allowHosts: new Set(),
        connectMs: 1000,
        headersMs: 1000,
        idleMs: 1000,
        lookup: internet.lookup,
      });
      const target = new URL(url.replace('https:', protocol));
      Object.assign(target, { port: String(port), username: '', password: '' });

      await expect(request(target, { dispatcher: agent })).rejects.toBeInstanceOf(ForbiddenAddress);

      await agent.close();
      expect([connections, internet.opened]).toEqual([0, []]);
    },
  );
});

test('the table says nothing twice', () => {
  const said = HOSTILE_URLS.map(({ url }) => url);
  expect(said.filter((url, index) => said.indexOf(url) !== index)).toEqual([]);
  expect(ADDRESSES.length).toBeGreaterThan(50);
});
