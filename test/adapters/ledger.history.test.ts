import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HISTORY } from '../../functions/core/model/history.ts';
import { handleDeadLetter } from '../../functions/core/tend/handle-dead-letter.ts';
import { TABLE } from '../../local/cloud/resources.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { type DynamodbHome, dynamodbHome } from '../fakes/dynamodb.ts';
import { aRecording } from '../fakes/examples.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../fakes/queues.memory.ts';
import { DONE, sendStep } from '../fakes/send-step.ts';

// A row of DynamoDB may have 400 KB. The adapter bounds the history in the same write that adds to it.

const MOST_BYTES = 400_000;
const OURS = {
  kind: 'our-fault',
  reason: 'Linq refuses our key',
  code: '401/2004',
  traceId: '0123456789abcdef0123456789abcdef',
} as const;

let home: DynamodbHome;
beforeAll(async () => {
  home = await dynamodbHome();
});
afterAll(() => home.stop());

test('a key that is wrong for hours fills no row: it stays small, and is sent once the key is right', async () => {
  const clock = manualClock();
  const ledger = home.ledger(clock);
  const recording = aRecording({ id: 'RE-year' });
  const step = await sendStep({
    clock,
    ledger,
    recording,
    answers: [...Array.from({ length: 150 }, () => OURS), DONE],
  });
  for (let n = 0; n < 150; n += 1) {
    const verdict = await step.deliver({ receives: n });
    clock.advance(verdict.kind === 'later' ? verdict.delayMs : 0);
  }
  const row = await step.memo();
  expect(row.history.length).toBeLessThanOrEqual(HISTORY.most);
  expect(row.history.length + (row.historyOmitted ?? 0)).toBe(302);
  expect(JSON.stringify(await home.item(step.id)).length).toBeLessThan(12_000);
  expect(await step.deliver()).toEqual({ kind: 'done', outcome: 'sent' });
  expect((await step.memo()).history.at(-1)).toMatchObject({ state: 'sent', messageId: 'linq-message' });
});

describe('a row of the first release, whose history has grown near the limit', () => {
  const stuck = async (id: string, state: 'stored' | 'sending') => {
    const clock = manualClock();
    const step = await sendStep({ clock, ledger: home.ledger(clock), recording: aRecording({ id }), answers: [DONE] });
    const line = {
      at: clock.iso(),
      state,
      attempt: 1,
      reason: 'Linq refuses our key',
      code: OURS.code,
      traceId: OURS.traceId,
    };
    const item = await home.item(step.id);
    const history = Array.from({ length: 2100 }, () => line);
    const Item = { ...item, state, attempts: 2000, history, ...(state === 'sending' && { attemptedAt: clock.iso() }) };
    expect(JSON.stringify(Item).length).toBeGreaterThan(0.8 * MOST_BYTES);
    await home.documents.send(new PutCommand({ TableName: TABLE, Item }));
    return { ...step, clock };
  };

  test('moves again, and gets smaller with each move', async () => {
    const { deliver, memo } = await stuck('RE-stuck-1', 'stored');
    expect(await deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    const row = await memo();
    expect(row.history).toHaveLength(2100 - 2 * (HISTORY.leftOut - 1));
    expect(row.historyOmitted).toBe(2 * HISTORY.leftOut);
    expect(row.history.at(-1)).toMatchObject({ state: 'sent' });
  });

  test('can be given up too', async () => {
    const { id, ledger, keyValues, log, memo, clock } = await stuck('RE-stuck-2', 'sending');
    const memos = memoryMemosQueue({ clock });
    await handleDeadLetter({ ledger, keyValues, recordings: memoryRecordingsQueue(), memos, log })({
      v: 1,
      memo: id,
      generation: 0,
    });
    expect(await memo()).toMatchObject({ state: 'parked' });
  });
});

test('of many moves of a full row at once exactly one happens, and one line is added', async () => {
  const clock = manualClock();
  const ledger = home.ledger(clock);
  const { id } = await sendStep({ clock, ledger, recording: aRecording({ id: 'RE-race' }) });
  for (let n = 0; n < HISTORY.most; n += 1)
    await ledger.move(id, { from: 'stored', to: 'stored', note: { reason: `line ${n}` } });
  const before = await ledger.get(id);
  const moves = await Promise.all(
    Array.from({ length: 10 }, (_, n) => ledger.move(id, { from: 'stored', to: 'sending', set: { token: `t${n}` } })),
  );
  expect(moves.filter(Boolean)).toHaveLength(1);
  const after = await ledger.get(id);
  const linesOf = (row: typeof after) => (row?.history.length ?? 0) + (row?.historyOmitted ?? 0);
  expect(linesOf(after)).toBe(linesOf(before) + 1);
});
