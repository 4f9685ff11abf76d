import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { setInEnvFile } from '../../../local/env-file.ts';
import { listen } from '../../../local/loopback/listen.ts';
import { endGroup } from '../../servers/end-group.ts';
import { until } from '../../world.ts';

export const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
/** Long, because a busy machine is slow; a wait that succeeds early does not cost this time. */
export const PATIENCE_MS = 90_000;

export interface BridgeProcess {
  url: string;
  /** The folder that holds the data, `.env`, and what commands write. */
  folder: string;
  data: string;
  /** All lines of `npm start` since the first start. */
  log(): string;
  /** The link of the last start that signs in. */
  signInLink(): string;
  /** Runs a line of a shell at a terminal, types the answers, and returns all that the terminal showed. */
  shell(line: string, ...typed: string[]): Promise<string>;
  /** Stops `npm start` and runs it again. */
  restart(): Promise<void>;
  /** `npm start`, and its processes: the bridge and its cloud. What it starts later inherits its limits. */
  pids(): number[];
  stop(): Promise<void>;
}

/**
 * `npm start` with these variables in its `.env`, as an operator runs it.
 * @param project a copy of the project, with a `.env` of its own
 */
export const startProcess = async (variables: Record<string, string>, project = PROJECT): Promise<BridgeProcess> => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-operator-'));
  const [data, envFile] = [join(folder, 'data'), join(project === PROJECT ? folder : project, '.env')];
  const port = await freePort();
  for (const [name, value] of Object.entries({ ...variables, PORT: port })) setInEnvFile(envFile, name, value);
  const env = { ...shellEnvironment(), AFTERCALL_DATA: data, AFTERCALL_ENV_FILE: envFile };
  let log = '';
  let child: ChildProcess;
  const start = async () => {
    const from = log.length;
    child = spawn(process.execPath, ['local/start.ts'], { cwd: project, env, detached: true });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += chunk));
    const isUp = await until(() => /sign-in\?ticket=\S+\n/.test(log.slice(from)) || undefined, PATIENCE_MS);
    if (!isUp) throw new Error(`npm start did not come up: ${log}`);
  };
  const stop = async () => {
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    data,
    log: () => log,
    signInLink: () => log.match(/http:\S+\/sign-in\?ticket=\S+/g)?.at(-1) ?? '',
    shell: (line, ...typed) => atTerminal(line, typed, { project, cwd: folder, env }),
    async restart() {
      await stop();
      await start();
    },
    pids: () => [child.pid ?? 0, ...childrenOf(child.pid ?? 0)],
    async stop() {
      await endGroup(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Without a developer's own variables. */
export const shellEnvironment = (): Record<string, string> => {
  const { NODE_COMPILE_CACHE = '', PATH = '', HOME = '' } = process.env;
  return { NODE_COMPILE_CACHE, PATH, HOME, NO_COLOR: '1' };
};

const freePort = async (): Promise<string> => {
  const server = await listen(http.createServer(), 0);
  await server.stop();
  return String(server.port);
};

/** Linux says it. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

/** A question ends with a colon or with its choices. */
const QUESTION = /(: |\[y\/N\] )$/;

/** `script` gives the line a terminal of its own. `npx aftercall` and `cli/aftercall` are the same; the second starts sooner. */
export const atTerminal = async (
  line: string,
  typed: readonly string[],
  { project, ...options }: { project: string; cwd: string; env: Record<string, string> },
): Promise<string> => {
  const own = line.replaceAll('npx aftercall', join(project, 'cli/aftercall'));
  const child = spawn('script', ['--quiet', '--flush', '--command', own, '/dev/null'], options);
  const answers = [...typed];
  let shown = '';
  let answeredAt = 0;
  const text = () => stripVTControlCharacters(shown).replaceAll('\r\n', '\n');
  child.stdout.on('data', (chunk) => {
    shown += chunk;
    if (!QUESTION.test(text()) || text().length === answeredAt) return;
    answeredAt = text().length;
    const next = answers.shift();
    if (next !== undefined) child.stdin.write(`${next}\n`);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(late);
  child.stdin.destroy();
  return text();
};
