import { describe, expect, test } from 'vitest';
import { type MemoState, partId } from '../../../functions/core/model/memo.ts';
import { applyReceipt } from '../../../functions/core/send/apply-receipt.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { type EventOutcome, modelLinq } from '../../fakes/linq.model.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { DONE, ID, sendStep } from '../../fakes/send-step.ts';

// An earlier attempt ended unknown: Linq may list its message, or name it in a receipt, at any later time.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const reason = 'as Linq says';
const UNKNOWN = { kind: 'unknown', reason } as const;
const REFUSED = { kind: 'refused', to: 'failed', reason } as const;
const QUIET = { chat: CHAT, quietHours: { from: '22:00', until: '08:00', timeZone: 'UTC' } };
/** Linq takes the memo, gives no answer, and lists it only after the last question. */
const LATE: EventOutcome = { taken: true, heard: UNKNOWN, listedAfterMs: 11 * MINUTE };
const TAKEN: EventOutcome = { taken: true, heard: { kind: 'done' }, listedAfterMs: 0 };

const lateAt = async (time: string, outcomes: readonly EventOutcome[], target = QUIET) => {
  const clock = manualClock(time);
  const linq = modelLinq({ clock, outcomes });
  const step = await sendStep({ clock, linq, target });
  const receipt = (chat = CHAT) =>
    applyReceipt(step)({ messageId: linq.chats[0]?.id ?? '', memo: step.id, chat, delivered: clock.iso() });
  return { ...step, linq, receipt };
};

/** Delivers the memo until it waits for the end of the quiet hours. */
const untilQuiet = async ({ deliver, clock }: Awaited<ReturnType<typeof lateAt>>) => {
  for (let receives = 1; receives < 50; receives += 1) {
    const verdict = await deliver({ receives });
    if (verdict.kind === 'done') throw new Error('it is done before the night');
    if (verdict.reason.startsWith('quiet')) return verdict.delayMs;
    clock.advance(verdict.delayMs);
  }
  throw new Error('the night never comes');
};

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

describe('a receipt settles what was posted, in whatever state its row is by then', () => {
  const at = async (state: MemoState, id = ID) => {
    const step = await sendStep();
    const { ledger } = step;
    await ledger.move(id, { from: 'stored', to: 'sending', set: { attempts: 1, chat: CHAT, token: 't' } });
    if (state === 'unrouted') {
      await ledger.move(id, { from: 'sending', to: 'stored' });
      await ledger.move(id, { from: 'stored', to: 'unrouted' });
    } else if (state !== 'sending') await ledger.move(id, { from: 'sending', to: state });
    return step;
  };

  test.each<MemoState>(['stored', 'sending', 'unknown', 'parked', 'failed', 'skipped', 'unrouted'])(
    '%s',
    async (state) => {
      const step = await at(state);
      await applyReceipt(step)({ messageId: 'm1', memo: ID, chat: CHAT, read: step.clock.iso() });
      const row = await step.memo();
      expect(row).toMatchObject({ state: 'read', linq: { messageId: 'm1' } });
      for (const gone of ['token', 'dueAt', 'unknownSince', 'ownFaultSince']) expect(row).not.toHaveProperty(gone);
      expect(await step.deliver()).toMatchObject({ kind: 'done' });
      expect(step.messenger.posts).toEqual([]);
    },
  );

  test.each<MemoState>(['stored', 'sending', 'unknown', 'parked', 'failed', 'skipped'])(
    'but not from another chat: %s',
    async (state) => {
      const step = await at(state);
      const before = await step.memo();
      await applyReceipt(step)({ messageId: 'm1', memo: ID, chat: OTHER_CHAT, sent: step.clock.iso() });
      expect(await step.memo()).toEqual(before);
    },
  );

  test('also where the row moves at that very moment', async () => {
    const step = await at('sending');
    let moved = false;
    const racing: typeof step.ledger = {
      ...step.ledger,
      async get(id) {
        const row = await step.ledger.get(id);
        if (!moved) await step.ledger.move(id, { from: 'sending', to: 'unknown' });
        moved = true;
        return row;
      },
    };
    await applyReceipt({ ...step, ledger: racing })({
      messageId: 'm1',
      memo: ID,
      chat: CHAT,
      delivered: step.clock.iso(),
    });
    expect(await step.memo()).toMatchObject({ state: 'delivered' });
  });

  test('by the name of its file, as Linq has changed it', async () => {
    const step = await at('unknown');
    expect(await applyReceipt(step)({ messageId: 'm1', file: `${ID}-1a2b.m4a`, chat: CHAT, sent: '' })).toEqual({
      memo: ID,
    });
    expect(await step.memo()).toMatchObject({ state: 'sent' });
  });

  /** The first of two parts, in state unknown, and the second part. */
  const parts = async (second: MemoState) => {
    const step = await at('unknown');
    const { ledger } = step;
    await ledger.move(ID, { from: 'unknown', to: 'unknown', set: { part: { number: 1, of: 2 } } });
    const { recording, target } = await step.memo();
    if (!target) throw new Error('it has a target');
    const part = { number: 2, of: 2 };
    await ledger.open({ id: partId(ID, 2), state: second, recording, target, part });
    return step;
  };
  const renamed = { file: `${ID}-1a2b.mp3`, chat: CHAT, sent: '' };

  test('by a changed name, where no other part of the call can be meant', async () => {
    const step = await parts('stored');
    expect(await applyReceipt(step)({ messageId: 'm1', ...renamed })).toEqual({ memo: ID });
    expect(await step.memo()).toMatchObject({ state: 'sent' });
    // From then on the message's memo is known, also when another part becomes unknown.
    expect(await applyReceipt(step)({ messageId: 'm1', ...renamed })).toEqual({ memo: ID });
  });

  test('but not by a changed name that may be another part’s', async () => {
    const step = await parts('unknown');
    expect(await applyReceipt(step)({ messageId: 'm1', ...renamed })).toEqual({});
    expect(await step.memo()).toMatchObject({ state: 'unknown' });
  });

  test('and each part by its own', async () => {
    const step = await parts('unknown');
    const second = { messageId: 'm2', file: `${ID}-2.mp3`, chat: CHAT, sent: '' };
    expect(await applyReceipt(step)(second)).toEqual({ memo: partId(ID, 2) });
    expect(await step.memo()).toMatchObject({ state: 'unknown' });
  });
});

test('an answer that comes after the receipt leaves Linq’s copy known, for its erasure', async () => {
  const step = await sendStep({ answers: [DONE] });
  const { messenger, ledger, clock, log } = step;
  const { sendVoiceMemo } = messenger;
  messenger.sendVoiceMemo = async (...given) => {
    await applyReceipt({ ledger, log })({ messageId: 'linq-message', memo: ID, chat: CHAT, delivered: clock.iso() });
    return sendVoiceMemo(...given);
  };
  expect(await step.deliver()).toEqual({ kind: 'done', outcome: 'sent' });
  expect(await step.memo()).toMatchObject({
    state: 'delivered',
    linq: { messageId: 'linq-message', attachmentId: 'linq-attachment' },
  });
  expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
});

test('the message of an earlier send stays known, however often it is sent by force: no receipt of it is about a later one', async () => {
  const sent = (n: number) => ({ kind: 'done', messageId: `message-${n}` }) as const;
  const step = await sendStep({ answers: [sent(1), sent(2), sent(3), UNKNOWN] });
  for (const generation of [0, 2, 4, 6]) await step.deliver({ generation, force: generation > 0 });
  expect(await step.memo()).toMatchObject({ state: 'unknown', earlierMessages: ['message-1', 'message-2'] });
  for (const n of [1, 2, 3])
    await applyReceipt(step)({ messageId: `message-${n}`, memo: ID, chat: CHAT, read: step.clock.iso() });
  expect(await step.memo()).toMatchObject({ state: 'unknown' });
});
