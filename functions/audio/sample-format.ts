import type { AudioFile } from '../core/ports/ports.ts';
import { type PcmLayout, type SampleFormat, samplesIn } from './pcm.ts';

/** The fields of a header that each give the width of a sample; any of them may be wrong. */
export interface WidthFields {
  bits: number;
  /** Bytes of one frame, as other fields give or imply them. */
  frameBytes: readonly number[];
}

/** The formats of one kind of codec, by the bytes of a sample. */
export const INTEGERS: FormatsByWidth = { 1: 'u8', 2: 's16', 3: 's24', 4: 's32' };
export const SIGNED_INTEGERS: FormatsByWidth = { ...INTEGERS, 1: 's8' };
export const FLOATS: FormatsByWidth = { 4: 'f32', 8: 'f64' };
type FormatsByWidth = Readonly<Record<number, SampleFormat>>;

/**
 * The sample format of uncompressed sound. If the fields agree, they give the format. If not, the samples
 * decide: read at a wrong width, sound jumps from sample to sample.
 * @returns undefined where no field names a width that the codec can have
 */
export const sampleFormatOf = async (
  formats: FormatsByWidth,
  fields: WidthFields,
  layout: Omit<PcmLayout, 'format'>,
  file: AudioFile,
): Promise<SampleFormat | undefined> => {
  const { channels } = layout;
  const widths = [Math.ceil(fields.bits / 8), ...fields.frameBytes.map((bytes) => bytes / channels)];
  const named = widths.flatMap((width) => formats[width] ?? []);
  const votes = (format: SampleFormat) => named.filter((other) => other === format).length;
  const candidates = [...new Set(named)].sort((a, b) => votes(b) - votes(a));
  const [first] = candidates; // on a tie, the format that `bits` gives, which stands first
  if (first === undefined || candidates.length === 1) return first;

  // The distance from the first sample is a multiple of every sample width, so that each format is read from the start
  // of a frame.
  const unit = ALL_WIDTHS * channels;
  const middle = layout.start + Math.floor((layout.end - layout.start) / 2 / unit) * unit;
  const bytes = await file.read(middle, Math.max(middle, Math.min(layout.end, middle + TASTE_BYTES)));
  if (formats === FLOATS) return floatFormatOf(bytes, layout.bigEndian) ?? first;
  const jumps = (format: SampleFormat) => jumpsIn(samplesIn(bytes, { ...layout, format }), channels);
  const best = candidates.reduce((least, format) => (jumps(format) < jumps(least) ? format : least));
  return jumps(best) < jumps(first) * 0.75 ? best : first;
};

/** The least number of bytes that whole samples of every width fill: 1, 2, 3, 4 and 8. */
const ALL_WIDTHS = 24;
const TASTE_BYTES = 48 * 1024;

/**
 * One of the two words of a 64-bit float is the low end of its fraction: read as a 32-bit float, it is zero or of any
 * size. Of two 32-bit floats, both have the size of sound.
 * @returns undefined for silence
 */
const floatFormatOf = (bytes: Uint8Array, bigEndian: boolean): SampleFormat | undefined => {
  const words = samplesIn(bytes, { format: 'f32', bigEndian });
  if (words.every((word) => word === 0)) return undefined;
  const sound: [number, number] = [0, 0];
  const other: [number, number] = [0, 0];
  for (const [n, word] of words.entries()) {
    const size = Math.abs(word);
    (size > 2 ** -30 && size < 16 ? sound : other)[n % 2 === 0 ? 0 : 1] += 1;
  }
  return sound.every((count, parity) => count > (other[parity] as number)) ? 'f32' : 'f64';
};

const WINDOW_FRAMES = 512;

/**
 * How much neighbouring samples of a channel differ in relation to their loudness, in the smoother parts of the sound:
 * 0 for silence, large for noise.
 */
const jumpsIn = (samples: Float32Array, channels: number): number => {
  const scores: number[] = [];
  const size = WINDOW_FRAMES * channels;
  for (let at = 0; at < samples.length; at += size) scores.push(jumpsOf(samples.subarray(at, at + size), channels));
  scores.sort((a, b) => a - b);
  return scores[Math.floor(scores.length / 4)] ?? 0;
};

const jumpsOf = (samples: Float32Array, channels: number): number => {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  let [jumps, power] = [0, 0];
  for (const [n, value] of samples.entries()) {
    power += (value - mean) ** 2;
    if (n >= channels) jumps += (value - (samples[n - channels] as number)) ** 2;
  }
  const level = Math.sqrt(power / samples.length);
  return (power === 0 ? 0 : (jumps / power) * (0.1 + level)) + Math.abs(mean);
};
