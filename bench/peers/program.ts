import { spawn } from 'node:child_process';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../local/loopback/listen.ts';
import type { Started } from '../flow/processes.ts';

const READY_MS = 120_000;

/**
 * Starts a program of somebody else in its folder, and waits until a URL of it answers.
 * @param healthy the path that answers below 500 when the program is ready
 */
export const startForeign = async (
  args: readonly string[],
  {
    cwd,
    env,
    url,
    healthy,
  }: { cwd: string; env: Readonly<Record<string, string>>; url: string; healthy: (status: number) => boolean },
  path: string,
): Promise<Started> => {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const end = Date.now() + READY_MS; ; await sleep(200)) {
    if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode} before it was ready`);
    const answer = await fetch(url + path).catch(() => undefined);
    if (answer && healthy(answer.status)) break;
    if (Date.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`${args[0]} was not ready in two minutes`);
    }
  }
  return {
    url,
    pid: child.pid ?? 0,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
};

export const freePort = async (): Promise<number> => {
  const server = await listen(http.createServer(), 0);
  await server.stop();
  return server.port;
};
