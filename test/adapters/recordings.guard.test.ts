import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { ForbiddenAddress, guardedAgent } from '../../functions/adapters/recordings.guard.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { startInternet } from '../servers/internet.ts';

// hostile-urls.ts lists what the guard refuses; recordings.hostile.test.ts tries each URL.

const PUBLIC = '93.184.215.14';

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
  const agent = guardedAgent({
    allowHosts: new Set(),
    connectMs: 1000,
    headersMs: 1000,
    idleMs: 1000,
    lookup: ((_name, _options, callback) => callback(null, [shifting])) as Lookup as never,
  });
  const { port: here } = server.address() as AddressInfo;

  await expect(request(`http://shifting.example:${here}/`, { dispatcher: agent })).rejects.toBeInstanceOf(
    ForbiddenAddress,
  );

  await closed;
  expect(heard).toEqual([]);
  server.close();
  await once(server, 'close');
});

test('a name that nobody knows is trouble, since it may be fixed', async () => {
  const internet = await startInternet({});

  const fetched = await fetchBytes(recordingsWith({ internet }), 'https://nowhere.example/r.wav');

  expect(fetched).toEqual({ kind: 'trouble', reason: expect.stringContaining('ENOTFOUND') });
  await internet.server.stop();
});

type Lookup = (
  name: string,
  options: object,
  callback: (error: null, addresses: { address: string; family: number }[]) => void,
) => void;
