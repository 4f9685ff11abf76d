import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measure, waveformOf } from '../../functions/audio/measure.ts';
import type { Sound } from '../../functions/audio/sound.ts';
import { joined, sine, split } from './signals.ts';

const soundOf = (sound: Float32Array, sampleRate: number, ends: readonly number[] = []): Sound => ({
  sampleRate,
  blocks: (async function* () {
    yield* split(sound, ends);
  })(),
});

/** This many seconds of silence, of a tone, and of silence. */
const toneBetween = (before: number, tone: number, after: number, sampleRate: number, peak = 0.5) => {
  const [first, second, third] = [before, tone, after].map((seconds) => Math.round(seconds * sampleRate));
  return joined([new Float32Array(first ?? 0), sine(440, sampleRate, second ?? 0, peak), new Float32Array(third ?? 0)]);
};

// 11,025 Hz has no whole number of samples in 20 ms. Neither has 7919 Hz, where rounding gives too small a number.
test.each([8000, 11_025, 16_000, 44_100, 7919])(
  'of a tone between silences at %i Hz the length and the peak are measured',
  async (sampleRate) => {
    const { seconds, peak } = await measure(soundOf(toneBetween(45, 3, 30, sampleRate), sampleRate));
    expect(seconds).toBeCloseTo(78, 3);
    expect(peak).toBeCloseTo(0.5, 3);
  },
);

test.each([
  ['silence', new Float32Array(12_000), { seconds: 1.5, peak: 0 }],
  ['nothing', new Float32Array(), { seconds: 0, peak: 0 }],
  ['one sample', new Float32Array([-0.5]), { seconds: 1 / 8000, peak: 0.5 }],
])('%s is measured as what it is', async (_, sound, wanted) => {
  expect(await measure(soundOf(sound, 8000))).toEqual(wanted);
});

test('how the sound is cut into blocks makes no difference', async () => {
  const sound = toneBetween(0.3, 0.7, 0.2, 8000);
  const whole = await measure(soundOf(sound, 8000));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(sound.length), { maxLength: 30 }), async (ends) => {
      expect(await measure(soundOf(sound, 8000, ends))).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});

describe('the waveform', () => {
  test('is 240 numbers of 0 to 100, or one a slice where there are fewer slices', () => {
    const peak = fc.integer({ min: 0, max: 1200 }).map((thousandths) => thousandths / 1000); // a decoder may pass full scale
    fc.assert(
      fc.property(fc.array(peak, { maxLength: 2000, size: 'max' }), (peaks) => {
        const waveform = waveformOf(peaks);
        expect(waveform).toHaveLength(Math.min(240, peaks.length));
        expect(waveform.every((value) => Number.isInteger(value) && value >= 0 && value <= 100)).toBe(true);
      }),
    );
  });

  test('shows each slice’s peak in its place: no loud moment is lost, none is shown where it is quiet', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (count, at) => {
        const loud = at % count;
        const waveform = waveformOf(Array.from({ length: count }, (_, n) => (n === loud ? 0.8 : 0.1)));
        const shown = Math.floor((loud * waveform.length) / count);
        expect(waveform.filter((value) => value === 80)).toHaveLength(1);
        expect(waveform.filter((value) => value === 10)).toHaveLength(waveform.length - 1);
        expect(Math.abs(waveform.indexOf(80) - shown)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('of a short sound is its peaks in percent', () => {
    expect(waveformOf([0, 0.004, 0.006, 0.5, 1, 1.3])).toEqual([0, 0, 1, 50, 100, 100]);
    expect(waveformOf([])).toEqual([]);
  });

  test('of six hours is made too', () => {
    const peaks = new Array<number>(6 * 60 * 60 * 50).fill(0.25);
    expect(waveformOf(peaks)).toEqual(new Array(240).fill(25));
  });
});
