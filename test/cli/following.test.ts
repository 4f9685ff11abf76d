import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BridgeProcess,
  PATIENCE_MS,
  PROJECT,
  shellEnvironment,
  startProcess,
} from '../world/operator/bridge-process.ts';
import { API_KEY, json, type MediaHost, mediaHost, standardWebhook, until, wav } from '../world.ts';

// `aftercall logs` and `aftercall sources --follow` as processes, against `npm start` as a process.

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const HOOK = '/hooks/standard-webhooks';

/** `script` gives a line a terminal. */
describe.skipIf(process.platform !== 'linux')('against a running bridge', { timeout: 3 * PATIENCE_MS }, () => {
  let bridge: BridgeProcess;
  let media: MediaHost;
  let memo: string;
  const call = async (): Promise<string> => {
    const data = { id: `rec_${randomUUID()}`, recording_url: media.serve(wav(1)), chat_id: randomUUID() };
    const answer = await fetch(bridge.url + HOOK, { method: 'POST', ...standardWebhook(SECRET, data) });
    return (await json<{ memos: [string] }>(answer)).memos[0];
  };
  const environment = () => ({
    ...shellEnvironment(),
    AFTERCALL_DATA: bridge.data,
    AFTERCALL_ENV_FILE: join(bridge.folder, '.env'),
  });
  const logs = async (line = ''): Promise<string[]> =>
    (await bridge.shell(`npx aftercall logs ${line}`)).split('\n').filter(Boolean);
  beforeAll(async () => {
    media = await mediaHost();
    bridge = await startProcess({
      ...{ AFTERCALL_API_KEY: API_KEY, STANDARD_WEBHOOKS_SECRET: SECRET, AFTERCALL_TIME_SCALE: '0.05' },
      AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
    });
    memo = await call();
    await fetch(bridge.url + HOOK, { method: 'POST', body: 'nobody has signed this' });
    const isDone = async () => (await logs(`--memo ${memo}`)).some((line) => line.includes('delivered')) || undefined;
    expect(await until(isDone, PATIENCE_MS)).toBe(true);
  }, 2 * PATIENCE_MS);
  afterAll(async () => {
    await bridge?.stop();
    await media?.stop();
  });

  test('logs shows the lines of a memo, of a source, of a level and since a time', async () => {
    const ofMemo = await logs(`--memo ${memo}`);
    for (const service of ['receive', 'store', 'send']) expect(ofMemo.join('\n')).toContain(service);
    for (const line of ofMemo) expect(line).toContain(memo);
    const warned = await logs('--level warn --source standard-webhooks');
    expect(warned).toEqual([expect.stringContaining('refused')]);
    expect(warned[0]).toContain('standard-webhooks');
    expect(await logs('--since 2126-01-01')).toEqual([]);
    expect((await logs('--since 2h --limit 1000')).length).toBeGreaterThan(ofMemo.length);
  });

  test.each([
    ['logs', ['logs', '--follow']],
    ['sources', ['sources', 'standard-webhooks', '--follow']],
  ])('%s --follow prints a line that comes, and ends on Ctrl-C with 0', async (_, argv) => {
    const child = spawn(join(PROJECT, 'cli/aftercall'), argv, { cwd: bridge.folder, env: environment() });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve([code, signal])));
    try {
      expect(await until(() => said.includes(memo) || undefined, PATIENCE_MS), said).toBe(true);
      const next = await call();
      expect(await until(() => said.includes(next) || undefined, PATIENCE_MS), said).toBe(true);
      child.kill('SIGINT');
      expect([await ended, said]).toEqual([[0, null], expect.not.stringMatching(/Error|abort/i)]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('where no bridge has run, logs and sources say how to start one', async () => {
    expect(await bridge.shell('AFTERCALL_DATA=nowhere npx aftercall logs')).toContain(
      "start the bridge with 'npm start'",
    );
    expect(await bridge.shell('PORT=9 npx aftercall sources')).toMatch(/no bridge answers at .*npm start/);
  });
});
