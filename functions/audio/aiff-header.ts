import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, headOnce, isRate, viewOf } from './bytes.ts';
import { endsAt } from './chunk-end.ts';
import type { Header } from './header.ts';
import { frameBytesOf, type PcmLayout, type SampleFormat, secondsOf } from './pcm.ts';
import { SIGNED_INTEGERS, sampleFormatOf } from './sample-format.ts';

/** Compression types of AIFF-C that are plain samples; integers have the width in the header. */
const PLAIN: Readonly<Record<string, { format?: SampleFormat; little?: true }>> = {
  ...{ NONE: {}, twos: {}, sowt: { little: true }, 'raw ': { format: 'u8' } },
  ...{ in24: { format: 's24' }, in32: { format: 's32' } },
  ...{ fl32: { format: 'f32' }, FL32: { format: 'f32' }, fl64: { format: 'f64' }, FL64: { format: 'f64' } },
  ...{ ulaw: { format: 'ulaw' }, ULAW: { format: 'ulaw' }, alaw: { format: 'alaw' }, ALAW: { format: 'alaw' } },
};
/** Each chunk may cost one read. A file with more chunks is no recording. */
const MAX_CHUNKS = 1000;

interface Described {
  channels: number;
  frames: number;
  bits: number;
  sampleRate: number;
  compression: string;
}
/** Where the samples begin, and how many bytes of samples the chunk declares. */
interface SoundData {
  start: number;
  promised?: number;
}

/** An AIFF or AIFF-C header; undefined where it describes no sound. */
export const aiffHeader = async (given: AudioFile): Promise<Header | undefined> => {
  const file = await headOnce(given);
  const head = await file.read(0, Math.min(12, file.bytes));
  if (!['AIFF', 'AIFC'].includes(ascii(head, 8, 4))) return undefined;
  const formBytes = viewOf(head).getUint32(4);
  const { described, data = { start: file.bytes } } = await chunksOf(file); // no data: the file ends before its sound
  if (!described || !isRate(described.sampleRate)) return undefined;
  const { channels, frames, bits, sampleRate, compression } = described;
  const plain = Object.hasOwn(PLAIN, compression) ? PLAIN[compression] : undefined;
  const unread = { codec: plain ? `pcm-s${bits}` : compression.trim().toLowerCase(), channels, sampleRate };
  if (!plain || channels === 0) return { ...unread, seconds: frames / sampleRate, sizesTrue: true };

  const place = { bigEndian: !plain.little, sampleRate, channels, start: data.start };
  const format = plain.format ?? (await integerFormatOf(described, data, place, file));
  if (!format) return { ...unread, seconds: frames / sampleRate, sizesTrue: false };
  const counted = frames * frameBytesOf({ format, channels });
  const { end, isStated, wasCut } = await extentOf(data, counted, file);
  const pcm: PcmLayout = { ...place, format, end };
  const isWidth = plain.format !== undefined || bits * channels === frameBytesOf(pcm) * 8;
  const coversData = formBytes + 8 >= end && formBytes + 8 <= file.bytes + 1;
  return {
    ...{ codec: plain.format ? compression.trim().toLowerCase() : `pcm-${format}`, channels, sampleRate },
    seconds: secondsOf(pcm),
    ...(wasCut && { promisedSeconds: frames / sampleRate }),
    ...{ sizesTrue: isStated && coversData && isWidth, pcm },
  };
};

/** Reads chunks until the description and the start of the sound are both known. */
const chunksOf = async (file: AudioFile): Promise<{ described?: Described; data?: SoundData }> => {
  const found: { described?: Described; data?: SoundData } = {};
  for (let [at, count] = [12, 0]; at + 8 <= file.bytes && count < MAX_CHUNKS; count += 1) {
    const chunk = await file.read(at, Math.min(file.bytes, at + 8 + 24));
    const view = viewOf(chunk);
    const [id, size] = [ascii(chunk, 0, 4), view.getUint32(4)];
    if (id === 'COMM' && chunk.length >= 26) found.described ??= describe(chunk, size);
    if (id === 'SSND' && chunk.length >= 16 && !found.data) {
      const offset = view.getUint32(8);
      const start = at + 16 + (offset < size ? offset : 0);
      found.data = { start, promised: Math.max(0, at + 8 + size - start) };
    }
    if (found.described && found.data) break;
    at += 8 + size + (size % 2);
  }
  return found;
};

const describe = (chunk: Uint8Array, size: number): Described => {
  const view = viewOf(chunk);
  return {
    ...{ channels: view.getUint16(8), frames: view.getUint32(10), bits: view.getUint16(14) },
    sampleRate: extended(view, 16),
    compression: size >= 22 && chunk.length >= 30 ? ascii(chunk, 26, 4) : 'NONE',
  };
};

const integerFormatOf = (
  { bits, frames }: Described,
  { start, promised = 0 }: SoundData,
  place: Omit<PcmLayout, 'format' | 'end'>,
  file: AudioFile,
): Promise<SampleFormat | undefined> => {
  const widthOf = (bytes: number) => (frames > 0 ? bytes / frames : 0);
  const frameBytes = [widthOf(promised), widthOf(file.bytes - start)];
  return sampleFormatOf(SIGNED_INTEGERS, { bits, frameBytes }, { ...place, end: file.bytes }, file);
};

/**
 * Where the samples end. The count of frames and the chunk's size state the same length twice. If both can be true, the
 * longer length is used, so that no sound is lost.
 * @param counted bytes of sound, by the count of frames
 */
const extentOf = async (
  { start, promised }: SoundData,
  counted: number,
  file: AudioFile,
): Promise<{ end: number; isStated: boolean; wasCut: boolean }> => {
  const there = file.bytes - start;
  const promises = [counted, promised ?? counted];
  let end = file.bytes;
  for (const bytes of promises.toSorted((a, b) => a - b)) {
    const isPossible = bytes > 0 && bytes <= there;
    if (isPossible && (await endsAt(start, start + bytes, file, { bigEndian: true }))) end = start + bytes;
  }
  return {
    end,
    isStated: promises.every((bytes) => bytes - (end - start) <= 1 && bytes >= end - start),
    // The file was cut off only if both lengths reach beyond its end: one length alone may be wrong.
    wasCut: promises.every((bytes) => bytes > there) && Math.abs((promised ?? counted) - counted) <= 1,
  };
};

/** A sample rate as 80-bit IEEE 754: a biased exponent, then 64 bits of mantissa of which 32 are enough. */
const extended = (view: DataView, at: number): number =>
  Math.round(view.getUint32(at + 2) * 2 ** ((view.getUint16(at) & 0x7fff) - 16_383 - 31));
