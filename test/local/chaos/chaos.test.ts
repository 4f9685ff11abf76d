import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'aftercall-chaos-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `npm run chaos -- …`, with its temporary data in this test's folder. */
const chaos = (...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const options = { timeout: 400_000, env: { ...process.env, TMPDIR: folder } };
    execFile(process.execPath, ['local/chaos.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
const left = () => readdirSync(folder).filter((name) => name.startsWith('aftercall-chaos-'));

// A storm that keeps every promise takes minutes: `.ci/run` plays it, with the same command.
test('a Linq that delivers twice is found: it ends with 1, names the memos, and keeps the data', async () => {
  const { code, stdout } = await chaos('--calls', '4', '--no-matrix', '--sabotage', '--scale', '0.02');
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ doubled: 2 messages.* {2}m_[a-z2-7]{26} {2}seed 1\n.*received/);
  expect(left()).toHaveLength(1);
}, 420_000);

test('what cannot be tried ends with 2 and says why', async () => {
  const [option, source] = await Promise.all([chaos('--calls', 'many'), chaos('--source', 'nobody')]);
  expect([option.code, option.stderr]).toEqual([2, '--calls must be a whole number, 0 for no storm\n']);
  expect([source.code, source.stderr]).toEqual([2, expect.stringContaining('bridge.config.ts has no source nobody')]);
});
