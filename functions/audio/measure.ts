import type { Sound } from './sound.ts';

/** Facts that are known only after all sound was decoded. */
export interface Measure {
  seconds: number;
  /** The peak, as a part of full scale. */
  peak: number;
}

const SLICE_SECONDS = 0.02;

export const measure = async (sound: Sound): Promise<Measure> => {
  const { seconds, slices } = await peaksOf(sound);
  return { seconds, peak: loudest(slices) };
};

/** Decodes sound to its end: measures its length and the peak of each slice of about `SLICE_SECONDS`. */
export const peaksOf = async ({ sampleRate, blocks }: Sound): Promise<{ seconds: number; slices: number[] }> => {
  const sliceFrames = Math.max(1, Math.round(SLICE_SECONDS * sampleRate));
  const slices: number[] = [];
  let [frames, filled, peak] = [0, 0, 0];
  for await (const block of blocks) {
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
  return { seconds: frames / sampleRate, slices };
};

/** A function of its own: inside an async function, each sample took twenty times as long. */
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

/** The peak of each stretch, in percent of full scale: at most 240 numbers, few enough for a row and a screen. */
export const waveformOf = (peaks: readonly number[]): number[] => {
  const count = Math.min(WAVEFORM_SLICES, peaks.length);
  return Array.from({ length: count }, (_, n) => {
    const [start, end] = [n, n + 1].map((edge) => Math.floor((edge * peaks.length) / count));
    return Math.min(100, Math.round(100 * Math.max(...peaks.slice(start, end))));
  });
};
