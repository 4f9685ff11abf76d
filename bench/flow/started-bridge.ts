import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../local/loopback/listen.ts';
import { signedWebhook } from './webhook.ts';

const READY_MS = 120_000;

/** A bridge like that of `npm start`, with its own data, a media host with one recording, and the Linq sandbox. */
export const startMeasured = async (recording: Uint8Array) => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-bench-'));
  const media = await listen(
    http.createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': recording.length }).end(recording);
    }),
    0,
  );
  const secret = randomBytes(24).toString('base64');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { LINQ_API_V3_API_KEY: _key, LINQ_API_V3_BASE_URL: _base, PUBLIC_URL: _public, ...environment } = process.env;
  const bridge = spawn(process.execPath, [new URL('../../local/start.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...environment,
      PORT: String(port),
      AFTERCALL_DATA: data,
      AFTERCALL_API_KEY: 'bench-api-key',
      AFTERCALL_DELIVERY: 'url',
      AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
      STANDARD_WEBHOOKS_SECRET: secret,
    },
  });
  await ready(url).catch(async (error) => {
    await ended(bridge);
    await media.stop();
    throw error;
  });
  return {
    url,
    /** The process that runs the functions. */
    pid: () => Number(readFileSync(join(data, 'bridge.pid'), 'utf8')),
    /** Seconds of processor time that bridge and cloud have used; undefined if there is no /proc. */
    processorSeconds: () => processorSeconds(bridge.pid),
    webhook: (chat: string) => ({
      url: `${url}/hooks/standard-webhooks?chat=${chat}`,
      init: signedWebhook(`${media.url}/${randomUUID()}.wav`, secret),
    }),
    async state(memo: string): Promise<string> {
      const answer = await fetch(`${url}/memos/${memo}`, { headers: { authorization: 'Bearer bench-api-key' } });
      return answer.ok ? String(Object(await answer.json()).state) : 'absent';
    },
    async stop() {
      await ended(bridge);
      await media.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
};

/** Linux counts processor time in hundredths. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const processorSeconds = (parent: number | undefined): number | undefined => {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
    return children.reduce((sum, child) => {
      const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return sum + (Number(user) + Number(system)) / 100;
    }, 0);
  } catch (error) {
    if (Object(error).code === 'ENOENT') return undefined;
    throw error;
  }
};

const freePort = async (): Promise<number> => {
  const server = await listen(http.createServer(), 0);
  await server.stop();
  return server.port;
};

const ready = async (url: string) => {
  for (const end = Date.now() + READY_MS; Date.now() < end; await sleep(100)) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error('the bridge was not ready in two minutes');
};

const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    child.on('exit', resolve);
    child.kill('SIGTERM');
  });
