import { describe, expect, test } from 'vitest';
import { isFinal, type MemoState, STATES } from '../../../functions/core/model/memo.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const world = () => {
  const clock = manualClock();
  const ledger = memoryLedger({ clock });
  const recordings = memoryRecordingsQueue();
  const memos = memoryMemosQueue({ clock });
  const log = memoryLog();
  const keyValues = memoryKeyValueStore({ clock });
  const sweep = sweepOverdue({
    ledger,
    recordings,
    memos,
    keyValues,
    clock,
    timing: timing(),
    untilListed: async () => {},
    detailsMs: 30 * DAY,
    log,
  });
  const open = (id: string, state: MemoState, target = true) =>
    ledger.open({ id, state, recording: aRecording({ id }), ...(target && { target: { chat: CHAT } }) });
  return { clock, ledger, recordings, memos, keyValues, log, sweep, open };
};

describe('a memo whose message should have been back a quarter of an hour ago', () => {
  test.each(STATES)('gets another where something is left to do, and none where not: %s', async (state) => {
    const { clock, sweep, open, recordings, memos, ledger } = world();
    await open('m', state);
    clock.advance(15 * MINUTE + 1);
    expect(await sweep()).toMatchObject({ queuedAgain: isFinal(state) ? 0 : 1 });
    const queued = [...recordings.messages, ...memos.messages.map(({ message }) => message)];
    if (isFinal(state)) expect(queued).toEqual([]);
    else if (state === 'received') expect(queued).toMatchObject([{ recording: { id: 'm' }, target: { chat: CHAT } }]);
    else expect(queued).toEqual([{ v: 1, memo: 'm', generation: 0 }]);
    expect((await ledger.get('m'))?.history).toHaveLength(1);
  });

  test.each(STATES.filter((state) => !isFinal(state)))(
    'and which was erased goes to `store`; only one in `sending` goes to `send` first: %s',
    async (state) => {
      const { clock, sweep, recordings, memos, keyValues, ledger } = world();
      const recording = aRecording({ callId: 'CA1' });
      await ledger.open({ id: 'm', state, recording, target: { chat: CHAT }, receivedAt: clock.iso() });
      await rememberErasure({ keyValues, clock }, { call: 'CA1' });
      clock.advance(15 * MINUTE + 1);
      await sweep();
      expect([recordings.messages.length, memos.messages.length]).toEqual(state === 'sending' ? [0, 1] : [1, 0]);
    },
  );

  test('is left alone until then', async () => {
    const { clock, sweep, open } = world();
    await open('m', 'stored');
    clock.advance(15 * MINUTE);
    expect(await sweep()).toEqual({ queuedAgain: 0, expired: 0, goesOn: false });
  });

  test('is left alone while it waits on purpose', async () => {
    const { clock, sweep, open, ledger } = world();
    await open('m', 'stored');
    const dueAt = new Date(clock.nowMs() + 11 * 60 * MINUTE).toISOString();
    await ledger.move('m', { from: 'stored', to: 'stored', set: { dueAt } });
    clock.advance(11 * 60 * MINUTE);
    expect(await sweep()).toMatchObject({ queuedAgain: 0 });
    clock.advance(16 * MINUTE);
    expect(await sweep()).toMatchObject({ queuedAgain: 1 });
  });

  test('gets one message in six hours, not one at each sweep: the queue may only be slow', async () => {
    const { clock, sweep, open, memos } = world();
    await open('m', 'stored');
    for (let minutes = 0; minutes < 12 * 60; minutes += 5) {
      clock.advance(5 * MINUTE);
      await sweep();
    }
    expect(memos.messages.length).toBeLessThanOrEqual(2);
  });

  test('that has no target gets it without one, and a replayed one with its generation', async () => {
    const { clock, sweep, open, recordings, ledger } = world();
    await open('unrouted', 'received', false);
    await open('again', 'rejected');
    await ledger.move('again', { from: 'rejected', to: 'received', generation: 2 });
    clock.advance(16 * MINUTE);
    await sweep();
    const found = Object.fromEntries(recordings.messages.map((message) => [message.recording.id, message]));
    expect(found.unrouted).not.toHaveProperty('target');
    expect(found.again).toMatchObject({ replay: { memo: 'again', generation: 2 } });
  });

  test('is found among hundreds', async () => {
    const { clock, sweep, open, memos } = world();
    for (let n = 0; n < 250; n += 1) await open(`m${n}`, 'stored');
    clock.advance(16 * MINUTE);
    expect(await sweep()).toMatchObject({ queuedAgain: 250 });
    expect(new Set(memos.messages.map(({ message }) => message.memo)).size).toBe(250);
  });
});

describe('after its time', () => {
  test('a memo in a final state is a tombstone: its details are gone, and a late retry finds it dead', async () => {
    const { clock, sweep, open, ledger } = world();
    await open('m', 'sent');
    await ledger.claim('once', 'm');
    clock.advance(30 * DAY + 1);
    expect(await sweep()).toMatchObject({ expired: 1 });
    expect(await ledger.get('m')).toBeUndefined();
    expect(await open('m', 'received')).toBeUndefined();
    expect((await ledger.list({}, 10)).memos).toEqual([]);
    expect(await ledger.claim('once', 'another')).toBe(false);
  });

  test("a sent memo's copies at Linq are deleted with its details", async () => {
    const { clock, sweep, open, ledger, memos } = world();
    await open('m', 'sending');
    await ledger.move('m', { from: 'sending', to: 'sent', set: { linq: { messageId: 'x', attachmentId: 'a' } } });
    clock.advance(30 * DAY + 1);
    await sweep();
    expect(memos.erasures).toEqual([{ v: 1, erase: { memo: 'm', attachments: ['a'] } }]);
  });

  test('a sent memo whose copy Linq never named has it deleted by its message', async () => {
    const { clock, sweep, open, ledger, memos } = world();
    await open('m', 'sending');
    await ledger.move('m', {
      from: 'sending',
      to: 'sent',
      set: { linq: { messageId: 'x' } },
      note: { messageId: 'x' },
    });
    clock.advance(30 * DAY + 1);
    await sweep();
    expect(memos.erasures).toEqual([{ v: 1, erase: { memo: 'm', attachments: [], messages: ['x'] } }]);
  });

  test('what receipts said of a memo is forgotten with it', async () => {
    const { clock, sweep, open, ledger } = world();
    await open('m', 'sent');
    await ledger.addReceipt({ messageId: 'x', memo: 'm', read: clock.iso() });
    clock.advance(30 * DAY + 1);
    await sweep();
    expect([await ledger.receipt('x'), await ledger.messageIdsFromReceipts('m')]).toEqual([undefined, []]);
  });

  test('one that cannot be swept keeps no other from its turn, and comes again with the next sweep', async () => {
    const { clock, sweep, open, ledger, memos, log } = world();
    for (const id of ['a', 'b', 'c']) {
      await open(id, 'sending');
      await ledger.move(id, { from: 'sending', to: 'sent', set: { linq: { messageId: id, attachmentId: id } } });
    }
    clock.advance(30 * DAY + 1);
    const { sendErasure } = memos;
    memos.sendErasure = async (erasure) =>
      erasure.erase.memo === 'b' ? Promise.reject(new Error('SQS is away')) : sendErasure(erasure);
    await expect(sweep()).rejects.toThrow('SQS is away');
    expect((await ledger.list({}, 10)).memos.map(({ id }) => id)).toEqual(['b']);
    expect(log.entries).toContainEqual(expect.objectContaining({ level: 'error', message: 'not swept' }));
    memos.sendErasure = sendErasure;
    expect(await sweep()).toEqual({ queuedAgain: 0, expired: 1, goesOn: false });
    expect((await ledger.list({}, 10)).memos).toEqual([]);
  });

  test('a memo in hand stays', async () => {
    const { clock, sweep, open, ledger } = world();
    await open('m', 'stored');
    clock.advance(31 * DAY);
    expect(await sweep()).toMatchObject({ expired: 0 });
    expect(await ledger.get('m')).toBeDefined();
  });
});

test('a queue that is away ends the sweep with its error, and the next one goes on', async () => {
  const { clock, sweep, open, recordings, ledger } = world();
  await open('m', 'received');
  clock.advance(16 * MINUTE);
  const { send } = recordings;
  recordings.send = async () => Promise.reject(new Error('SQS is away'));
  await expect(sweep()).rejects.toThrow('SQS is away');
  recordings.send = send;
  expect(await sweep()).toMatchObject({ queuedAgain: 1 });
  expect(await ledger.get('m')).toMatchObject({ state: 'received' });
});

describe('a sweep with a great many to expire, as after retentionDays was lowered', () => {
  const many = async () => {
    const there = world();
    for (let n = 0; n < 250; n += 1) await there.open(`m${n}`, 'sent');
    there.clock.advance(30 * DAY + 1);
    return there;
  };
  const left = async ({ ledger }: ReturnType<typeof world>) => (await ledger.list({}, 1000)).memos.length;

  test('does 32 at a time', async () => {
    const there = await many();
    let [atOnce, most] = [0, 0];
    const { leaveTombstone } = there.ledger;
    there.ledger.leaveTombstone = async (...given) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      return leaveTombstone(...given);
    };
    expect(await there.sweep()).toEqual({ queuedAgain: 0, expired: 250, goesOn: false });
    expect(most).toBe(32);
    expect(await left(there)).toBe(0);
  });

  test('ends well when its time is over, and the next ones go on until nothing is left', async () => {
    const there = await many();
    const { leaveTombstone } = there.ledger;
    there.ledger.leaveTombstone = async (...given) => {
      there.clock.advance(2000); // 90 of these steps are three minutes
      return leaveTombstone(...given);
    };
    const first = await there.sweep();
    expect(first).toMatchObject({ queuedAgain: 0, goesOn: true });
    expect(first.expired).toBeGreaterThanOrEqual(90);
    expect(first.expired).toBeLessThan(90 + 32);
    expect(await left(there)).toBe(250 - first.expired);
    // The alarm for missing sweeps counts this outcome.
    expect(there.log.entries.at(-1)).toMatchObject({
      message: expect.stringContaining('the next run goes on'),
      facts: { step: 'tend', outcome: 'swept' },
    });
    const [second, third] = [await there.sweep(), await there.sweep()];
    expect(first.expired + second.expired + third.expired).toBe(250);
    expect(third.goesOn).toBe(false);
  });

  test('a list that fails on the way ends it with that error, and nothing is still at work', async () => {
    const there = await many();
    const { list, leaveTombstone } = there.ledger;
    let atWork = 0;
    there.ledger.leaveTombstone = async (...given) => {
      atWork += 1;
      await new Promise(setImmediate);
      atWork -= 1;
      return leaveTombstone(...given);
    };
    there.ledger.list = async (filter, limit, next) => (next ? Promise.reject(new Error('away')) : list(filter, limit));
    await expect(there.sweep()).rejects.toThrow('away');
    expect(atWork).toBe(0);
    expect(await left(there)).toBe(150);
  });
});
