import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { endGroup } from '../servers/end-group.ts';
import { until } from '../world.ts';

// The command as a shell runs it: launcher, streams and exit codes.

const launcher = fileURLToPath(new URL('../../cli/aftercall', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'aftercall-command-'));
const alive: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of alive) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** @param environment all variables of the process, apart from a PATH without Node */
const start = (argv: string[], environment: Record<string, string> = {}, path = launcher) => {
  const child = spawn(path, argv, { detached: true, env: { PATH: '/usr/bin:/bin', HOME: folder, ...environment } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  child.stdin.end();
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  alive.push(() => endGroup(child));
  return { child, said, ended };
};
const run = async (...given: Parameters<typeof start>) => {
  const { said, ended } = start(...given);
  return { code: await ended, ...said };
};

test('it runs through a link to its launcher, under the Node of the project', async () => {
  const link = join(folder, 'aftercall');
  symlinkSync(launcher, join(folder, 'to-it'));
  symlinkSync('to-it', link);
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await run(['--version'], {}, link)).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

describe('called wrongly it ends with 2, and says how on standard error', () => {
  test.each([
    ['an unknown command', ['memoes'], "unknown command 'memoes'"],
    ['an unknown option', ['memos', '--stat', 'failed'], "unknown option '--stat'"],
    ['a state that there is not', ['memos', '--state', 'lost'], 'It must be one of received, stored'],
    ['a chat that is no UUID', ['send', 'call.mp3', '--chat', 'ann'], 'It must be a chat id, a UUID'],
    ['an option that is needed', ['send', 'call.mp3'], "required option '--chat <id>' not specified"],
    ['no memo id', ['memo', 'm_1'], "'m_1' is no memo id"],
    ['neither a memo nor a state', ['replay'], 'replay needs a memo id or --state, and only one of them'],
    ['an address that is none', ['memos', '--url', 'calls'], '--url must be an http or https URL'],
  ])('%s', async (_, argv, reason) => {
    const { code, out, err } = await run(argv, { AFTERCALL_DATA: folder, AFTERCALL_API_KEY: 'the-key-of-this-test' });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(reason);
  });
});

test('what does not work ends with 1; --json says it as JSON', async () => {
  const environment = { PORT: '1', AFTERCALL_DATA: folder, AFTERCALL_API_KEY: 'the-key-of-this-test' };
  const plain = await run(['memos'], environment);
  expect(plain).toEqual({
    code: 1,
    out: '',
    err: "error: no bridge answers at http://127.0.0.1:1: start it with 'npm start'\n",
  });
  const { code, out } = await run(['memos', '--json'], environment);
  expect([code, JSON.parse(out).error.code]).toEqual([1, 'unreachable']);
  expect((await run(['start'], { ...environment, PORT: 'http' })).code).toBe(1);
});

test('a bridge that took a free port and made up its key is found by its folder alone', async () => {
  const data = join(folder, 'data');
  const { child, said, ended } = start(['start'], { PORT: '0', AFTERCALL_DATA: data });
  expect(await until(() => (said.out.includes('the API key') ? true : undefined), 30_000), said.err).toBe(true);
  const { code, out } = await run(['memos', '--json'], { AFTERCALL_DATA: data });
  expect([code, JSON.parse(out)]).toEqual([0, { memos: [] }]);

  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect((await run(['memos'], { AFTERCALL_DATA: data })).err).toContain('no bridge answers at http://127.0.0.1:8787');
}, 60_000);
