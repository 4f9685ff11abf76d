import { loudnessMeter } from './loudness.ts';
import type { Sound } from './sound.ts';

/** What can only be known of sound by hearing all of it. */
export interface Measure {
  seconds: number;
  /** Part of full scale. */
  peak: number;
  lufs: number;
  /** Where the first sound begins and the last one ends; the whole where there is none. */
  audible: { start: number; end: number };
}

const SLICE_SECONDS = 0.02;
/** A telephone line's hiss lies below, a whisper above. */
const SILENCE = 10 ** (-50 / 20);

export const measure = async (sound: Sound): Promise<Measure> => {
  const meter = loudnessMeter(sound.sampleRate);
  const { seconds, slices, sliceSeconds } = await peaksOf(sound, (block) => meter.push(block));
  const first = slices.findIndex((peak) => peak > SILENCE);
  const last = slices.findLastIndex((peak) => peak > SILENCE);
  const audible =
    first < 0
      ? { start: 0, end: seconds }
      : { start: first * sliceSeconds, end: Math.min(seconds, (last + 1) * sliceSeconds) };
  return {
    seconds,
    peak: loudest(slices),
    lufs: meter.integrated(),
    audible,
  };
};

/** Hears sound to its end: how long it is, and the peak of each slice of about `SLICE_SECONDS`. */
export const peaksOf = async (
  { sampleRate, blocks }: Sound,
  alsoHear: (block: Float32Array) => void = () => {},
): Promise<{ seconds: number; slices: number[]; sliceSeconds: number }> => {
  const sliceFrames = Math.max(1, Math.round(SLICE_SECONDS * sampleRate));
  const slices: number[] = [];
  let [frames, filled, peak] = [0, 0, 0];
  for await (const block of blocks) {
    alsoHear(block);
    for (let start = 0; start < block.length; ) {
      const end = Math.min(block.length, start + sliceFrames - filled);
      peak = Math.max(peak, peakIn(block, start, end));
      filled += end - start;
      start = end;
      if (filled === sliceFrames) {
        slices.push(peak);
        [filled, peak] = [0, 0];
      }
    }
    frames += block.length;
  }
  if (filled > 0) slices.push(peak);
  const sliceSeconds = sliceFrames / sampleRate; // of 11,025 Hz a little more than asked: hours of it would add up
  return { seconds: frames / sampleRate, slices, sliceSeconds };
};

/** In a function of its own: within an async one, each sample took twenty times as long. */
const peakIn = (block: Float32Array, start: number, end: number): number => {
  let peak = 0;
  for (let n = start; n < end; n += 1) {
    const size = Math.abs(block[n] as number);
    if (size > peak) peak = size;
  }
  return peak;
};

export const loudest = (peaks: readonly number[]): number => peaks.reduce((most, peak) => Math.max(most, peak), 0);

const WAVEFORM_SLICES = 240;

/** Few enough numbers for a row and a screen: each the loudest of its stretch, in percent of full scale. */
export const waveformOf = (peaks: readonly number[]): number[] => {
  const count = Math.min(WAVEFORM_SLICES, peaks.length);
  return Array.from({ length: count }, (_, n) => {
    const [start, end] = [n, n + 1].map((edge) => Math.floor((edge * peaks.length) / count));
    return Math.min(100, Math.round(100 * Math.max(...peaks.slice(start, end))));
  });
};
