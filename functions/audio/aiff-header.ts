import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, headOnce, isRate, viewOf } from './bytes.ts';
import { endsAt } from './chunk-end.ts';
import type { Header } from './header.ts';
import { frameBytesOf, type PcmLayout, type SampleFormat, secondsOf } from './pcm.ts';
import { SIGNED_INTEGERS, sampleFormatOf } from './sample-format.ts';

/** Compression types of AIFF-C that are plain samples; integers have the width that the header says. */
const PLAIN: Readonly<Record<string, { format?: SampleFormat; little?: true }>> = {
  ...{ NONE: {}, twos: {}, sowt: { little: true }, 'raw ': { format: 'u8' } },
  ...{ in24: { format: 's24' }, in32: { format: 's32' } },
  ...{ fl32: { format: 'f32' }, FL32: { format: 'f32' }, fl64: { format: 'f64' }, FL64: { format: 'f64' } },
  ...{ ulaw: { format: 'ulaw' }, ULAW: { format: 'ulaw' }, alaw: { format: 'alaw' }, ALAW: { format: 'alaw' } },
};
/** Each may be a read of its own: a file of nothing but chunks is no recording. */
const MAX_CHUNKS = 1000;

/** An AIFF or AIFF-C header; undefined where it describes no sound. */
export const aiffHeader = async (given: AudioFile): Promise<Header | undefined> => {
  const file = await headOnce(given);
  const head = await file.read(0, Math.min(12, file.bytes));
  if (!['AIFF', 'AIFC'].includes(ascii(head, 8, 4))) return undefined;
  const formBytes = viewOf(head).getUint32(4);
  let described:
    | { channels: number; frames: number; bits: number; sampleRate: number; compression: string }
    | undefined;
  let data: { start: number; promised: number } | undefined;
  for (let [at, count] = [12, 0]; at + 8 <= file.bytes && count < MAX_CHUNKS; count += 1) {
    const chunk = await file.read(at, Math.min(file.bytes, at + 8 + 24));
    const view = viewOf(chunk);
    const [id, size] = [ascii(chunk, 0, 4), view.getUint32(4)];
    if (id === 'COMM' && chunk.length >= 26 && !described) {
      described = {
        ...{ channels: view.getUint16(8), frames: view.getUint32(10), bits: view.getUint16(14) },
        sampleRate: extended(view, 16),
        compression: size >= 22 && chunk.length >= 30 ? ascii(chunk, 26, 4) : 'NONE',
      };
    }
    if (id === 'SSND' && chunk.length >= 16 && !data) {
      const offset = view.getUint32(8);
      const start = at + 16 + (offset < size ? offset : 0);
      data = { start, promised: Math.max(0, at + 8 + size - start) };
    }
    if (described && data) break;
    at += 8 + size + (size % 2);
  }
  if (!described || !isRate(described.sampleRate)) return undefined;
  const { channels, frames, bits, sampleRate, compression } = described;
  const plain = Object.hasOwn(PLAIN, compression) ? PLAIN[compression] : undefined;
  const unread = { codec: plain ? `pcm-s${bits}` : compression.trim().toLowerCase(), channels, sampleRate };
  if (!plain || channels === 0) return { ...unread, seconds: frames / sampleRate, sizesTrue: true };

  const { start, promised } = data ?? { start: file.bytes, promised: undefined }; // it was cut off before the sound
  const there = file.bytes - start;
  const place = { bigEndian: !plain.little, sampleRate, channels, start };
  const widthOf = (bytes: number) => (frames > 0 ? bytes / frames : 0);
  const format =
    plain.format ??
    (await sampleFormatOf(
      SIGNED_INTEGERS,
      { bits, frameBytes: [widthOf(promised ?? 0), widthOf(there)] },
      { ...place, end: file.bytes },
      file,
    ));
  if (!format) return { ...unread, seconds: frames / sampleRate, sizesTrue: false };
  const frameBytes = frameBytesOf({ format, channels });
  const counted = frames * frameBytes;
  const promises = [counted, promised ?? counted];
  let end = file.bytes;
  // The count of frames and the chunk's size say the same twice. Of two that can be true, the longer loses nothing.
  for (const bytes of promises.toSorted((a, b) => a - b)) {
    const isPossible = bytes > 0 && bytes <= there;
    if (isPossible && (await endsAt(start, start + bytes, file, { bigEndian: true }))) end = start + bytes;
  }
  const pcm: PcmLayout = { ...place, format, end };
  const isTold = promises.every((bytes) => bytes - (end - start) <= 1 && bytes >= end - start);
  const isWidth = bits * channels === frameBytes * 8;
  const coversData = formBytes + 8 >= end && formBytes + 8 <= file.bytes + 1;
  // Both must say that there was more: one alone may be wrong.
  const wasCut = promises.every((bytes) => bytes > there) && Math.abs((promised ?? counted) - counted) <= 1;
  return {
    ...{ codec: plain.format ? compression.trim().toLowerCase() : `pcm-${format}`, channels, sampleRate },
    seconds: secondsOf(pcm),
    ...(wasCut && { promisedSeconds: frames / sampleRate }),
    ...{ sizesTrue: isTold && coversData && (plain.format !== undefined || isWidth), pcm },
  };
};

/** A sample rate as 80-bit IEEE 754: a biased exponent, then 64 bits of mantissa of which 32 are enough. */
const extended = (view: DataView, at: number): number =>
  Math.round(view.getUint32(at + 2) * 2 ** ((view.getUint16(at) & 0x7fff) - 16_383 - 31));
