import { describe, expect, test } from 'vitest';
import { applyReceipt } from '../../../functions/core/send/apply-receipt.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';
import { HOUR, LATE, lateAt, REFUSED, TAKEN, UNKNOWN, untilQuiet } from './past.ts';

describe('a memo that waits for the morning to be sent again', () => {
  test('is delivered by a receipt that comes at night, and is not posted', async () => {
    const step = await lateAt('2026-03-04T21:50:30.000Z', [LATE, TAKEN]);
    const nightMs = await untilQuiet(step);
    expect(await step.memo()).toMatchObject({ state: 'stored' });
    await step.receipt();
    expect(await step.memo()).toMatchObject({ state: 'delivered', attempts: 1 });
    step.clock.advance(nightMs);
    expect(await step.deliver()).toMatchObject({ kind: 'done' });
    expect(step.linq.posts).toBe(1);
  });

  test('is found in the chat before it is posted, where no receipt has come', async () => {
    const step = await lateAt('2026-03-04T21:50:30.000Z', [LATE, TAKEN]);
    step.clock.advance(await untilQuiet(step));
    expect(await step.deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    expect(await step.memo()).toMatchObject({ state: 'sent', attempts: 1, reason: 'found in the chat' });
    expect(step.linq.chats).toHaveLength(1);
  });

  test('is posted where the receipt is of another chat, and the chat does not show it', async () => {
    const step = await lateAt('2026-03-04T21:50:30.000Z', [{ ...LATE, taken: false }, TAKEN]);
    const nightMs = await untilQuiet(step);
    await applyReceipt(step)({ messageId: 'forwarded', memo: step.id, chat: OTHER_CHAT, sent: step.clock.iso() });
    step.clock.advance(nightMs);
    await step.keepDelivering();
    expect(await step.memo()).toMatchObject({ state: 'sent', attempts: 2 });
  });
});

describe('a memo whose second attempt was refused', () => {
  const failed = async () => {
    const step = await lateAt('2026-03-04T12:00:00.000Z', [LATE, { ...TAKEN, taken: false, heard: REFUSED }, TAKEN]);
    await step.keepDelivering();
    expect(await step.memo()).toMatchObject({ state: 'failed', attempts: 2 });
    return step;
  };

  test('is delivered all the same once a receipt says so, and a replay sends nothing', async () => {
    const step = await failed();
    await step.receipt();
    expect(await step.memo()).toMatchObject({ state: 'delivered' });
    await step.keepDelivering({ generation: 1 });
    expect(step.linq.chats).toHaveLength(1);
  });

  test('is found in the chat by a replay, an hour later', async () => {
    const step = await failed();
    step.clock.advance(HOUR);
    await step.keepDelivering({ generation: 1 });
    expect(await step.memo()).toMatchObject({ state: 'sent', generation: 1 });
    expect(step.linq.chats).toHaveLength(1);
  });

  test('is parked by a replay after days, for Linq may have forgotten; a replay by force sends it', async () => {
    const step = await sendStep({ answers: [UNKNOWN, REFUSED, DONE] });
    await step.keepDelivering();
    step.clock.advance(72 * HOUR);
    await step.keepDelivering({ generation: 1 });
    expect(await step.memo()).toMatchObject({
      state: 'parked',
      reason: expect.stringContaining('the attempt is too old'),
    });
    expect(step.messenger.posts).toHaveLength(2);
    const asked = step.messenger.asked.length;
    await step.deliver({ generation: 2, force: true });
    expect(await step.memo()).toMatchObject({ state: 'sent', generation: 2 });
    expect(step.messenger.asked).toHaveLength(asked);
  });
});

describe('a list that Linq does not give before the POST', () => {
  test('is asked for again, and nothing is posted meanwhile', async () => {
    const none = { kind: 'no-list', reason: 'the chat cannot be listed', ours: false } as const;
    const empty = { kind: 'listed', messages: [] } as const;
    const lists = [empty, empty, empty, none, none, empty];
    const { keepDelivering, memo, messenger } = await sendStep({ answers: [UNKNOWN, DONE], lists });
    await keepDelivering();
    expect(messenger.asked).toHaveLength(6);
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('because of our own fault: the row says so, so that its dead letter ends nothing', async () => {
    const refused = { kind: 'no-list', reason: 'Linq refuses our key', ours: true } as const;
    const empty = { kind: 'listed', messages: [] } as const;
    const step = await sendStep({ answers: [UNKNOWN, DONE], lists: [empty, empty, empty, refused, refused, empty] });
    let sinceMs = 0;
    for (let receives = 1; (await step.memo()).waitingFor !== 'us'; receives += 1) {
      const verdict = await step.deliver({ receives });
      sinceMs = step.clock.nowMs();
      step.clock.advance(verdict.kind === 'later' ? verdict.delayMs : 0);
    }
    await step.deliver();
    const ownFaultSince = new Date(sinceMs).toISOString();
    expect(await step.memo()).toMatchObject({ state: 'stored', waitingFor: 'us', ownFaultSince });
    const { ledger, keyValues, clock, log } = step;
    const memos = memoryMemosQueue({ clock });
    const bury = handleDeadLetter({ ledger, keyValues, recordings: memoryRecordingsQueue(), memos, log });
    await bury({ v: 1, memo: step.id, generation: 0 });
    expect(memos.messages).toHaveLength(1);
    await step.keepDelivering();
    expect(await step.memo()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('for twenty hours: the memo is parked', async () => {
    const none = { kind: 'no-list', reason: 'the chat cannot be listed', ours: false } as const;
    const empty = { kind: 'listed', messages: [] } as const;
    const lists = [empty, empty, empty, ...Array.from({ length: 300 }, () => none)];
    const { keepDelivering, memo, messenger } = await sendStep({ answers: [UNKNOWN, DONE], lists });
    expect(await keepDelivering()).toBeGreaterThan(20 * HOUR);
    expect(await memo()).toMatchObject({ state: 'parked' });
    expect(messenger.posts).toHaveLength(1);
  });
});

test('a chat that is gone is not looked up anew where the memo may lie in the old one', async () => {
  const target = { line: '+12025550100', handle: '+12025550101' };
  const gone = { ...REFUSED, code: '404/2001' };
  const { keepDelivering, memo, messenger } = await sendStep({
    target,
    answers: [UNKNOWN, gone, DONE],
    chats: [
      { kind: 'chats', chats: [CHAT] },
      { kind: 'chats', chats: [OTHER_CHAT] },
    ],
  });
  await keepDelivering();
  expect(await memo()).toMatchObject({ state: 'failed', chat: CHAT });
  expect(messenger.posts.map(({ chat }) => chat)).toEqual([CHAT, CHAT]);
});

test('what has no such past costs no question, and no look at receipts', async () => {
  const { deliver, messenger } = await sendStep({ answers: [DONE] });
  const looks: string[] = [];
  await deliver({
    through: (ledger) => ({
      ...ledger,
      messageIdsFromReceipts: async (memo) => {
        looks.push(memo);
        return [];
      },
    }),
  });
  expect([looks, messenger.asked]).toEqual([[], []]);
});
