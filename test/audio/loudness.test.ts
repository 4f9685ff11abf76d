import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loudnessMeter } from '../../functions/audio/loudness.ts';
import { call } from './calls.ts';
import { joined, ofDb, sine, split } from './signals.ts';

const loudnessOf = (sound: Float32Array, sampleRate: number): number => {
  const meter = loudnessMeter(sampleRate);
  meter.push(sound);
  return meter.integrated();
};

/** A tone at one level after the other, by its peak in dB of full scale, as the EBU has it. */
const tones = (seconds: readonly number[], dbs: readonly number[], sampleRate = 48_000, hertz = 1000) =>
  joined(seconds.map((long, n) => sine(hertz, sampleRate, Math.round(long * sampleRate), ofDb(dbs[n] ?? 0))));

// ITU-R BS.1770-4, annex 1: 997 Hz at full scale in one front channel reads −3.01 LKFS, and two channels with the same
// sound add 3.01 dB. Hence a mono file reads what the EBU's stereo signals read, less 3.01.
const ONE_CHANNEL = 10 * Math.log10(1 / 2);

describe('a mono tone of 997 Hz', () => {
  test.each([0, -3, -23, -40, -60])('at %i dBFS reads 3.01 LU less', (db) => {
    expect(Math.abs(loudnessOf(tones([5], [db], 48_000, 997), 48_000) - (db - 3.01))).toBeLessThan(0.02);
  });

  test.each([8000, 11_025, 16_000, 22_050, 24_000, 44_100, 96_000])('reads the same at %i Hz', (sampleRate) => {
    const loudness = loudnessOf(tones([5], [-23], sampleRate, 997), sampleRate);
    expect(Math.abs(loudness - -26.01)).toBeLessThan(0.1);
  });
});

// EBU Tech 3341, table 1: signals 1 to 5, stereo, each with a tolerance of 0.1 LU.
test.each<[string, number, number[], number[]]>([
  ['1', -23, [20], [-23]],
  ['2', -33, [20], [-33]],
  ['3: quiet ends lie below the relative gate', -23, [10, 60, 10], [-36, -23, -36]],
  ['4: and quieter ones below the absolute gate', -23, [10, 10, 60, 10, 10], [-72, -36, -23, -36, -72]],
  ['5: what lies above both is averaged', -23, [20, 20.1, 20], [-26, -20, -26]],
])('EBU Tech 3341, signal %s', (_, stereo, seconds, dbs) => {
  expect(Math.abs(loudnessOf(tones(seconds, dbs), 48_000) - (stereo + ONE_CHANNEL))).toBeLessThanOrEqual(0.1);
});

test('a call is as loud as ffmpeg says', () => {
  const file = call('pcm-s16-8k-mono.wav');
  const sound = Float32Array.from(new Int16Array(file.slice(44).buffer), (value) => value / 32_768);

  // ffmpeg -i pcm-s16-8k-mono.wav -af ebur128 -f null -   (5.1.9)   I: -28.0 LUFS
  expect(Math.abs(loudnessOf(sound, 8000) - -28)).toBeLessThan(0.1);
});

test.each([
  ['silence', new Float32Array(48_000)],
  ['what lies below −70 LUFS', tones([2], [-72])],
  ['less than the 400 ms of one block', tones([0.39], [-10])],
  ['nothing at all', new Float32Array()],
])('%s has no loudness', (_, sound) => {
  expect(loudnessOf(sound, 48_000)).toBe(Number.NEGATIVE_INFINITY);
});

test('a rumble below the voice counts for less than the voice, a hiss above it for more', () => {
  // The K-weighting of BS.1770-4: at 10 kHz the shelf's +4 dB, at 20 Hz the cut of a 38 Hz high-pass.
  const at = (hertz: number) => loudnessOf(tones([5], [-23], 48_000, hertz), 48_000);
  expect(at(10_000) - at(100)).toBeGreaterThan(4);
  expect(at(20) - at(100)).toBeLessThan(-10);
});

test.each([2000, 2500, 3000, 3300, 3360, 4000])('at %i Hz, which no telephone has, it reads sense', (sampleRate) => {
  // The shelf's middle lies at 1682 Hz: above the highest frequency of such sound, or just below it.
  expect(Math.abs(loudnessOf(tones([5], [-23], sampleRate, 300), sampleRate) - -26.01)).toBeLessThan(0.5);
});

test('how the sound is cut into blocks makes no difference', () => {
  const sound = tones([0.5, 0.5], [-23, -50], 8000);
  const whole = loudnessOf(sound, 8000);
  fc.assert(
    fc.property(fc.array(fc.nat(sound.length), { maxLength: 30 }), (ends) => {
      const meter = loudnessMeter(8000);
      for (const block of split(sound, ends)) meter.push(block);
      expect(meter.integrated()).toBe(whole);
    }),
    { numRuns: 30 },
  );
});
