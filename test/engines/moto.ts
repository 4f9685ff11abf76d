import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Listening } from '../../local/loopback/listen.ts';

/** The account of the local ARNs, so that queue URLs and ARNs read the same in both clouds. */
export const ACCOUNT = '000000000000';

/**
 * SQS, and moto by default, allow one purge of a queue a minute. The bridge purges nothing; tests purge between two
 * cases.
 */
const SETTINGS = { MOTO_ACCOUNT_ID: ACCOUNT, MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR: 'false' };

const START_MS = 30_000;

/**
 * Starts moto's server on loopback, in its own process and with no resources.
 * @param program from `pythonTool('moto_server')`
 * @throws Error with the server's own output when it does not answer within half a minute
 */
export const startMoto = async (program: string): Promise<Listening> => {
  const port = await freePort();
  const server = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, ...SETTINGS },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => server.kill();
  process.once('exit', kill); // also when this process ends at once
  server.once('exit', () => process.off('exit', kill));
  let said = '';
  server.stderr?.on('data', (words) => {
    said = (said + words).slice(-5000);
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(server, `${url}/moto-api/`).catch((error) => {
    server.kill();
    throw new Error(`moto's server does not answer (${error.message}): ${said}`);
  });
  return {
    port,
    url,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill();
      await once(server, 'exit');
    },
  };
};

const answers = async (server: ChildProcess, url: string): Promise<void> => {
  for (const end = Date.now() + START_MS; Date.now() < end; await wait(50)) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`not within ${START_MS / 1000} seconds`);
};

/** moto's server does not report its port, so this function chooses a free port. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number }; // a listening TCP server has this kind of address
  await new Promise((resolve) => server.close(resolve));
  return address.port;
};
