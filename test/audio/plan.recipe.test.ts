import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShort, recipeFor } from '../../functions/audio/plan.ts';
import { MAX_MEMO_BYTES } from '../../functions/core/model/audio.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const recipeOf = (seconds: number, sourceRate?: number) => recipeFor(seconds, sourceRate);
/** MP3 of constant bit rate: a kilobit is 125 bytes. */
const bytesOf = (seconds: number, kbps: number) => seconds * kbps * 125;

// The design: 64 kb/s up to 20 minutes, 16 kb/s up to 82; longer sound in equal parts of at most 82 minutes. Between
// them the rates of facts/audio.md, each up to where 10,000,000 bytes end.
test.each([
  ['1 s', 1, 64, 1],
  ['20 min', 20 * MINUTE, 64, 1],
  ['21 min', 21 * MINUTE, 48, 1],
  ['27 min', 27 * MINUTE, 48, 1],
  ['28 min', 28 * MINUTE, 40, 1],
  ['33 min', 33 * MINUTE, 40, 1],
  ['34 min', 34 * MINUTE, 32, 1],
  ['41 min', 41 * MINUTE, 32, 1],
  ['42 min', 42 * MINUTE, 24, 1],
  ['55 min', 55 * MINUTE, 24, 1],
  ['56 min', 56 * MINUTE, 16, 1],
  ['82 min', 82 * MINUTE, 16, 1],
  ['82 min and a second, in halves', 82 * MINUTE + 1, 32, 2],
  ['2 h, in halves', 2 * HOUR, 16, 2],
  ['3 h, in thirds', 3 * HOUR, 16, 3],
  ['6 h, in fifths of 72 min', 6 * HOUR, 16, 5],
])('a call of %s: %i s at %i kb/s', (_, seconds, kbps, parts) => {
  expect(recipeOf(seconds)).toMatchObject({ kbps, parts, seconds });
});

test.each([64, 48, 40, 32, 24])(
  'where %i kb/s would fill the limit to the byte, a file’s index would not fit',
  (kbps) => {
    expect(recipeOf(MAX_MEMO_BYTES / (kbps * 125)).kbps).toBeLessThan(kbps);
  },
);

describe('of any length up to a day', () => {
  const length = fc.integer({ min: 1, max: 24 * HOUR * 1000 }).map((ms) => ms / 1000);

  test('no part is larger than Linq takes, or longer than 82 minutes', () => {
    fc.assert(
      fc.property(length, (seconds) => {
        const { kbps, parts } = recipeOf(seconds, 8000);
        expect(bytesOf(seconds / parts, kbps)).toBeLessThanOrEqual(MAX_MEMO_BYTES);
        expect(seconds / parts).toBeLessThanOrEqual(82 * MINUTE);
      }),
      { numRuns: 2000 },
    );
  });

  test('no more parts are made than must be, and no better rate would fit', () => {
    fc.assert(
      fc.property(length, (seconds) => {
        const { kbps, parts } = recipeOf(seconds);
        if (parts > 1) expect(seconds / (parts - 1)).toBeGreaterThan(82 * MINUTE);
        const better = [64, 48, 40, 32, 24, 16].filter((rate) => rate > kbps).at(-1);
        const enough = MAX_MEMO_BYTES - 5000; // the index and the encoder's delay need some bytes
        if (better !== undefined) expect(bytesOf(seconds / parts, better)).toBeGreaterThan(enough);
      }),
      { numRuns: 2000 },
    );
  });
});

// A call of 8 or 16 kHz lacks higher frequencies. Below 48 kb/s, lower frequencies need the bits more than the treble.
test.each([
  [undefined, 60, 16_000],
  [8000, 60, 16_000],
  [16_000, 60, 16_000],
  [22_050, 60, 24_000],
  [48_000, 60, 24_000],
  [48_000, 27 * MINUTE, 24_000],
  [48_000, 28 * MINUTE, 16_000],
  [48_000, 2 * HOUR, 16_000],
])('from %s Hz, %i s become %i Hz', (sourceRate, seconds, sampleRate) => {
  expect(recipeOf(seconds, sourceRate).sampleRate).toBe(sampleRate);
});

// The design: missing sound beyond 1 % or half a second is an error, never silent.
test.each([
  [10, 10.5, false],
  [10, 10.51, true],
  [0, 0.5, false],
  [3564, 3600, false],
  [3563.9, 3600, true],
  [20, 10, false],
])('%f s of %f s: short is %s', (seconds, expected, short) => {
  expect(isShort(seconds, expected)).toBe(short);
});
