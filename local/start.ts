import { type ChildProcess, fork } from 'node:child_process';
import { asBadConfiguration, badConfiguration, mistakesIn } from '../functions/config.ts';
import { AftercallError } from '../functions/core/model/errors.ts';
import { FUNCTIONS } from './bridge/bridge.ts';
import { logFile } from './bridge/log-file.ts';
import { printLog } from './bridge/print-log.ts';
import { aliveCloud, PARTS, urlOf } from './cloud/cloud-file.ts';
import { loadEnvFile } from './env-file.ts';
import { readSettings, type Settings } from './settings.ts';

/** How soon a process that died is started again. */
const RESTART_MS = 200;

const warning = loadEnvFile(process.env);
if (warning) console.error(warning);
const settings = await checked();
const only = onlyArgument();
const keepLine = logFile(settings.AFTERCALL_DATA, console.error);
const children = new Set<ChildProcess>();
let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);

if (only === undefined || only === 'cloud') {
  if (!(await aliveCloud(settings.AFTERCALL_DATA))) await keepRunning('cloud/process.ts');
}
const cloud = await aliveCloud(settings.AFTERCALL_DATA);
if (only === undefined || only === 'bridge') {
  const { url } = await keepRunning('bridge/process.ts');
  const { startUpLines } = await import('./bridge/start-up-lines.ts'); // it loads bridge.config.ts, which `checked` has seen
  if (url) for (const line of await startUpLines(settings, url, cloud && urlOf(cloud, 'sandbox'))) console.log(line);
} else if (only !== 'cloud') {
  const isPart = (PARTS as readonly string[]).includes(only);
  await keepRunning(isPart ? 'cloud/process.ts' : 'bridge/process.ts', only);
  console.log(`${only} is up`);
}

/** Reports all wrong settings before any server listens. */
async function checked(): Promise<Settings> {
  const wrong: string[] = [];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof AftercallError)) throw error;
      wrong.push(...mistakesIn(error));
      return undefined;
    }
  };
  const read = await attempt(() => readSettings(process.env));
  await attempt(() =>
    import('../bridge.config.ts').catch((error) => {
      throw asBadConfiguration(error);
    }),
  );
  if (read && wrong.length === 0) return read;
  console.error(badConfiguration(wrong).message);
  process.exit(1);
}

function onlyArgument(): string | undefined {
  const at = process.argv.indexOf('--only');
  if (at < 0) return undefined;
  const named = process.argv[at + 1] ?? '';
  const known = ['cloud', 'bridge', ...FUNCTIONS, ...PARTS];
  if (known.includes(named)) return named;
  console.error(`--only takes one of ${known.join(', ')}`);
  process.exit(1);
}

/** Starts a process, waits until it is ready, and starts it again whenever it dies. */
async function keepRunning(file: string, ...args: string[]): Promise<{ url?: string }> {
  const child = fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.add(child);
  const keep = file === 'bridge/process.ts' ? keepLine : undefined;
  if (child.stdout) printLog(child.stdout, process.stdout, keep);
  if (child.stderr) printLog(child.stderr, process.stderr, keep);
  let wasReady = false;
  return new Promise((resolve) => {
    child.on('message', (message: { url?: string }) => {
      wasReady = true;
      resolve(message);
    });
    child.on('exit', (code, signal) => {
      children.delete(child);
      if (stopping) return;
      // A process that ended by itself before it was ready would fail again. A killed process can start again.
      if (!wasReady && code !== null) return stop(code);
      console.error(`${file.replace('/process.ts', '')} ended (${signal ?? code}); starting it again`);
      setTimeout(() => resolve(keepRunning(file, ...args)), RESTART_MS);
    });
  });
}

function stop(reason: NodeJS.Signals | number) {
  if (stopping) return;
  stopping = true;
  const code = typeof reason === 'number' ? reason : 0;
  if (children.size === 0) process.exit(code);
  for (const child of children) {
    child.kill('SIGTERM');
    child.on('exit', () => children.size === 0 && process.exit(code));
  }
}
