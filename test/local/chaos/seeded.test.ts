import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dice, seeded, seedFor } from '../../../local/chaos/seeded.ts';

test('the numbers of a seed are those of mulberry32 as it was published', () => {
  const random = seeded(1);
  // The numbers of the author's C (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c); ours are
  // divided by 2^32.
  expect([random(), random(), random()].map((number) => Math.floor(number * 2 ** 32))).toEqual([
    2693262067, 11749833, 2265367787,
  ]);
});

test('a seed always throws the same, and another seed something else', () => {
  const thrown = (seed: number) => dice(seed).hex(32);
  expect(thrown(7)).toBe(thrown(7));
  expect(thrown(7)).not.toBe(thrown(8));
  expect(seedFor(1, 'linq', 'm_a', 1)).not.toBe(seedFor(1, 'linq', 'm_a', 2));
});

test('numbers stay within their ends, and a weight of nothing is never chosen', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -100, max: 100 }), fc.nat(100), (seed, low, more) => {
      const thrown = dice(seed);
      const number = thrown.between(low, low + more);
      expect(Number.isInteger(number)).toBe(true);
      expect(number).toBeGreaterThanOrEqual(low);
      expect(number).toBeLessThanOrEqual(low + more);
      expect(thrown.weighted({ never: 0, always: 1 })).toBe('always');
    }),
  );
});

test('names come about as often as their weights say', () => {
  const thrown = dice(1);
  const often = Array.from({ length: 10_000 }, () => thrown.weighted({ often: 9, seldom: 1 })).filter(
    (name) => name === 'often',
  );
  expect(often.length).toBeGreaterThan(8800);
  expect(often.length).toBeLessThan(9200);
});
