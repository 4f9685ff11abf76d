import { loudnessMeter } from './loudness.ts';
import type { Sound } from './sound.ts';

/** Facts that are known only after all sound was decoded. */
export interface Measure {
  seconds: number;
  /** The peak, as a part of full scale. */
  peak: number;
  lufs: number;
  /** From the first audible sound to the last, in seconds; the whole recording where nothing is audible. */
  audible: { start: number; end: number };
}

const SLICE_SECONDS = 0.02;
/** Louder than a telephone line's hiss, quieter than a whisper. */
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

/** Decodes sound to its end: measures its length and the peak of each slice of about `SLICE_SECONDS`. */
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
  const sliceSeconds = sliceFrames / sampleRate; // a little more than `SLICE_SECONDS` at 11,025 Hz, which would add up over hours
  return { seconds: frames / sampleRate, slices, sliceSeconds };
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

/** Few enough numbers for a row and a screen: the peak of each stretch, in percent of full scale. */
export const waveformOf = (peaks: readonly number[]): number[] => {
  const count = Math.min(WAVEFORM_SLICES, peaks.length);
  return Array.from({ length: count }, (_, n) => {
    const [start, end] = [n, n + 1].map((edge) => Math.floor((edge * peaks.length) / count));
    return Math.min(100, Math.round(100 * Math.max(...peaks.slice(start, end))));
  });
};
