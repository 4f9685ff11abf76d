import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { FunctionName } from '../../infra/secrets.ts';

/** One invocation, by the function's own clock. */
export interface Invocation {
  answer: unknown;
  ms: number;
  /** Processor time of all the function's threads. */
  cpuMs: number;
  /** The function's output. */
  log: string;
}

export interface HostedFunction {
  invoke(event: unknown): Promise<Invocation>;
  stop(): Promise<void>;
}

type Told = { kind: 'ready' } | ({ kind: 'answered' } & Invocation) | { kind: 'failed'; error: string; log: string };

export interface HostOptions {
  /** By how many days the function's clock is ahead. */
  shiftDays?: number;
  /** Modules that the process loads before the function. */
  imports?: readonly URL[];
}

/** Starts a function in a process of its own, with only this environment and PATH. */
export const hostFunction = async (
  name: FunctionName,
  environment: Readonly<Record<string, string>>,
  { shiftDays = 0, imports = [] }: HostOptions = {},
): Promise<HostedFunction> => {
  const shifted = new URL('../../local/chaos/shifted-clock.ts', import.meta.url);
  const first = [...(shiftDays > 0 ? [shifted] : []), ...imports];
  const child = fork(new URL('function-host.ts', import.meta.url).pathname, [name], {
    env: { PATH: process.env.PATH, ...environment, CHAOS_CLOCK_SHIFT_MS: String(shiftDays * 24 * 60 * 60 * 1000) },
    execArgv: first.flatMap(({ href }) => ['--import', href]),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  /** The process's next message. Throws if the process ends instead. */
  const told = async (): Promise<Told> => {
    const ended = new AbortController();
    const message = once(child, 'message', { signal: ended.signal }).then(([said]) => said as Told); // function-host.ts
    const end = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`the process of ${name} ended with ${code}`);
    });
    try {
      return await Promise.race([message, end]);
    } finally {
      ended.abort();
      await Promise.allSettled([message, end]);
    }
  };
  await told();
  return {
    async invoke(event) {
      const saying = told();
      child.send(event as object);
      const said = await saying;
      if (said.kind === 'answered') return said;
      throw new Error(`${name} failed: ${said.kind === 'failed' ? said.error + said.log : said.kind}`);
    },
    async stop() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
};
