import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { json, startWorld, until, type World } from '../world.ts';
import { recordOutput } from './record-output.ts';

// The same checks on a laptop, where the test can take each part away.

let world: World;
beforeAll(async () => {
  recordOutput();
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  vi.restoreAllMocks();
});

const health = async () => {
  const answer = await fetch(`${world.url}/health`);
  return { status: answer.status, body: await json(answer) };
};
const becomes = (status: number) => until(async () => ((await health()).status === status ? true : undefined), 20_000);

test('/health says that all parts are up', async () => {
  expect(await health()).toEqual({
    status: 200,
    body: {
      ok: true,
      up: { ledger: true, bucket: true, queues: true },
      queues: { recordings: 0, memos: 0, dead_letters: 0 },
    },
  });
});

test('without its parts it says which are down, and when they are back that all is up', async () => {
  const parts = ['dynamodb', 's3', 'sqs'] as const;
  for (const part of parts) await world.cloud.stop(part);
  expect(await becomes(503)).toBe(true);
  expect((await health()).body).toEqual({ ok: false, up: { ledger: false, bucket: false, queues: false } });
  for (const part of parts) await world.cloud.start(part);
  expect(await becomes(200)).toBe(true);
});
