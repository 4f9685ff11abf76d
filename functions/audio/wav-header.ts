import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, headOnce, viewOf } from './bytes.ts';
import { endsAt } from './chunk-end.ts';
import type { Header } from './header.ts';
import { frameBytesOf, type PcmLayout, secondsOf } from './pcm.ts';
import { FLOATS, INTEGERS, sampleFormatOf } from './sample-format.ts';

/** Format tags (RFC 2361). Codecs that we decode have our names, the others have ffmpeg's names. */
const WAV_CODECS: Readonly<Record<number, string>> = {
  ...{ 2: 'adpcm_ms', 17: 'adpcm_ima_wav', 34: 'truespeech', 49: 'gsm_ms', 64: 'g726', 69: 'g726', 85: 'mp3' },
  ...{ 6: 'alaw', 7: 'ulaw', 255: 'aac', 352: 'wmav1', 353: 'wmav2' },
};
const EXTENSIBLE = 0xfffe;
/** A recorder that streams does not know the size yet: it writes 0, or the largest signed or unsigned number. */
const UNKNOWN_BYTES = 0x7fff_0000;
/** Compressed codecs whose fact chunk counts the frames. */
const COUNTED = new Set([2, 17, 34, 49, 85]);
/** Codecs whose format chunk gives the number of frames in a packet. Their byte rate may be a guess too. */
const IN_PACKETS = new Set([2, 17, 49]);
/** Each chunk may cost one read. A file with more chunks is no recording. */
const MAX_CHUNKS = 1000;

interface WavFormat {
  tag: number;
  channels: number;
  sampleRate: number;
  byteRate: number;
  blockAlign: number;
  bits: number;
  packetFrames: number;
}

/** The facts in the chunks of a WAV. */
interface WavChunks {
  bigEndian: boolean;
  riffBytes: number;
  format?: WavFormat;
  frames?: number;
  /** The size of the data chunk in RF64, whose sizes need more than 32 bits. */
  longBytes?: number;
  data?: SoundData;
}
interface SoundData {
  start: number;
  promised: number;
}
/** Where the samples end. `promised`: set where the sizes in the header can be believed. */
interface Extent {
  end: number;
  promised?: number;
  isTrue: boolean;
}

/** A RIFF/WAVE header (RIFX and RF64 too), by its chunks; undefined where there is no format chunk. */
export const wavHeader = async (given: AudioFile): Promise<Header | undefined> => {
  const file = await headOnce(given);
  const chunks = await chunksOf(file);
  if (!chunks?.format) return undefined;
  const { format, data } = chunks;
  const { tag, channels, sampleRate } = format;
  const codec = WAV_CODECS[tag] ?? `wav-0x${tag.toString(16)}`;
  if (!data) return { codec: plainName(format) ?? codec, channels, sampleRate, sizesTrue: false };

  const extent = await extentOf(chunks, data, file);
  return (
    (await uncompressed(chunks, format, data, extent, file)) ?? {
      ...{ codec: plainName(format) ?? codec, channels, sampleRate, sizesTrue: extent.isTrue },
      ...compressedLength(chunks, format, data, extent),
    }
  );
};

/** Integers, floats and G.711; undefined for other codecs, and where no field gives a possible width of a sample. */
const uncompressed = async (
  { bigEndian }: WavChunks,
  { tag, channels, sampleRate, bits, blockAlign, byteRate }: WavFormat,
  { start }: SoundData,
  { end, promised, isTrue }: Extent,
  file: AudioFile,
): Promise<Header | undefined> => {
  if (channels === 0 || sampleRate === 0 || ![1, 3, 6, 7].includes(tag)) return undefined;
  const place = { bigEndian, sampleRate, channels, start, end };
  const companded = tag === 6 ? 'alaw' : tag === 7 ? 'ulaw' : undefined;
  const widths = { bits, frameBytes: [blockAlign, byteRate / sampleRate] };
  const sampleFormat = companded ?? (await sampleFormatOf(tag === 3 ? FLOATS : INTEGERS, widths, place, file));
  if (!sampleFormat) return undefined;
  const pcm: PcmLayout = { ...place, format: sampleFormat };
  const frameBytes = frameBytesOf(pcm);
  const isStated =
    blockAlign === frameBytes && byteRate === frameBytes * sampleRate && bits * channels === frameBytes * 8;
  return {
    codec: companded ?? `pcm-${sampleFormat}`,
    ...{ channels, sampleRate, pcm },
    seconds: secondsOf(pcm),
    ...(promised !== undefined && { promisedSeconds: promised / frameBytes / sampleRate }),
    // A player may trust any of the fields.
    sizesTrue: isTrue && isStated && !bigEndian,
  };
};

/** The byte rate of compressed sound may be a guess. The fact chunk counts the frames, unless its writer streamed. */
const compressedLength = (
  { frames = 0 }: WavChunks,
  { tag, sampleRate, blockAlign, packetFrames, byteRate: given }: WavFormat,
  { start }: SoundData,
  { end, promised }: Extent,
): Pick<Header, 'seconds' | 'promisedSeconds'> => {
  const there = end - start;
  const counted = COUNTED.has(tag) && promised ? frames / sampleRate : 0;
  const byteRate = IN_PACKETS.has(tag) && packetFrames > 0 ? (blockAlign * sampleRate) / packetFrames : given;
  const promisedSeconds = counted > 0 ? counted : (promised ?? there) / byteRate;
  const seconds = counted > 0 && promised ? counted * Math.min(1, there / promised) : there / byteRate;
  return Number.isFinite(seconds) ? { seconds, ...(promised !== undefined && { promisedSeconds }) } : {};
};

/** The codec's name by the header alone, for the row. */
const plainName = ({ tag, bits }: WavFormat): string | undefined =>
  tag === 1 ? (bits === 8 ? 'pcm-u8' : `pcm-s${bits}`) : tag === 3 ? `pcm-f${bits}` : undefined;

/** Reads chunks until the format and the start of the sound are both known, in either order. */
const chunksOf = async (file: AudioFile): Promise<WavChunks | undefined> => {
  const head = await file.read(0, Math.min(12, file.bytes));
  const magic = ascii(head, 0, 4);
  if (head.length < 12 || ascii(head, 8, 4) !== 'WAVE') return undefined;
  const bigEndian = magic === 'RIFX';
  const chunks: WavChunks = { bigEndian, riffBytes: viewOf(head).getUint32(4, !bigEndian) };
  for (let [at, count] = [12, 0]; at + 8 <= file.bytes && count < MAX_CHUNKS; count += 1) {
    const chunk = await file.read(at, Math.min(file.bytes, at + 8 + 40));
    const view = viewOf(chunk);
    const [id, size] = [ascii(chunk, 0, 4), view.getUint32(4, !bigEndian)];
    if (id === 'fmt ' && chunk.length >= 24 && !chunks.format) chunks.format = formatOf(view, !bigEndian);
    if (id === 'fact' && chunk.length >= 12) chunks.frames = view.getUint32(8, !bigEndian);
    if (id === 'ds64' && chunk.length >= 24) chunks.longBytes = Number(view.getBigUint64(16, !bigEndian));
    if (id === 'data' && !chunks.data) chunks.data = { start: at + 8, promised: size };
    if (chunks.format && chunks.data) break;
    at = await nextChunk(at + 8 + (id === 'data' ? (chunks.longBytes ?? size) : size), size, file);
  }
  return chunks;
};

const formatOf = (view: DataView, little: boolean): WavFormat => {
  const outer = view.getUint16(8, little);
  const has = (end: number) => view.byteLength >= end;
  return {
    // An extensible format keeps the real tag at the start of its sub-format GUID, 24 bytes in.
    tag: outer === EXTENSIBLE && has(34) ? view.getUint16(32, little) : outer,
    channels: view.getUint16(10, little),
    sampleRate: view.getUint32(12, little),
    byteRate: view.getUint32(16, little),
    blockAlign: view.getUint16(20, little),
    bits: view.getUint16(22, little),
    packetFrames: has(28) ? view.getUint16(26, little) : 0,
  };
};

const KNOWN_IDS =
  /^(fmt |fact|data|LIST|list|bext|cue |smpl|inst|junk|JUNK|PAD |id3 |ID3 |PEAK|iXML|note|plst|ltxt|labl)$/;

/** RIFF puts a pad byte behind a chunk of an odd size. Some writers leave it out. */
const nextChunk = async (end: number, size: number, file: AudioFile): Promise<number> => {
  if (size % 2 === 0 || end + 9 > file.bytes) return end + (size % 2);
  const ids = await file.read(end, end + 5);
  return KNOWN_IDS.test(ascii(ids, 0, 4)) && !KNOWN_IDS.test(ascii(ids, 1, 4)) ? end : end + 1;
};

/**
 * Where the samples end. The data chunk's size is believed where the file goes on with another chunk, or ends there;
 * else the samples go on to the end of the file.
 */
const extentOf = async (
  { bigEndian, riffBytes, longBytes }: WavChunks,
  { start, promised: said }: SoundData,
  file: AudioFile,
): Promise<Extent> => {
  const promised = said >= UNKNOWN_BYTES && longBytes ? longBytes : said;
  const isUnknown = promised >= UNKNOWN_BYTES && promised === said;
  const there = file.bytes - start;
  if (!isUnknown && promised <= there && (await endsAt(start, start + promised, file, { bigEndian }))) {
    const coversData = riffBytes + 8 >= start + promised && riffBytes + 8 <= file.bytes + 1;
    return { end: start + promised, promised, isTrue: coversData && promised === said };
  }
  // If the file was cut off, both sizes reach beyond its end. If RIFF's size does not, the data chunk's size is wrong.
  const wasCut = !isUnknown && promised > there && riffBytes + 8 > file.bytes + 1;
  return { end: file.bytes, ...(wasCut && { promised }), isTrue: false };
};
