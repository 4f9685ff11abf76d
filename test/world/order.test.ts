import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { standardWebhook, startWorld, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

/**
 * `ORDER_CALLS=1000 ORDER_CHATS=100 ORDER_TIME_SCALE=1 npx vitest run test/world/order.test.ts` is the storm that once
 * arrived out of order. That scale keeps a busy machine from running into time-outs.
 */
const CALLS = Number(process.env.ORDER_CALLS ?? 100);
const CHATS = Number(process.env.ORDER_CHATS ?? 10);
const CONCURRENCY = 5;

let world: World;
beforeAll(async () => {
  recordOutput();
  world = await startWorld({ AFTERCALL_TIME_SCALE: process.env.ORDER_TIME_SCALE ?? '0.05' }, CONCURRENCY);
});
afterAll(async () => {
  await world.stop();
  vi.restoreAllMocks();
});

/** A recording that its host serves after a random time; one in eight is only served at the second request. */
const slowRecording = (): string => {
  const audio = wav(1);
  let isReady = Math.random() > 1 / 8;
  return world.media.serve(async (_request, response) => {
    await setTimeout(Math.random() * 60);
    if (isReady) response.writeHead(200, { 'content-type': 'audio/wav' }).end(audio);
    else response.writeHead(404).end();
    isReady = true;
  });
};

/** On a busy machine a scaled wait may end early: then the row says that the chat no longer waits for this memo. */
const isLetGo = async (id: string): Promise<boolean> =>
  (await world.memo(id)).history.some(({ reason }) =>
    reason?.includes('the later memos of its chat no longer wait for it'),
  );

test(`of ${CALLS} webhooks at once for ${CHATS} chats every chat has its memos in the order of their acknowledgement`, {
  timeout: CALLS * 2000 + 60_000,
}, async () => {
  const acknowledged = new Map<string, string[]>();
  const call = async (chat: string, memos: string[]) => {
    const data = { id: `rec_${randomUUID()}`, recording_url: slowRecording() };
    const signed = standardWebhook(world.secrets.standardWebhooks, data);
    // A busy machine may answer 503; then a sender sends the same webhook again.
    for (let status = 503; status === 503; ) {
      const answer = await world.post(`/hooks/standard-webhooks?chat=${chat}`, signed);
      status = answer.status;
      if (status === 200)
        memos.push(...(answer.body.memos as string[])); // a cast: the answer to an accepted event
      else expect(status).toBe(503);
    }
  };
  const begunMs = Date.now();
  const calling = Array.from({ length: CHATS }, async () => {
    const chat = randomUUID();
    const memos: string[] = [];
    acknowledged.set(chat, memos);
    // One after another, so that each webhook is acknowledged before the next is sent.
    for (let n = 0; n < CALLS / CHATS; n += 1) await call(chat, memos);
  });
  await Promise.all(calling);
  const acknowledgedMs = Date.now() - begunMs;

  const all = await until(() => (world.linq.sent.length >= CALLS ? true : undefined), CALLS * 2000);
  const outOfOrder: string[] = [];
  for (const [chat, memos] of acknowledged) {
    const sent = world.linq.sent.filter((one) => one.chat === chat).map(({ filename }) => filename.replace('.wav', ''));
    for (const [at, id] of sent.entries()) {
      const before = sent[at - 1];
      if (before === undefined || memos.indexOf(before) < memos.indexOf(id)) continue;
      if (!(await isLetGo(id))) outOfOrder.push(`${id} after ${before}`);
    }
    expect(new Set(sent)).toEqual(new Set(memos));
    expect(sent).toHaveLength(memos.length);
  }
  expect(all).toBe(true);
  expect(outOfOrder).toEqual([]);
  if (process.env.ORDER_CALLS) {
    vi.restoreAllMocks();
    console.log({ CALLS, CHATS, acknowledgedMs, allSentMs: Date.now() - begunMs, outOfOrder: outOfOrder.length });
  }
});
