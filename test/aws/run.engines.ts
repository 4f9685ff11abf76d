import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import type { Listening } from '../../local/loopback/listen.ts';
import { startGateway } from '../engines/gateway.ts';
import { startMoto } from '../engines/moto.ts';
import { findLeftovers } from './leftovers.ts';

// Shows on moto that `npm run test:aws` leaves nothing in an account. Runs only the main job, and ends it in each
// possible way.

const REGION = 'eu-central-1';
const MAIN_JOB = 'test/aws/main-job.aws.ts';

let moto: Listening;
let gateway: Listening;
let running: ChildProcess | undefined;
beforeAll(async () => {
  moto = await startMoto(inject('motoServer'));
  gateway = await startGateway(moto);
  vi.stubEnv('AWS_ENDPOINT_URL', gateway.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => {
  if (running?.pid && running.exitCode === null && running.signalCode === null) process.kill(-running.pid, 'SIGKILL');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway.stop();
  await moto.stop();
});

/** Starts the command as a terminal does: as the head of its own process group. */
const start = (...given: string[]) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('run.ts', import.meta.url)), ...given], {
    env: { ...process.env, AFTERCALL_TEST_AWS: '1', AWS_REGION: REGION, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running = child;
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said })); // what 'close' gives
  return { group: child.pid ?? 0, ended };
};
const left = async () => (await findLeftovers(REGION)).map(({ kind, name }) => `${kind} ${name}`);
const untilItHasMadeQueues = () =>
  vi.waitFor(async () => expect((await left()).join()).toContain('queue '), { timeout: 120_000, interval: 200 });

test('the main job holds in an account like moto, and the run leaves nothing', { timeout: 180_000 }, async () => {
  const { code, said } = await start(MAIN_JOB).ended;
  expect(said).toMatch(/Tests .*2 passed/);
  expect(code).toBe(0);
  expect(await left()).toEqual([]);
});

test('a run whose test fails ends with 1, and leaves nothing', { timeout: 180_000 }, async () => {
  const { ended } = start(MAIN_JOB, '--testTimeout=1');
  const { code, said } = await ended;
  expect(said).toContain('Test timed out');
  expect(said).toMatch(/deleting table aftercall-test-[0-9a-f]{10}-ledger/);
  expect(code).toBe(1);
  expect(await left()).toEqual([]);
});

test('a run that is stopped with Ctrl-C deletes what it has made, and ends with an error', {
  timeout: 180_000,
}, async () => {
  const { group, ended } = start(MAIN_JOB);
  await untilItHasMadeQueues();
  process.kill(-group, 'SIGINT');
  const { code, said } = await ended;
  expect(said).toContain('is deleted first');
  expect(code).not.toBe(0);
  expect(await left()).toEqual([]);
});

test('what a killed run has left is found and deleted by --clean', { timeout: 180_000 }, async () => {
  const { group, ended } = start(MAIN_JOB);
  await untilItHasMadeQueues();
  process.kill(-group, 'SIGKILL');
  await ended;
  const before = await left();
  expect(before.map((each) => each.split(' ')[0])).toEqual(expect.arrayContaining(['bucket', 'table', 'queue']));

  const { code, said } = await start('--clean').ended;

  expect(code).toBe(0);
  for (const each of before) expect(said).toContain(`deleting ${each}`);
  expect(await left()).toEqual([]);
});
