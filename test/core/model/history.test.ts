import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HISTORY, historyEntry, shownHistory, withEntry } from '../../../functions/core/model/history.ts';
import type { HistoryEntry, Memo } from '../../../functions/core/model/memo.ts';

type Kept = Pick<Memo, 'history' | 'historyOmitted'>;
const line = (n: number): HistoryEntry => ({ at: String(n), state: 'stored' });
const afterLines = (count: number): Kept => {
  let kept: Kept = { history: [] };
  for (let n = 1; n <= count; n += 1) kept = withEntry(kept, line(n));
  return kept;
};

test('of any history the first ten lines and the last ones are kept, and how many are left out is exact', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (count) => {
      const { history, historyOmitted = 0 } = afterLines(count);
      expect(history.length + historyOmitted).toBe(count);
      expect(history.length).toBeLessThanOrEqual(HISTORY.most);
      const last = history.length - HISTORY.first;
      const all = Array.from({ length: count }, (_, n) => line(n + 1));
      expect(history.slice(0, HISTORY.first)).toEqual(all.slice(0, HISTORY.first));
      if (historyOmitted > 0) {
        expect(last).toBeGreaterThan(HISTORY.leftOut);
        expect(history.slice(HISTORY.first)).toEqual(all.slice(-last));
      } else expect(history).toEqual(all);
    }),
    { numRuns: 60 },
  );
});

test('a year of a wrong key, a try every 50 seconds with two lines each, leaves a history of a few kilobytes', () => {
  const tries = (365 * 24 * 60 * 60) / 50;
  let kept: Kept = { history: [] };
  let mostBytes = 0;
  for (let n = 1; n <= tries; n += 1) {
    const at = new Date(Date.UTC(2026, 2, 4) + n * 50_000).toISOString();
    kept = withEntry(kept, { at, state: 'sending', attempt: n });
    const facts = { code: '401/2004', traceId: '0123456789abcdef0123456789abcdef', reason: 'Linq refuses our key' };
    kept = withEntry(kept, { at, state: 'stored', attempt: n, ...facts });
    if (n % 1000 === 0) mostBytes = Math.max(mostBytes, JSON.stringify(kept).length);
  }
  expect(kept.history.length + (kept.historyOmitted ?? 0)).toBe(2 * tries);
  expect(mostBytes).toBeLessThan(8000);
});

test('it is shown with a line that says how many are left out, and no time is reckoned across them', () => {
  const shown = shownHistory(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'x', 'y'], 2160);
  expect(shown).toHaveLength(13);
  expect(shown[10]).toEqual({ omitted: 2160 });
  expect(shown[11]).toEqual({ entry: 'x', before: undefined });
  expect(shown[12]).toEqual({ entry: 'y', before: 'x' });
  expect(shownHistory(['a', 'b'])).toEqual([
    { entry: 'a', before: undefined },
    { entry: 'b', before: 'a' },
  ]);
});

test('what others have answered, and a reason quotes, is cut short', () => {
  const { reason = '' } = historyEntry({ to: 'failed', note: { reason: 'x'.repeat(5000) } }, 'now');
  expect(reason).toHaveLength(500);
  expect(reason).toMatch(/x…$/);
});
