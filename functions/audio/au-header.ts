import type { AudioFile } from '../core/ports/ports.ts';
import { viewOf } from './bytes.ts';
import type { Header } from './header.ts';
import { frameBytesOf, type PcmLayout, type SampleFormat, secondsOf } from './pcm.ts';

/** Encodings of Sun's and NeXT's AU that are plain samples, all of them big-endian. */
const PLAIN: Readonly<Record<number, SampleFormat>> = {
  ...{ 1: 'ulaw', 2: 's8', 3: 's16', 4: 's24', 5: 's32', 6: 'f32', 7: 'f64', 27: 'alaw' },
};
const UNKNOWN_BYTES = 0xffff_ffff;

/** An AU header; its data size may be unknown. */
export const auHeader = async (file: AudioFile): Promise<Header | undefined> => {
  if (file.bytes < 24) return undefined;
  const view = viewOf(await file.read(0, 24));
  const [offset = 0, promised = 0, encoding = 0, sampleRate = 0, channels = 0] = [4, 8, 12, 16, 20].map((at) =>
    view.getUint32(at),
  );
  const format = PLAIN[encoding];
  const sound = { codec: nameOf(format) ?? `au-${encoding}`, sampleRate, channels };
  if (!format || channels === 0 || sampleRate === 0) return { ...sound, sizesTrue: false };
  const start = await startOf(file, offset, promised);
  const pcm: PcmLayout = { format, bigEndian: true, sampleRate, channels, start, end: file.bytes };
  const wasCut = promised !== UNKNOWN_BYTES && promised > file.bytes - start;
  return {
    ...sound,
    seconds: secondsOf(pcm),
    ...(wasCut && { promisedSeconds: promised / frameBytesOf(pcm) / sampleRate }),
    ...{ sizesTrue: !wasCut, pcm },
  };
};

/**
 * Where the samples begin. A text may stand between the header and the samples. If other bytes are there, the offset is
 * wrong: the samples then begin at the place that the size implies, or behind the header.
 */
const startOf = async (file: AudioFile, offset: number, promised: number): Promise<number> => {
  const isInFile = offset >= HEADER_BYTES && offset <= file.bytes;
  if (isInFile && offset + promised === file.bytes) return offset;
  if (isInFile) {
    const text = await file.read(HEADER_BYTES, Math.min(offset, HEADER_BYTES + MAX_TEXT_BYTES));
    if (text.every((byte) => byte === 0 || (byte >= 9 && byte < 127))) return offset;
  }
  const impliedStart = file.bytes - promised;
  return impliedStart >= HEADER_BYTES && impliedStart <= HEADER_BYTES + MAX_TEXT_BYTES ? impliedStart : HEADER_BYTES;
};
const HEADER_BYTES = 24;
const MAX_TEXT_BYTES = 4096;

const nameOf = (format: SampleFormat | undefined): string | undefined =>
  format === undefined || format === 'ulaw' || format === 'alaw' ? format : `pcm-${format}`;
