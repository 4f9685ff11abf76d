import { describe, expect, test } from 'vitest';
import { dayFigures } from '../../../functions/core/observe/day-figures.ts';
import type { MemoFilter } from '../../../functions/core/ports/ports.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { aMemo } from '../../http/memo.ts';

const NOW = '2026-03-21T15:00:00.000Z';
const at = (day: number, time = '10:00:00.000') => `2026-03-${String(day).padStart(2, '0')}T${time}Z`;

/** Memos of these days, each list in the order of the ledger. */
const prepare = (memos: readonly ReturnType<typeof aMemo>[], endless = false) => {
  const clock = manualClock(NOW);
  const keyValues = memoryKeyValueStore({ clock });
  const read: string[] = [];
  const list = async ({ since = '', until = '' }: MemoFilter, limit: number) => {
    read.push(since.slice(0, 10));
    const found = memos.filter(({ createdAt }) => createdAt >= since && createdAt < until).slice(0, limit);
    return { memos: found, ...(endless && { next: 'more' }) };
  };
  return { clock, read, count: dayFigures({ ledger: { list }, keyValues, clock }) };
};

describe('the figures of a day', () => {
  test('count each end, each source, and the median from the webhook to the phone', async () => {
    const delivered = (seconds: number) =>
      aMemo({
        state: 'read',
        receivedAt: at(20, '09:59:58.000'),
        createdAt: at(20, '09:59:59.000'),
        history: [
          { at: new Date(Date.parse(at(20, '09:59:58.000')) + seconds * 1000).toISOString(), state: 'delivered' },
        ],
      });
    const others = (['sent', 'failed', 'parked', 'unrouted', 'rejected', 'stored', 'skipped'] as const).map((state) =>
      aMemo({ state, createdAt: at(20), recording: { source: 'retell', id: 'R', media: { kind: 'ask' } } }),
    );
    const { count } = prepare([delivered(2), delivered(60), delivered(4), ...others]);
    expect((await count(2))[0]?.figures).toEqual({
      day: '2026-03-20',
      memos: 10,
      delivered: 4,
      failed: 4,
      waiting: 1,
      skipped: 1,
      medianSeconds: 4,
      bySource: { twilio: 3, retell: 7 },
    });
  });

  test('come oldest first, with days on which nothing came', async () => {
    const days = await prepare([aMemo({ createdAt: at(19) })]).count(4);
    expect(days.map(({ day, figures }) => [day.slice(8), figures?.memos])).toEqual([
      ['18', 0],
      ['19', 1],
      ['20', 0],
      ['21', 0],
    ]);
  });

  test('of days before yesterday are counted once in a day', async () => {
    const { clock, read, count } = prepare([aMemo({ createdAt: at(18) })]);
    await count(5);
    expect(read.toSorted()).toEqual([17, 18, 19, 20, 21].map((day) => at(day).slice(0, 10)));
    read.length = 0;
    expect((await count(5))[1]?.figures?.memos).toBe(1);
    expect(read.toSorted()).toEqual(['2026-03-20', '2026-03-21']);
    clock.advance(86_400_001);
    read.length = 0;
    await count(5);
    expect(read).toHaveLength(5);
  });

  test('read a bounded number of rows, and say so', async () => {
    const memos = Array.from({ length: 100 }, () => aMemo({ createdAt: at(20) }));
    const { read, count } = prepare(memos, true);
    expect((await count(2))[0]?.figures).toMatchObject({ memos: 1000, cut: true });
    expect(read).toHaveLength(20);
  });

  test('that cannot all be counted in one call are counted in later calls', async () => {
    const full = [15, 16, 17, 18, 19].flatMap((day) =>
      Array.from({ length: 100 }, () => aMemo({ createdAt: at(day) })),
    );
    const { count } = prepare(full, true);
    const known = async () => (await count(7)).filter(({ figures }) => figures).map(({ day }) => day.slice(8));
    expect(await known()).toEqual(['19', '20', '21']);
    expect(await known()).toEqual(['18', '19', '20', '21']);
  });
});
