import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3AudioStore } from '../../../../functions/adapters/audio-store.s3.ts';
import { startS3 } from '../../../../local/cloud/emulators/s3.ts';
import { expireObjects } from '../../../../local/cloud/emulators/s3-lifecycle.ts';
import { s3ClientTo } from '../../../servers/s3.ts';
import { until } from '../../../world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const BUCKET = 'bucket';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aftercall-lifecycle-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const start = async (retentionDays: number) => {
  const s3 = await startS3({ port: 0, directory, bucket: BUCKET, retentionDays });
  const client = s3ClientTo(s3.url);
  const store = s3AudioStore(client, { bucket: BUCKET });
  const stop = async () => {
    client.destroy();
    await s3.stop();
  };
  return { store, client, stop };
};
/** Changes an object's time as if it had been put this many days ago. */
const age = (key: string, days: number) => {
  const folder = join(directory, BUCKET, key, '..');
  const then = new Date(Date.now() - days * DAY_MS);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), then, then);
};

test('audio older than its retention is deleted, what is younger stays, and so does what is under another prefix', async () => {
  const { store, stop } = await start(365);
  const keys = ['inbox/m_a/run/as-it-came', 'audio/m_a/run/m_a.mp3', 'audio/m_b/run/m_b.mp3', 'other/m_a/x'];
  for (const key of keys) await store.put(key, Buffer.from('sound'), 5);
  for (const key of keys) age(key, key.includes('m_b') ? 39.9 : 40.1);

  expect(await expireObjects(join(directory, BUCKET), 40, Date.now())).toBeGreaterThan(0);

  const left = await Promise.all(keys.map(async (key) => [key, (await store.head(key)) !== undefined]));
  expect(left.filter(([, there]) => there).map(([key]) => key)).toEqual(['audio/m_b/run/m_b.mp3', 'other/m_a/x']);
  await stop();
});

test('a bucket that is started looks for what has expired while it was away', async () => {
  const before = await start(30);
  await before.store.put('audio/m_a/run/m_a.mp3', Buffer.from('sound'), 5);
  age('audio/m_a/run/m_a.mp3', 31);
  await before.stop();
  const after = await start(30);
  const gone = await until(async () => (await after.store.head('audio/m_a/run/m_a.mp3')) === undefined || undefined);
  expect(gone).toBe(true);
  await after.stop();
});

test('a bucket without anything in it has nothing to expire', async () => {
  expect(await expireObjects(join(directory, 'none'), 30, Date.now())).toBe(0);
});

test('parts of an upload that was never completed are gone after a day, and those of one under way stay', async () => {
  const { client, stop } = await start(365);
  const begin = async (Key: string) => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    await client.send(
      new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 1, Body: Buffer.alloc(1000) }),
    );
  };
  await begin('inbox/m_a/run/as-it-came');
  const parts = () =>
    readdirSync(join(directory, BUCKET), { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.includes('uploads') && statSync(join(directory, BUCKET, path)).isFile(),
    );
  const old = parts();
  expect(old.length).toBeGreaterThan(0);
  const then = new Date(Date.now() - 1.1 * DAY_MS);
  for (const path of old) utimesSync(join(directory, BUCKET, path), then, then);
  await begin('inbox/m_b/run/as-it-came');
  await expireObjects(join(directory, BUCKET), 365, Date.now());
  expect(old.filter((path) => parts().includes(path))).toEqual([]);
  expect(parts().length).toBeGreaterThan(0);
  await stop();
});
