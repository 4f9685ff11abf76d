import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bundle, writeFiles } from '../../infra/bundle.ts';
import type { FunctionName } from '../../infra/secrets.ts';
import { runningStatus, settledStatus } from '../deploy/lambda/process-status.ts';

// What a built function costs while it does nothing. A test of the sources cannot show this: a bundle's top-level code
// runs wherever the bundle is loaded.

const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AFTERCALL_STAGE: 'test',
  BUCKET: 'bucket',
  TABLE: 'table',
  PUBLIC_URL: 'https://calls.example.com',
  RECORDINGS_QUEUE_URL: 'https://sqs.example.com/1/recordings',
  RECORDINGS_DLQ_URL: 'https://sqs.example.com/1/recordings-dead',
  MEMOS_QUEUE_URL: 'https://sqs.example.com/1/memos',
  MEMOS_DLQ_URL: 'https://sqs.example.com/1/memos-dead',
  RETENTION_DAYS: '30',
  SECRETS_PREFIX: '/aftercall/test/',
};

test.each<FunctionName>(['receive', 'store', 'send', 'api', 'tend'])(
  'the asset of %s, alone in a folder and loaded, starts no thread and takes no memory while nothing is asked of it',
  { concurrent: true, timeout: 180_000 },
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), `aftercall-idle-${name}-`));
    writeFiles(bundle(name).files, folder);
    const load = `await import(${JSON.stringify(pathToFileURL(join(folder, 'index.mjs')).href)}); console.log('loaded'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', load], {
      cwd: folder,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      if (child.exitCode === null && child.kill()) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    });
    await once(child.stdout, 'data');
    const before = await settledStatus(child.pid);
    await sleep(8000);
    const after = runningStatus(child.pid);

    expect(after.threads).toBe(before.threads);
    expect(after.residentMegabytes).toBeLessThan(before.residentMegabytes + 20);
  },
);
