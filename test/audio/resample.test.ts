import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resampler } from '../../functions/audio/resample.ts';
import { levelDb, middle, minus, peakOf, sine, split, through } from './signals.ts';

const RATES: readonly [from: number, to: number][] = [
  [8000, 16_000],
  [11_025, 16_000],
  [22_050, 24_000],
  [44_100, 16_000],
  [44_100, 24_000],
  [48_000, 16_000],
  [48_000, 24_000],
  [7919, 16_000],
  [96_000, 24_000],
];
const DOWNWARD = RATES.filter(([from, to]) => to < from);

const resampled = (sound: Float32Array, from: number, to: number) => through(resampler(from, to), [sound]);

// The bounds come from Kaiser's formula. β = 5.65 promises side lobes 60 dB down. For such a filter with eight zero
// crossings a side and its middle at 0.92 of the lower Nyquist frequency, the slope runs from 0.71 to 1.13 of that
// frequency.
const CLEAN_DB = -50;
const [PASS_END, STOP_START] = [0.71, 1.13];

describe.each(RATES)('from %i to %i Hz', (from, to) => {
  const nyquist = Math.min(from, to) / 2;

  test.each([0.05, 0.3, 0.5, PASS_END])(
    'a tone at %f of the lower Nyquist frequency keeps its pitch, level, phase and length',
    (part) => {
      const hertz = Math.round(part * nyquist);

      const sound = resampled(sine(hertz, from, from, 0.5), from, to);

      // The same tone, written at the new rate. The difference is what the resampler adds: images, aliases, a delay.
      const wanted = sine(hertz, to, to, 0.5);
      expect(sound.length).toBe(to); // one second
      expect(Math.abs(levelDb(middle(sound)) - levelDb(middle(wanted)))).toBeLessThan(0.1);
      // Measured: −56.5 dB at worst (11,025 to 16,000 Hz), at the images of upsampling.
      expect(levelDb(middle(minus(sound, wanted))) - levelDb(middle(wanted))).toBeLessThan(CLEAN_DB);
    },
  );

  test('what does not change stays as it is, within a thousandth', () => {
    for (const value of middle(resampled(new Float32Array(from).fill(0.5), from, to))) {
      expect(Math.abs(value - 0.5)).toBeLessThan(0.0005);
    }
  });

  test('silence stays silence', () => {
    expect(peakOf(resampled(new Float32Array(from), from, to))).toBe(0);
  });
});

describe.each(DOWNWARD)('from %i down to %i Hz', (from, to) => {
  const parts = [STOP_START, 1.3, 1.5, 1.99, 2.5, 3.5].filter((part) => part * to < from);

  test.each(parts)('a tone at %f of the new Nyquist frequency is gone', (part) => {
    const tone = sine((part * to) / 2, from, from);

    const left = levelDb(middle(resampled(tone, from, to))) - levelDb(tone);

    // Measured: −62 to −121 dB.
    expect(left).toBeLessThan(CLEAN_DB);
  });
});

test('how the sound is cut into blocks makes no difference', () => {
  const cases = RATES.map(([from, to]) => {
    const sound = Float32Array.from({ length: 900 }, (_, n) => Math.sin(n * n)); // all frequencies, no pattern
    return { from, to, sound, whole: resampled(sound, from, to) };
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      fc.array(fc.nat(900), { maxLength: 40 }),
      ({ from, to, sound, whole }, ends) => {
        expect(through(resampler(from, to), split(sound, ends))).toEqual(whole);
      },
    ),
  );
});

test('sound of any length, at any rate, keeps its length to a sample', () => {
  const rate = fc.integer({ min: 2000, max: 96_000 });
  fc.assert(
    fc.property(rate, fc.constantFrom(16_000, 24_000), fc.nat(3000), (from, to, frames) => {
      const wanted = Math.round((frames * to) / from);
      expect(Math.abs(resampled(new Float32Array(frames), from, to).length - wanted)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 40 },
  );
});

test('sound that has its rate already passes untouched', () => {
  const sound = sine(440, 16_000, 500);
  expect(resampled(sound, 16_000, 16_000)).toEqual(sound);
});
