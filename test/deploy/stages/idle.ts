import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { newChecks } from '../checks.ts';
import { runningStatus, settledStatus } from '../lambda/process-status.ts';
import type { Stage } from '../stage.ts';
import type { FunctionInTemplate, Template } from '../template.ts';

const IDLE_MS = 8000;
/** A garbage collection, and the loading of a little code, may change the memory by this much. */
const STEADY_MEGABYTES = 20;

/** Loads each asset alone in an empty folder and gives it no event. Its threads and its memory must stay the same. */
export const idle = ({ template }: { template: Template }): Stage => ({
  name: 'idle assets',
  async run() {
    const { check, result } = newChecks();
    const lines = await Promise.all(
      template.functions.map(async (of) => {
        let line = '';
        await check(`${of.name} stands still for ${IDLE_MS / 1000} s after it was loaded`, async () => {
          const { before, after } = await watch(of);
          line = `${of.name}: ${after.threads} threads, ${Math.round(after.residentMegabytes)} MB`;
          assert.equal(after.threads, before.threads, `${before.threads} threads became ${after.threads}`);
          const grown = Math.round(after.residentMegabytes - before.residentMegabytes);
          assert.ok(grown < STEADY_MEGABYTES, `${Math.round(before.residentMegabytes)} MB grew by ${grown}`);
        });
        return line;
      }),
    );
    return result([lines.filter(Boolean).join(' · ')]);
  },
});

const watch = async ({ name, asset, environment }: FunctionInTemplate) => {
  const folder = await mkdtemp(join(tmpdir(), `aftercall-idle-${name}-`));
  await cp(asset, folder, { recursive: true });
  const url = JSON.stringify(pathToFileURL(join(folder, 'index.mjs')).href);
  const load = `await import(${url}); console.log('loaded'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', load], {
    cwd: folder,
    // Most references in the template stand for a queue's URL, and a URL also works for any other text.
    env: Object.fromEntries(
      Object.entries({ AWS_REGION: 'us-east-1', ...environment }).map(([variable, value]) => [
        variable,
        typeof value === 'string' ? value : 'https://sqs.example.com/000000000000/queue',
      ]),
    ),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code} when it was loaded`))),
    ]);
    const before = await settledStatus(child.pid);
    await setTimeout(IDLE_MS);
    return { before, after: runningStatus(child.pid) };
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
};
