import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, isRate, viewOf } from './bytes.ts';
import { endsAt } from './chunk-end.ts';
import type { Header } from './header.ts';
import { frameBytesOf, type PcmLayout, secondsOf } from './pcm.ts';
import { FLOATS, SIGNED_INTEGERS, sampleFormatOf } from './sample-format.ts';

const CHUNKS = { bigEndian: true, sizeBytes: 8, padded: false } as const;
/** Each chunk costs one read. A file with more chunks is no recording. */
const MAX_CHUNKS = 1000;

interface Described {
  sampleRate: number;
  codec: string;
  flags: number;
  packetBytes: number;
  packetFrames: number;
  channels: number;
  bits: number;
}

interface SoundData {
  start: number;
  end: number;
  /** Bytes of sound by the chunk's size, where the chunk has one. */
  promised?: number;
  isStated: boolean;
}
interface CafChunks {
  described?: Described;
  data?: SoundData;
  /** The number of frames by the packet table. */
  frames: number;
}

/** A Core Audio Format file; undefined where it describes no sound. */
export const cafHeader = async (file: AudioFile): Promise<Header | undefined> => {
  const { described, data, frames } = await chunksOf(file);
  if (!described || !isRate(described.sampleRate)) return undefined;
  const { codec, sampleRate, channels } = described;
  const sound = { codec, sampleRate, channels };
  const pcm = data && channels > 0 ? await pcmOf(described, data, file) : undefined;
  return data && pcm
    ? { ...sound, ...uncompressedLength(described, data, pcm, file) }
    : { ...sound, seconds: framesOf(described, data, frames) / sampleRate, sizesTrue: true };
};

/** Reads all chunks, since the packet table may stand behind the sound. */
const chunksOf = async (file: AudioFile): Promise<CafChunks> => {
  const found: CafChunks = { frames: 0 };
  for (let [at, count] = [8, 0]; at + 12 <= file.bytes && count < MAX_CHUNKS; count += 1) {
    const chunk = await file.read(at, Math.min(file.bytes, at + 12 + 32));
    const view = viewOf(chunk);
    const [id, size] = [ascii(chunk, 0, 4), Number(view.getBigInt64(4))];
    if (id === 'desc' && chunk.length >= 44) found.described = describe(view, ascii(chunk, 20, 4));
    if (id === 'pakt' && chunk.length >= 28) found.frames = Number(view.getBigInt64(20));
    if (id === 'data') found.data = await soundIn(file, at, size);
    at = size < 0 ? file.bytes : at + 12 + size;
  }
  return found;
};

/** The data chunk begins with four bytes that count its edits. The size −1 means: to the end of the file. */
const soundIn = async (file: AudioFile, at: number, size: number): Promise<SoundData> => {
  const start = Math.min(file.bytes, at + 16);
  const promised = size >= 4 && size < Number.MAX_SAFE_INTEGER ? size - 4 : undefined;
  const isEnd = promised !== undefined && promised > 0 && start + promised <= file.bytes;
  const isTrue = isEnd && (await endsAt(start, start + promised, file, CHUNKS));
  return {
    start,
    end: isTrue ? start + promised : file.bytes,
    ...(promised !== undefined && { promised }),
    isStated: isTrue || size === -1,
  };
};

const uncompressedLength = (
  { sampleRate, channels, packetBytes, packetFrames, bits }: Described,
  { start, promised = 0, isStated }: SoundData,
  pcm: PcmLayout,
  file: AudioFile,
) => {
  const frameBytes = frameBytesOf(pcm);
  const wasCut = promised > file.bytes - start;
  const isPacket = packetBytes === frameBytes && packetFrames === 1 && bits * channels === frameBytes * 8;
  return {
    seconds: secondsOf(pcm),
    ...(wasCut && { promisedSeconds: promised / frameBytes / sampleRate }),
    ...{ sizesTrue: isStated && isPacket, pcm },
  };
};

/** The frames of compressed sound: by the packet table, else by packets of one size; 0 if the file gives neither. */
const framesOf = (
  { packetBytes, packetFrames }: Described,
  data: SoundData | undefined,
  tableFrames: number,
): number => {
  const isCounted = tableFrames === 0 && packetBytes > 0 && data;
  const frames = isCounted ? Math.floor((data.end - data.start) / packetBytes) * packetFrames : tableFrames;
  return frames >= 0 && Number.isSafeInteger(frames) ? frames : 0;
};

const describe = (view: DataView, codec: string): Described => ({
  sampleRate: Math.round(view.getFloat64(12)),
  codec: codec.trim(),
  flags: view.getUint32(24),
  packetBytes: view.getUint32(28),
  packetFrames: view.getUint32(32),
  channels: view.getUint32(36),
  bits: view.getUint32(40),
});

const [IS_FLOAT, IS_LITTLE_ENDIAN] = [1, 2];

const pcmOf = async (
  { codec, flags, packetBytes, channels, bits, sampleRate }: Described,
  { start, end }: { start: number; end: number },
  file: AudioFile,
): Promise<PcmLayout | undefined> => {
  const place = { bigEndian: !(flags & IS_LITTLE_ENDIAN), sampleRate, channels, start, end };
  if (codec === 'ulaw' || codec === 'alaw') return { ...place, format: codec };
  if (codec !== 'lpcm') return undefined;
  const formats = flags & IS_FLOAT ? FLOATS : SIGNED_INTEGERS;
  const format = await sampleFormatOf(formats, { bits, frameBytes: [packetBytes] }, place, file);
  return format && { ...place, format };
};
