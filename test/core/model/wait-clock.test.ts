import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Memo, Target } from '../../../functions/core/model/memo.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import { pauseWaitClock, runWaitClock, stillSince, waitingSinceMs } from '../../../functions/core/model/wait-clock.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { CHAT } from '../../fakes/examples.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SLOW = {
  kind: 'not-now',
  waitsFor: 'linq',
  reason: 'Linq asks us to slow down',
  retryAfterMs: 2 * MINUTE,
} as const;
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('time in which a memo may not go costs it no waitsFor', () => {
  const line = '+12025550100';
  test.each<[string, Target, string]>([
    [
      'quiet hours',
      { chat: CHAT, quietHours: { from: '22:00', until: '08:00', timeZone: 'UTC' } },
      '2026-03-04T21:59:00.000Z',
    ],
    ['a flagged line', { line, handle: '+12025550101' }, '2026-03-04T12:00:00.000Z'],
    ["a day's cap", { chat: CHAT, maxPerDay: 1 }, '2026-03-04T12:00:00.000Z'],
  ])('%s', async (_, target, from) => {
    const step = await sendStep({
      clock: manualClock(from),
      target,
      answers: [SLOW, ...times(8, SLOW), DONE],
      chats: [{ kind: 'chats', chats: [CHAT] }],
    });
    const { deliver, clock, keyValues, keepDelivering } = step;
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: 2 * MINUTE });
    clock.advance(2 * MINUTE);
    if ('line' in target) await keyValues.write(`line#${line}`, { status: 'FLAGGED' }, 5 * HOUR);
    if (target.maxPerDay) {
      // Another memo has taken this memo's place in the day, and the cap of one leaves no other place.
      keyValues.join = async () => clock.iso() >= '2026-03-05';
    }
    await keepDelivering();
    expect(await step.memo()).toMatchObject({ state: 'sent', attempts: 10 });
  });

  test('a wait behind another memo of the chat, and a sweep meanwhile', async () => {
    const step = await sendStep({ answers: [...times(30, { ...SLOW, retryAfterMs: 10 * MINUTE }), DONE] });
    const { deliver, clock, ledger, keyValues, log } = step;
    const sweep = sweepOverdue({
      ...{ ledger, keyValues, clock, timing: timing(), log },
      recordings: memoryRecordingsQueue(),
      memos: memoryMemosQueue({ clock }),
      untilListed: async () => {},
      detailsMs: 30 * 24 * HOUR,
    });
    for (let tries = 1; tries <= 11; tries += 1) {
      expect(await deliver({ receives: tries })).toMatchObject({ kind: 'later' });
      clock.advance(10 * MINUTE);
      if (tries % 3 === 0) await sweep();
      clock.advance(5 * HOUR); // another message of the group blocks the queue
      if (tries % 2 === 0) await sweep();
    }
    expect(await step.memo()).toMatchObject({ state: 'stored', attempts: 11 });
  });

  test('but what Linq asks for does, and in the end it is given up', async () => {
    const { keepDelivering, memo } = await sendStep({ answers: times(200, SLOW) });
    const waitedMs = await keepDelivering();
    expect(waitedMs).toBeGreaterThan(2 * HOUR);
    expect(waitedMs).toBeLessThanOrEqual(2 * HOUR + 15 * MINUTE);
    expect(await memo()).toMatchObject({ state: 'failed' });
  });
});

type Row = Pick<Memo, 'state' | 'waitingSince' | 'pausedAt' | 'dueAt' | 'attemptedAt'>;
const iso = (ms: number) => new Date(ms).toISOString();

/** The events of a memo, as the steps write them; each comes some time after the previous event. */
const events = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 3 * HOUR }),
    what: fc.oneof(
      fc.record({ kind: fc.constant('not now' as const), delayMs: fc.integer({ min: 1000, max: HOUR }) }),
      fc.record({ kind: fc.constant('held' as const), delayMs: fc.integer({ min: MINUTE, max: 10 * HOUR }) }),
      fc.record({ kind: fc.constant('swept' as const), delayMs: fc.constant(6 * HOUR) }),
    ),
  }),
  { minLength: 1, maxLength: 20 },
);

test('the wait clock has run for just the time between each "not now" and when its next try was due, or came', () => {
  fc.assert(
    fc.property(events, (happened) => {
      let nowMs = Date.UTC(2026, 2, 4);
      let row: Row = { state: 'stored' };
      // The rule, counted a second time: the stretch of time that runs now, and the sum of the earlier stretches.
      let countedMs = 0;
      let running: { fromMs: number; dueMs: number } | undefined;
      const counted = () => countedMs + (running ? Math.min(nowMs, running.dueMs) - running.fromMs : 0);
      let began = false;
      for (const { afterMs, what } of happened) {
        nowMs += afterMs;
        if (began) expect(nowMs - waitingSinceMs(row, nowMs)).toBe(counted());
        const dueAt = iso(nowMs + what.delayMs);
        // The sweep only handles a row that was due before now.
        if (what.kind === 'swept' && (row.dueAt === undefined || Date.parse(row.dueAt) > nowMs)) continue;
        countedMs = counted();
        if (what.kind === 'not now') {
          const { set, clear } = runWaitClock(row, nowMs);
          row = { ...row, ...set, dueAt };
          for (const field of clear) delete row[field];
          running = { fromMs: nowMs, dueMs: nowMs + what.delayMs };
          began = true;
        } else if (what.kind === 'held') {
          row = { ...row, ...pauseWaitClock(row, nowMs), dueAt };
          running = undefined;
        } else {
          row = { ...row, ...stillSince(row), dueAt };
          running = undefined;
        }
      }
      nowMs += 24 * HOUR;
      if (began) expect(nowMs - waitingSinceMs(row, nowMs)).toBe(counted());
      expect(waitingSinceMs(row, nowMs)).toBeLessThanOrEqual(nowMs);
    }),
    { numRuns: 2000 },
  );
});

test('an attempt whose process dies, and is found hours later, counts as one minute', () => {
  const nowMs = Date.parse('2026-03-04T12:00:00.000Z');
  const attemptedAt = iso(nowMs - 3 * HOUR);
  const row: Row = { state: 'sending', waitingSince: iso(nowMs - 3 * HOUR - MINUTE), attemptedAt };
  expect(nowMs - waitingSinceMs(row, nowMs)).toBe(2 * MINUTE);
});

test('a memo that is with Linq is tried at this moment: its clock runs', () => {
  const nowMs = Date.UTC(2026, 2, 4, 12);
  const row: Row = { state: 'sending', waitingSince: iso(nowMs - 2 * MINUTE), dueAt: iso(nowMs - MINUTE) };
  expect(waitingSinceMs(row, nowMs)).toBe(nowMs - 2 * MINUTE);
});
