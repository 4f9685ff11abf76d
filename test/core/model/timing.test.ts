import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backOffMs, timing } from '../../../functions/core/model/timing.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const receives = fc.integer({ min: 0, max: 5000 });

describe('the back-off', () => {
  test('of the first retry comes within five seconds, at any chance', () => {
    fc.assert(
      fc.property(chance, fc.constantFrom(0, 1), (random, attempt) => {
        expect(backOffMs(attempt, timing().retry, () => random)).toBeLessThanOrEqual(5000);
      }),
    );
  });

  test('doubles to its cap, and half of it is left to chance', () => {
    fc.assert(
      fc.property(receives, chance, (attempt, random) => {
        const fullMs = Math.min(15 * 60_000, 5000 * 2 ** Math.max(0, attempt - 1));
        const delayMs = backOffMs(attempt, timing().retry, () => random);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(fullMs / 2));
        expect(delayMs).toBeLessThanOrEqual(fullMs);
      }),
    );
  });

  test('spreads what failed together', () => {
    const at = (random: number) => backOffMs(4, timing().retry, () => random);
    expect([at(0), at(0.5), at(1)]).toEqual([20_000, 30_000, 40_000]);
  });

  test('never comes sooner for a message that has come more often', () => {
    fc.assert(
      fc.property(receives, chance, (attempt, random) => {
        const at = (count: number) => backOffMs(count, timing().retry, () => random);
        expect(at(attempt + 1)).toBeGreaterThanOrEqual(at(attempt));
      }),
    );
  });
});

describe('timing', () => {
  /** These times do not scale: a processor's work is no faster with a smaller scale, and two clocks are no closer. */
  const UNSCALED = [
    'probeMs',
    'fitMs',
    'longAfterMs',
    'healthMs',
    'clockSkewMs',
    'lookBackMs',
    'sweepForMs',
    'minBytesPerSecond',
    'slowBytesPerSecond',
  ];
  const flat = (value: object): [string, number][] =>
    Object.entries(value).flatMap(([name, given]) => (typeof given === 'number' ? [[name, given]] : flat(given)));

  test('is scaled as a whole: no delay, time-out or window is forgotten, but for what no scale changes', () => {
    const real = flat(timing());
    const scaled = flat(timing(0.01));
    expect(real.length).toBeGreaterThan(10);
    expect(scaled.map(([name]) => name)).toEqual(real.map(([name]) => name));
    for (const [index, [name, ms]] of real.entries()) {
      const expected = UNSCALED.includes(name) ? ms : ms / 100;
      expect(scaled[index]?.[1], name).toBeCloseTo(expected, 6);
    }
    expect(real.map(([name]) => name)).toEqual(expect.arrayContaining(UNSCALED));
  });

  test('asks Linq three times at any scale, and the first time is the soonest', () => {
    for (const scale of [1, 0.05, 0.001]) {
      const { askLinqAfterMs } = timing(scale);
      expect(askLinqAfterMs).toHaveLength(3);
      expect([...askLinqAfterMs]).toEqual(askLinqAfterMs.toSorted((a, b) => a - b));
    }
  });

  test('asks for the last time when POST and URL are surely dead, and while Linq still knows', () => {
    const { askLinqAfterMs, startPostMs, postMs, presignMs, linqForgetsMs } = timing();
    expect(askLinqAfterMs[2]).toBeGreaterThan(startPostMs + postMs);
    expect(askLinqAfterMs[2]).toBeGreaterThan(startPostMs + presignMs);
    expect(askLinqAfterMs[2]).toBeLessThan(linqForgetsMs);
  });

  test('holds what the design promises', () => {
    const minute = 60_000;
    expect(timing()).toMatchObject({
      leaseMs: minute,
      leaseRenewMs: 20_000,
      presignMs: 5 * minute,
      startPostMs: 10_000,
      postMs: 45_000,
      notNowMs: 120 * minute,
      lineTroubleMs: 24 * 60 * minute,
      askLinqAfterMs: [30_000, 2 * minute, 10 * minute],
      linqForgetsMs: 20 * 60 * minute,
      sweepEveryMs: 5 * minute,
    });
  });
});
