import { expect, test } from 'vitest';
import type { Row } from '../../../local/chaos/verdict.ts';
import { patienceMsOf, waitUntilSettled } from '../../../local/chaos/wait-until-settled.ts';

const row = (state: string, lines: number): Row => ({
  id: 'm',
  state,
  history: Array.from({ length: lines }, (_, n) => ({ at: String(n), state })),
});
/** A world whose memo has the next of these rows at each read; the last row repeats. */
const showing = (rows: readonly Row[]) => {
  let asked = 0;
  return { scale: 1, row: async () => rows[Math.min(asked++, rows.length - 1)] };
};

test('a memo that goes on is waited for, though none comes to an end for longer than the patience', async () => {
  const rows = await waitUntilSettled(
    showing([...Array.from({ length: 6 }, (_, n) => row('stored', n)), row('sent', 7)]),
    ['m'],
    undefined,
    () => 1200,
  );
  expect(rows.get('m')?.state).toBe('sent');
});

test('a memo to which nothing happens is given up, and one that goes on for ever too', async () => {
  const still = await waitUntilSettled(showing([row('stored', 1)]), ['m'], undefined, () => 600);
  expect(still.get('m')?.state).toBe('stored');
  const endless = Array.from({ length: 1000 }, (_, n) => row('stored', n));
  const restless = await waitUntilSettled(showing(endless), ['m'], undefined, () => 600);
  expect(restless.get('m')?.state).toBe('stored');
});

test('a machine with other work has longer, up to ten times', () => {
  expect(patienceMsOf(0.05, 0.3)).toBe(75_000);
  expect(patienceMsOf(0.05, 4)).toBe(300_000);
  expect(patienceMsOf(0.02, 40)).toBe(600_000);
});
