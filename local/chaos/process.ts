import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How soon a process that died is started again. */
const RESTART_MS = 200;
/** What does not end when it is asked to is ended. */
const PATIENCE_MS = 8000;

export interface KeptOptions {
  name: string;
  file: URL;
  args: readonly string[];
  /** Asked at every start, so that a restart may find another. */
  environment: () => NodeJS.ProcessEnv;
  execArgv?: () => string[];
  /** Where its log goes. */
  data: string;
}

/** A process that is started again whenever it dies, until it is taken away. */
export interface Kept {
  name: string;
  /** The address it told when it first was ready. */
  url: string | undefined;
  /** Resolves when it is running and ready. */
  ready(): Promise<void>;
  /** kill -9. It comes back by itself. */
  kill(): void;
  /** Gently, and not to come back until it is brought back. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
  /** For good. */
  end(): Promise<void>;
}

/** @throws when the process cannot start the first time: it could not start in a moment either */
export const keepRunning = async (options: KeptOptions): Promise<Kept> => {
  const { name, file, args, environment, execArgv = () => [], data } = options;
  const logFile = join(data, `${name}.log`);
  let wanted = true;
  let everReady = false;
  let isReady = false;
  let child: ChildProcess | undefined;
  let running = Promise.withResolvers<{ url?: string }>();

  const start = () => {
    if (!wanted || child) return;
    const log = openSync(logFile, 'a');
    const started = fork(file, args, {
      stdio: ['ignore', log, log, 'ipc'],
      env: environment(),
      execArgv: execArgv(),
    });
    closeSync(log);
    child = started;
    started.on('message', (message: { url?: string }) => {
      everReady = isReady = true;
      running.resolve(message);
    });
    started.on('exit', () => {
      child = undefined;
      if (!everReady) running.reject(new Error(`${name} cannot start:\n${readFileSync(logFile, 'utf8')}`));
      else if (isReady) running = Promise.withResolvers();
      isReady = false;
      if (wanted && everReady) setTimeout(start, RESTART_MS);
    });
  };
  const gone = async (signal: NodeJS.Signals) => {
    const ending = child;
    if (!ending) return;
    const exited = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await Promise.race([exited, sleep(PATIENCE_MS, undefined, { ref: false }).then(() => ending.kill('SIGKILL'))]);
    await exited;
  };

  start();
  const { url } = await running.promise;
  return {
    name,
    url,
    async ready() {
      await running.promise;
    },
    kill: () => child?.kill('SIGKILL'),
    async takeAway() {
      wanted = false;
      await gone('SIGTERM');
    },
    async bringBack() {
      wanted = true;
      start();
      await running.promise;
    },
    async end() {
      wanted = false;
      await gone('SIGKILL');
    },
  };
};
