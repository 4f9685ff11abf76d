import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gainFor, leveller } from '../../functions/audio/level.ts';
import { joined, ofDb, peakOf, sine, split, through } from './signals.ts';

const CEILING = ofDb(-1);
/** The samples that come out have 24 bits of mantissa. */
const ROUNDING = 1 + 2 ** -24;

const rate = fc.constantFrom(8000, 11_025, 24_000, 48_000);
const gainDb = fc.integer({ min: -200, max: 400 }).map((tenths) => tenths / 10);

/** Sound of every kind: noise, impulses, square waves at full scale, and above it, as a float file may hold. */
const sounds = (peak: number) =>
  fc
    .array(
      fc.record({
        frames: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 400 })),
        // Not fc.double, most of whose values are next to nothing.
        value: fc.integer({ min: -1000, max: 1000 }).map((thousandths) => (peak * thousandths) / 1000),
        square: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    .map((pieces) =>
      joined(
        pieces.map(({ frames, value, square }) =>
          Float32Array.from({ length: frames }, (_, n) => (square && n % 2 === 1 ? -value : value)),
        ),
      ),
    );

const levelled = (sound: Float32Array, gainDb: number, sampleRate: number, ends: readonly number[] = []) =>
  through(leveller(gainDb, sampleRate), split(sound, ends));

describe('the leveller', () => {
  test('lets nothing above −1 dB of full scale, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(sounds(1), sounds(30)), gainDb, rate, (sound, gainDb, sampleRate) => {
        expect(peakOf(levelled(sound, gainDb, sampleRate))).toBeLessThanOrEqual(CEILING * ROUNDING);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['a single impulse', Float32Array.from({ length: 4000 }, (_, n) => (n === 2000 ? 1 : 0))],
    ['an impulse at the very start', Float32Array.from({ length: 4000 }, (_, n) => (n === 0 ? -1 : 0))],
    ['an impulse at the very end', Float32Array.from({ length: 4000 }, (_, n) => (n === 3999 ? 1 : 0))],
    ['a square wave at full scale', Float32Array.from({ length: 4000 }, (_, n) => (n % 160 < 80 ? 1 : -1))],
    ['a peak before a louder one', Float32Array.from({ length: 4000 }, (_, n) => ({ 900: 0.5, 935: 1 })[n] ?? 0.01)],
    ['a peak after a louder one', Float32Array.from({ length: 4000 }, (_, n) => ({ 900: 1, 935: 0.7 })[n] ?? 0.01)],
  ])('holds %s to the ceiling, and not far below it', (_, sound) => {
    const peak = peakOf(levelled(sound, 20, 8000));
    expect(peak).toBeLessThanOrEqual(CEILING * ROUNDING);
    expect(peak).toBeGreaterThan(CEILING * 0.999);
  });

  test('amplifies what stays below the ceiling exactly, and in its place', () => {
    fc.assert(
      fc.property(sounds(1), gainDb, rate, (sound, gainDb, sampleRate) => {
        const gain = ofDb(gainDb);
        const quiet = sound.map((value) => (value * CEILING * 0.999) / Math.max(1, gain));
        expect(levelled(quiet, gainDb, sampleRate)).toEqual(quiet.map((value) => value * gain));
      }),
    );
  });

  test('gives as much as it takes, however it is cut into blocks', () => {
    fc.assert(
      fc.property(
        sounds(1),
        gainDb,
        rate,
        fc.array(fc.nat(4000), { maxLength: 30 }),
        (sound, gainDb, sampleRate, ends) => {
          const whole = levelled(sound, gainDb, sampleRate);
          expect(whole.length).toBe(sound.length);
          expect(levelled(sound, gainDb, sampleRate, ends)).toEqual(whole);
        },
      ),
    );
  });

  test('takes hold within 5 ms before a peak and lets go within a second after it, without a click', () => {
    const [sampleRate, peakAt, level] = [8000, 8000, 0.01];
    const sound = new Float32Array(4 * sampleRate).fill(level);
    sound[peakAt] = 1;

    const gains = levelled(sound, 20, sampleRate).map((value, n) => value / (sound[n] as number));

    const ahead = 0.005 * sampleRate;
    expect(gains.subarray(0, peakAt - ahead).every((gain) => Math.abs(gain - 10) < 1e-5)).toBe(true);
    expect(gains[peakAt]).toBeCloseTo(CEILING, 6);
    expect(gains[peakAt + 0.1 * sampleRate]).toBeCloseTo(10 - (10 - CEILING) / Math.E, 0); // its time constant
    expect(gains.subarray(peakAt + sampleRate).every((gain) => Math.abs(gain - 10) < 0.01)).toBe(true);
    const steps = gains.subarray(1).map((gain, n) => Math.abs(gain - (gains[n] as number)));
    expect(peakOf(steps)).toBeLessThan((1.01 * (10 - CEILING)) / ahead); // a straight slope, and no steeper
  });

  test('keeps its hold in a long call: no sum drifts', () => {
    const level = leveller(12, 8000);
    const block = sine(440, 8000, 80_000, 0.9);
    let peak = 0;
    for (let n = 0; n < 100; n += 1) peak = peakOf(level.push(block));
    expect(peak).toBeLessThanOrEqual(CEILING * ROUNDING);
    const quiet = new Float32Array(80_000).fill(0.001);
    expect(level.push(quiet).at(-1)).toBeCloseTo(0.001 * ofDb(12), 9);
  });
});

// −16 LUFS is the target; up to 20 dB are given, since more would raise a line's hiss; 1 dB is not worth a conversion.
test.each([
  [-16, 0],
  [-16.9, 0],
  [-15.1, 0],
  [-17, 1],
  [-15, -1],
  [-26, 10],
  [-36, 20],
  [-36.1, 20],
  [-69, 20],
  [-6, -10],
  [3, -19],
  [Number.NEGATIVE_INFINITY, 0],
  [Number.POSITIVE_INFINITY, 0],
  [Number.NaN, 0],
])('sound of %f LUFS is given %f dB', (lufs, db) => {
  expect(gainFor(lufs)).toBeCloseTo(db, 9);
});
