import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Started {
  /** What the process told when it was ready. */
  url: string;
  pid: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a program of this repository that tells by `process.send` when it is ready.
 * @throws Error if the process ends before
 */
export const startProgram = async (
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Started> => {
  const { PUBLIC_URL: _url, LINQ_API_V3_API_KEY: _key, LINQ_API_V3_BASE_URL: _base, ...inherited } = process.env;
  const child = fork(new URL(`../../${file}`, import.meta.url), args, {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { url = '' } = await firstMessage(child, file);
  return {
    url,
    pid: child.pid ?? 0,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
};

const firstMessage = (child: ChildProcess, file: string): Promise<{ url?: string }> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(Object(message)));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
  });

/**
 * The peak of a process's resident memory in MB.
 * https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export const peakMegabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
