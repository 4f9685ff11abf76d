import { expect, test } from 'vitest';
import { FINAL_STATES } from '../../../local/chaos/expectation.ts';
import { behaviourOf } from '../../../local/chaos/linq-faults.ts';
import { MATRIX } from '../../../local/chaos/matrix.ts';
import { matrixLines } from '../../../local/chaos/matrix-lines.ts';
import { PEER_FIGURES } from '../../../local/chaos/peers.ts';

const plain = (text: string) => text;
const colours = { dim: plain, good: plain, bad: plain, strong: plain };
const [first] = MATRIX;

test('each case has a name of its own, and ends only where memos end', () => {
  expect(new Set(MATRIX.map(({ name }) => name)).size).toBe(MATRIX.length);
  for (const { mustHold } of MATRIX) expect(mustHold.ends.every((state) => FINAL_STATES.includes(state))).toBe(true);
});

test('no case asks for more than one memo a call, nor lets Linq take one twice', () => {
  for (const { calls, mustHold, linq = [] } of MATRIX) {
    expect(mustHold.delivered).toBeLessThanOrEqual(calls);
    expect(linq.every((fault) => behaviourOf(fault).takes < 2)).toBe(true);
  }
});

test('what was measured of the peers stands beside exactly one case each', () => {
  expect(MATRIX.flatMap(({ peers }) => peers ?? []).sort()).toEqual(Object.keys(PEER_FIGURES).sort());
});

test('the table has a line a case, with what did not hold under it', () => {
  if (!first) throw new Error('the matrix is empty');
  const counts = { calls: 1, acknowledged: 1, delivered: 2, allowedTwice: 0, late: 0, erased: 0, parkedInDoubt: 0 };
  const played = { case: first, verdict: { ...counts, ended: [], findings: [] }, ours: '2 of 1' };
  const kept = matrixLines({ cases: [{ ...played, broken: [] }], seconds: 1 }, colours);
  const broken = matrixLines({ cases: [{ ...played, broken: ['2 delivered, not 1'] }], seconds: 1 }, colours);
  expect(kept[1]).toMatch(/^✓ the same webhook 20 times at once +2 of 1 +5 of 5 +5 of 5 +5 of 5 +5 of 5$/);
  expect(broken[1]).toMatch(/^✗/);
  expect(broken[2]).toContain('2 delivered, not 1');
});
