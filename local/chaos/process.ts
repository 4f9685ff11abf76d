import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How soon a process that died is started again. */
const RESTART_MS = 200;
/** A process that does not end in this time after SIGTERM is killed. */
const PATIENCE_MS = 8000;

export interface KeptOptions {
  name: string;
  file: URL;
  args: readonly string[];
  /** Called at every start, so a restart may get another environment. */
  environment: () => NodeJS.ProcessEnv;
  execArgv?: () => string[];
  /** The folder of the process's log. */
  data: string;
}

/** A process that is started again whenever it dies, until `takeAway` or `end`. */
export interface Kept {
  name: string;
  /** The address that the process gave when it was first ready. */
  url: string | undefined;
  /** Resolves when the process is running and ready. */
  ready(): Promise<void>;
  /** Kills the process with kill -9. It starts again by itself. */
  kill(): void;
  /** Stops the process cleanly. It starts again only by `bringBack`. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
  /** Stops the process for good. */
  end(): Promise<void>;
}

/** @throws when the process cannot start the first time: a later start would fail too */
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
