import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ForbiddenAddress, guardedAgent } from '../../functions/adapters/recordings.guard.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const PUBLIC = '93.184.215.14';
const HOSTILE = [
  ['loopback', '127.0.0.1'],
  ['the far end of loopback', '127.255.255.254'],
  ['this host', '0.0.0.0'],
  ['private 10/8', '10.0.0.1'],
  ['private 172.16/12', '172.31.255.255'],
  ['private 192.168/16', '192.168.1.1'],
  ['cloud metadata', '169.254.169.254'],
  ['container credentials', '169.254.170.2'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['benchmarking', '198.19.255.255'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['decimal loopback', '2130706433'],
  ['hexadecimal loopback', '0x7f000001'],
  ['octal loopback', '0177.0.0.1'],
  ['short loopback', '127.1'],
  ['mixed spellings of loopback', '0x7f.0.1'],
  ['decimal metadata', '2852039166'],
  ['zero', '0'],
  ['full-width digits', '１２７.０.０.１'],
  ['percent-encoded digits', '%31%32%37.0.0.1'],
  ['an ideographic full stop', '127。0。0。1'],
  ['loopback with a trailing dot', '127.0.0.1.'],
  ['loopback v6', '[::1]'],
  ['unspecified v6', '[::]'],
  ['v4-mapped loopback', '[::ffff:127.0.0.1]'],
  ['v4-mapped loopback in hexadecimal', '[::ffff:7f00:1]'],
  ['v4-compatible loopback', '[::127.0.0.1]'],
  ['NAT64 of metadata', '[64:ff9b::a9fe:a9fe]'],
  ['local NAT64', '[64:ff9b:1::7f00:1]'],
  ['6to4 of loopback', '[2002:7f00:1::]'],
  ['Teredo', '[2001:0:7f00:1::1]'],
  ['unique-local', '[fd00:ec2::254]'],
  ['link-local v6', '[fe80::1]'],
  ['site-local v6', '[fec0::1]'],
  ['multicast v6', '[ff02::1]'],
  ['discard v6', '[100::1]'],
  ['documentation v6', '[2001:db8::1]'],
  ['segment routing', '[5f00::1]'],
  ['localhost', 'localhost'],
  ['localhost in capitals', 'LOCALHOST'],
  ['localhost with a trailing dot', 'localhost.'],
  ['localhost, percent-encoded', '%6cocalhost'],
  ['localhost in circled letters', 'ⓛocalhost'],
  ['a name that leads to a private address', 'inside.example'],
  ['a name that leads to v4-mapped loopback', 'mapped.example'],
  ['a name that leads to a link-local address with a zone', 'zoned.example'],
  ['a name that leads to several private addresses', 'insides.example'],
] as const;
const NAMES = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'inside.example': ['127.0.0.1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'zoned.example': ['fe80::1%lo'],
  'insides.example': ['10.0.0.1', '::1', '169.254.169.254'],
};

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({ ...NAMES });
  return () => internet.server.stop();
});

test.each(HOSTILE)('a recording at %s (%s) is rejected and nothing is opened', async (_, host) => {
  const fetched = await fetchBytes(recordingsWith({ internet }), `https://${host}/recording.wav`);

  expect(fetched).toEqual({ kind: 'rejected', why: expect.stringContaining('forbidden address') });
  expect(internet.opened).toEqual([]);
});

describe("with the operating system's sockets", () => {
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
    // A listening TCP server has this kind of address.
    ({ port } = listener.address() as AddressInfo);
  });
  afterAll(async () => {
    listener.close();
    await once(listener, 'close');
  });

  test.each(HOSTILE.flatMap(([what, host]) => [[what, `http://${host}`] as const, [what, `https://${host}`] as const]))(
    'the agent opens no connection to %s: %s',
    async (_, origin) => {
      const agent = agentWith(internet.lookup);
      const url = new URL(origin);
      url.port = String(port);

      await expect(request(url, { dispatcher: agent })).rejects.toBeInstanceOf(ForbiddenAddress);

      await agent.close();
      expect(connections).toBe(0);
    },
  );

  test('an address that changes after the look-up is dropped before a byte of the request goes out', async () => {
    const heard: Buffer[] = [];
    const server = net.createServer((socket) => socket.on('data', (bytes) => heard.push(bytes)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    let reads = 0;
    const shifting = {
      family: 4,
      get address() {
        reads += 1;
        return reads === 1 ? PUBLIC : '127.0.0.1';
      },
    };
    const agent = agentWith(((_name, _options, callback) => callback(null, [shifting])) as Lookup as never);
    const { port: here } = server.address() as AddressInfo;

    await expect(request(`http://shifting.example:${here}/`, { dispatcher: agent })).rejects.toBeInstanceOf(
      ForbiddenAddress,
    );

    await closed;
    expect(heard).toEqual([]);
    server.close();
    await once(server, 'close');
  });
});

test('a name with public and private answers is reached at its public address only', async () => {
  internet.names['media.vendor.example'] = ['127.0.0.1', PUBLIC, '::1'];

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://media.vendor.example/r.wav');

  expect(fetched.kind).toBe('fetched');
  expect(internet.opened).toEqual([PUBLIC]);
});

test('a name that answers otherwise at each question is asked once a connection, and each answer is checked', async () => {
  internet.names['media.vendor.example'] = (question) => (question === 1 ? [PUBLIC] : ['127.0.0.1']);
  internet.server.answer = (_, response) => response.writeHead(302, { location: '/again' }).end();

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://media.vendor.example/r.wav');

  expect(fetched).toEqual({ kind: 'rejected', why: 'media.vendor.example leads to a forbidden address' });
  expect(internet.lookedUp).toEqual(['media.vendor.example', 'media.vendor.example']);
  expect(internet.opened).toEqual([PUBLIC]);
});

test('a name that nobody knows is trouble, since it may be mended', async () => {
  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://nowhere.example/r.wav');

  expect(fetched).toEqual({ kind: 'trouble', why: expect.stringContaining('ENOTFOUND') });
});

type Lookup = (
  name: string,
  options: object,
  callback: (error: null, addresses: { address: string; family: number }[]) => void,
) => void;

const agentWith = (lookup: Internet['lookup']) =>
  guardedAgent({ allowHosts: new Set(), connectMs: 1000, headersMs: 1000, idleMs: 1000, lookup });
