import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionInTemplate } from '../template.ts';
import { processStatus } from './process-status.ts';
import { type Outcome, startRuntimeApi } from './runtime-api.ts';

export interface EnvironmentOptions {
  /** The path of the program `aws-lambda-ric`. */
  runtimeClient: string;
  function: FunctionInTemplate;
  /** The function's variables, resolved, and the addresses of the services. */
  variables: Readonly<Record<string, string>>;
}

/** One execution environment of a function: its asset alone in an empty folder, in its own process. */
export interface Environment {
  /** Resolves when the function waits for its first event; rejects if the function could not be loaded. */
  ready: Promise<void>;
  /** Whether it can take an event. */
  idle(): boolean;
  /** Whether it has ended. `whyDead` gives the reason. */
  dead(): boolean;
  whyDead(): string;
  /** @param timeoutMs the process is killed after this time, as Lambda does */
  invoke(event: unknown, timeoutMs: number): Promise<Outcome>;
  seen: { threads: number; peakMegabytes: number };
  /** The lines that it wrote. */
  log: string[];
  stop(): Promise<void>;
}

/** A stopped process cannot notice that its parent has ended, so this process kills every child when it exits. */
const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/**
 * Lambda gives the code outside the handler ten seconds. If those are not enough, Lambda starts the code again within
 * the time of the first invocation. Here other processes share the processors, so this limit only ends a start that
 * never ends.
 */
const INIT_MS = 60_000;
const LOOK_MS = 25;

/**
 * Starts a function under AWS's runtime client. Between two events its process is stopped (SIGSTOP), as Lambda freezes
 * it. A process whose resident memory exceeds the function's memory is killed, as Lambda does.
 *
 * The limit applies to resident memory and not to address space: V8 reserves 128 MB of addresses for each thread's code
 * and eight gigabytes for a WebAssembly memory. Under a `ulimit -v` of the function's memory the engine's thread could
 * not start.
 */
export const startEnvironment = async (options: EnvironmentOptions): Promise<Environment> => {
  const {
    function: { name, asset, handler, memoryMegabytes, id },
  } = options;
  const parent = await mkdtemp(join(tmpdir(), 'aftercall-task-'));
  const task = join(parent, 'task');
  await cp(asset, task, { recursive: true });

  const seen = { threads: 0, peakMegabytes: 0 };
  const log: string[] = [];
  let state: 'starting' | 'idle' | 'busy' | 'dead' = 'starting';
  let under: { id: string; end(outcome: Outcome): void } | undefined;
  let whyDead = '';
  /** Resolves when the runtime asks for the next event, or has ended. Until then the environment takes no event. */
  let freed = Promise.resolve();
  let free = () => {};
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // the caller of `invoke` gets the error

  const signal = (kind: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) child.kill(kind);
  };
  const die = (reason: string) => {
    whyDead ||= reason;
    signal('SIGKILL');
  };
  const api = await startRuntimeApi({
    waiting() {
      look();
      if (state === 'dead') return;
      state = 'idle';
      signal('SIGSTOP');
      ready.resolve();
      free();
    },
    ended(invocation, outcome) {
      if (under?.id === invocation) under.end(outcome);
    },
    initFailed: (payload) => die(`it could not be loaded: ${payload}`),
  });

  const child: ChildProcess = spawn(process.execPath, [options.runtimeClient], {
    cwd: task,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...options.variables,
      ...lambdaVariables({ name, memoryMegabytes, task, handler, api: api.host, emptyFolder: parent }),
    },
  });
  started.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => log.push(...text.split('\n').filter(Boolean)));
  }
  const look = () => {
    const status = child.pid === undefined ? undefined : processStatus(child.pid);
    if (!status) return;
    seen.threads = Math.max(seen.threads, status.threads);
    seen.peakMegabytes = Math.max(seen.peakMegabytes, status.peakMegabytes);
    if (status.peakMegabytes > memoryMegabytes) {
      die(`out of memory: ${Math.round(status.peakMegabytes)} MB of ${memoryMegabytes} in ${status.threads} threads`);
    }
  };
  const looking = setInterval(() => state !== 'idle' && look(), LOOK_MS);
  const initTimer = setTimeout(() => die(`it was not loaded after ${INIT_MS} ms`), INIT_MS);
  ready.promise.finally(() => clearTimeout(initTimer)).catch(() => {});
  const exited = new Promise<void>((resolve) => {
    child.once('close', (code, killedBy) => {
      clearInterval(looking);
      clearTimeout(initTimer);
      started.delete(child);
      state = 'dead';
      whyDead ||= `its process ended with ${killedBy ?? code}`;
      under?.end({ kind: 'died', reason: whyDead });
      free();
      ready.reject(new Error(`${name}: ${whyDead}\n${log.slice(-20).join('\n')}`));
      resolve();
    });
  });

  return {
    ready: ready.promise,
    idle: () => state === 'idle',
    dead: () => state === 'dead',
    whyDead: () => whyDead,
    seen,
    log,
    async invoke(event, timeoutMs) {
      await ready.promise;
      if (state !== 'idle') throw new Error(`${name}: an environment takes one event at a time`);
      state = 'busy';
      freed = new Promise((resolve) => {
        free = resolve;
      });
      signal('SIGCONT');
      const invocation = randomUUID();
      const outcome = Promise.withResolvers<Outcome>();
      under = { id: invocation, end: outcome.resolve };
      api.deliver({
        id: invocation,
        event,
        deadlineMs: Date.now() + timeoutMs,
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${id}`,
      });
      const timer = setTimeout(() => {
        outcome.resolve({ kind: 'timed-out', afterMs: timeoutMs });
        die(`timed out after ${timeoutMs} ms`);
      }, timeoutMs);
      try {
        return await outcome.promise;
      } finally {
        clearTimeout(timer);
        await freed;
      }
    },
    async stop() {
      die('it was stopped');
      await exited;
      await api.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
};

/** The variables that Lambda itself sets: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. */
const lambdaVariables = (of: {
  name: string;
  memoryMegabytes: number;
  task: string;
  handler: string;
  api: string;
  emptyFolder: string;
}): Record<string, string> => ({
  _HANDLER: of.handler,
  LAMBDA_TASK_ROOT: of.task,
  AWS_LAMBDA_RUNTIME_API: of.api,
  AWS_LAMBDA_FUNCTION_NAME: of.name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(of.memoryMegabytes),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${of.name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: `2026/01/01/[$LATEST]${randomUUID().replaceAll('-', '')}`,
  AWS_LAMBDA_LOG_FORMAT: 'JSON',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  // Lambda has no ffmpeg without a layer, so this path has none of this machine's programs.
  PATH: of.emptyFolder,
});
