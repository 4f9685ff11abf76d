import type { AudioFacts } from '../core/audio.ts';
import type { AudioFile } from '../core/ports.ts';

/** Enough for every signature that file-type knows, and for headers with a page of text in them. */
export const HEAD_BYTES = 65_536;

/** What a header says of the sound behind it, and how long it promises that to be. */
export interface Header extends Pick<AudioFacts, 'codec' | 'sampleRate' | 'channels'> {
  /** As long as the bytes that are there. */
  seconds?: number;
  promisedSeconds?: number;
  /** Whether the sizes in it are true to the file. */
  sizesTrue: boolean;
  /** Where 16-bit PCM stands in a WAV. */
  words?: { start: number; end: number; sampleRate: number; channels: number };
}

/** Format tags (RFC 2361). What mediabunny reads bears its name; the rest is named as ffmpeg names it. */
const WAV_CODECS: Readonly<Record<number, (bits: number) => string>> = {
  1: (bits) => (bits === 8 ? 'pcm-u8' : `pcm-s${bits}`),
  2: () => 'adpcm_ms',
  3: (bits) => `pcm-f${bits}`,
  6: () => 'alaw',
  7: () => 'ulaw',
  17: () => 'adpcm_ima_wav',
  34: () => 'truespeech',
  49: () => 'gsm_ms',
  64: () => 'g726',
  69: () => 'g726',
  85: () => 'mp3',
  255: () => 'aac',
  352: () => 'wmav1',
  353: () => 'wmav2',
};
const EXTENSIBLE = 0xfffe;

const UNKNOWN_BYTES = 0x7fff_0000;
/** Compressed sound, whose fact chunk counts its frames. */
const COUNTED = new Set([2, 17, 34, 49, 85]);
/** PCM, floats, A-law and µ-law: each frame is a value of so many bits for each channel. */
const PLAIN = new Set([1, 3, 6, 7]);
/** Of these every packet has the frames that the format chunk's extension says; their byte rate may be a guess too. */
const IN_PACKETS = new Set([2, 17, 49]);

/** A RIFF/WAVE header, by its chunks; absent where there is no format chunk. */
export const wavHeader = (head: Uint8Array, fileBytes: number): Header | undefined => {
  const view = viewOf(head);
  let format: WavFormat | undefined;
  let frames: number | undefined;
  for (let at = 12; at + 8 <= head.length; ) {
    const [id, size] = [ascii(head, at, 4), view.getUint32(at + 4, true)];
    const body = at + 8;
    if (id === 'fmt ' && body + 16 <= head.length) {
      const outer = view.getUint16(body, true);
      // An extensible format keeps the real tag at the start of its sub-format GUID, 24 bytes in.
      const tag = outer === EXTENSIBLE && body + 26 <= head.length ? view.getUint16(body + 24, true) : outer;
      const [channels, sampleRate] = [view.getUint16(body + 2, true), view.getUint32(body + 4, true)];
      const [said, block, bits] = [
        view.getUint32(body + 8, true),
        ...[12, 14].map((at) => view.getUint16(body + at, true)),
      ];
      const frameBytes = channels * Math.ceil((bits ?? 0) / 8);
      const packetFrames = IN_PACKETS.has(tag) && body + 20 <= head.length ? view.getUint16(body + 18, true) : 0;
      const plain = PLAIN.has(tag) ? frameBytes * sampleRate : undefined;
      format = {
        ...{ tag, channels, sampleRate, bits: bits ?? 0 },
        byteRate: plain ?? (packetFrames > 0 ? ((block ?? 0) * sampleRate) / packetFrames : said),
        consistent: plain === undefined || (plain === said && block === frameBytes),
      };
    }
    if (id === 'fact' && body + 4 <= head.length) frames = view.getUint32(body, true);
    if (id === 'data' && format) return wavOf(format, { frames, promised: size, start: body, there: fileBytes - body });
    at = body + size + (size % 2);
  }
  return format && { ...soundOf(format), sizesTrue: false };
};

type WavFormat = {
  tag: number;
  channels: number;
  sampleRate: number;
  byteRate: number;
  bits: number;
  /** Players take the one number or the other: where they differ, no two hear the same. */
  consistent: boolean;
};

const soundOf = ({ tag, bits, channels, sampleRate }: WavFormat) => ({
  codec: WAV_CODECS[tag]?.(bits) ?? `wav-0x${tag.toString(16)}`,
  channels,
  sampleRate,
});

const wavOf = (
  format: WavFormat,
  data: { frames: number | undefined; promised: number; start: number; there: number },
): Header => {
  const whollyThere = data.promised > 0 && data.promised <= data.there;
  const sizesTrue = whollyThere && format.consistent;
  // A recorder that streams does not know the size yet and writes 0 or the largest number, with or without a sign.
  const promises = data.promised > 0 && data.promised < UNKNOWN_BYTES;
  const bytes = whollyThere ? data.promised : data.there;
  // Of compressed sound the byte rate may be a guess, and the fact chunk counts, unless its writer streamed.
  const counted = COUNTED.has(format.tag) && promises ? (data.frames ?? 0) / format.sampleRate : 0;
  const whole = counted > 0 ? counted : data.promised / format.byteRate;
  const seconds = counted > 0 ? whole * (bytes / data.promised) : bytes / format.byteRate;
  if (!Number.isFinite(seconds)) return { ...soundOf(format), sizesTrue };
  const { sampleRate, channels } = format;
  const isWords = format.tag === 1 && format.bits === 16 && channels > 0;
  const words = isWords ? { words: { start: data.start, end: data.start + bytes, sampleRate, channels } } : {};
  return { ...soundOf(format), seconds, ...(promises && { promisedSeconds: whole }), sizesTrue, ...words };
};

/**
 * The file with sizes in its RIFF header that are true to it, where they are not: recorders that stream write 0 or the
 * largest number, and a file that was cut off says what it once was. Anything else comes back as it is.
 */
export const withTrueSizes = async (file: AudioFile): Promise<AudioFile> => {
  const head = await file.read(0, Math.min(file.bytes, HEAD_BYTES));
  if (ascii(head, 0, 4) !== 'RIFF' || ascii(head, 8, 4) !== 'WAVE') return file;
  const view = viewOf(head);
  let at = 12;
  while (at + 8 <= head.length && ascii(head, at, 4) !== 'data') {
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  if (at + 8 > head.length) return file;
  const there = file.bytes - at - 8;
  const promised = view.getUint32(at + 4, true);
  const sizes: [number, number][] = [[4, file.bytes - 8]];
  if (promised === 0 || promised > there) sizes.push([at + 4, there]);
  return {
    bytes: file.bytes,
    async read(start, end) {
      const bytes = new Uint8Array(await file.read(start, end));
      for (const [where, size] of sizes) {
        for (let n = 0; n < 4; n += 1) {
          const index = where + n - start;
          if (index >= 0 && index < bytes.length) bytes[index] = (Math.min(size, 0xffff_ffff) >>> (8 * n)) & 255;
        }
      }
      return bytes;
    },
  };
};

/** An AIFF or AIFF-C header (the second says its codec, `NONE` and `sowt` being PCM). */
export const aiffHeader = (head: Uint8Array): Header | undefined => {
  const view = viewOf(head);
  for (let at = 12; at + 8 <= head.length; ) {
    const [id, size] = [ascii(head, at, 4), view.getUint32(at + 4)];
    const body = at + 8;
    if (id === 'COMM' && body + 18 <= head.length) {
      const sampleRate = extended(view, body + 8);
      if (!isRate(sampleRate)) return undefined;
      const bits = view.getUint16(body + 6);
      const compression = size >= 22 && body + 22 <= head.length ? ascii(head, body + 18, 4) : 'NONE';
      return {
        codec: ['NONE', 'sowt', 'twos'].includes(compression) ? `pcm-s${bits}` : compression.trim().toLowerCase(),
        channels: view.getUint16(body),
        sampleRate,
        seconds: view.getUint32(body + 2) / sampleRate,
        sizesTrue: true,
      };
    }
    at = body + size + (size % 2);
  }
  return undefined;
};

/** A sample rate as 80-bit IEEE 754: a biased exponent, then 64 bits of mantissa of which 32 are enough. */
const extended = (view: DataView, at: number): number =>
  Math.round(view.getUint32(at + 2) * 2 ** ((view.getUint16(at) & 0x7fff) - 16_383 - 31));

/** Both formats keep it as a fraction, which may be none: what is not a number can be neither judged nor kept. */
const isRate = (hertz: number): boolean => hertz > 0 && Number.isSafeInteger(hertz);

/** Each is a read of its own: a file of nothing but chunks is no recording. */
const MAX_CHUNKS = 1000;

/** A Core Audio Format file; its packet table may stand behind the sound. */
export const cafHeader = async (file: AudioFile): Promise<Header | undefined> => {
  let described:
    | { sampleRate: number; codec: string; channels: number; packetBytes: number; packetFrames: number }
    | undefined;
  let [dataBytes, frames] = [0, 0];
  for (let at = 8, chunks = 0; at + 12 <= file.bytes && chunks < MAX_CHUNKS; chunks += 1) {
    const chunk = await file.read(at, Math.min(file.bytes, at + 12 + 32));
    const view = viewOf(chunk);
    const [id, size] = [ascii(chunk, 0, 4), Number(view.getBigInt64(4))];
    if (id === 'desc' && chunk.length >= 44) {
      described = {
        sampleRate: Math.round(view.getFloat64(12)),
        codec: ascii(chunk, 20, 4).trim(),
        packetBytes: view.getUint32(28),
        packetFrames: view.getUint32(32),
        channels: view.getUint32(36),
      };
    }
    if (id === 'pakt' && chunk.length >= 28) frames = Number(view.getBigInt64(20));
    // The last chunk may say −1: until the end.
    if (id === 'data') dataBytes = (size < 0 ? file.bytes - at - 12 : Math.min(size, file.bytes - at - 12)) - 4;
    at = size < 0 ? file.bytes : at + 12 + size;
  }
  if (!described || !isRate(described.sampleRate)) return undefined;
  const { packetBytes, packetFrames, ...sound } = described;
  if (frames === 0 && packetBytes > 0) frames = Math.floor(dataBytes / packetBytes) * packetFrames;
  if (!(frames >= 0 && Number.isSafeInteger(frames))) frames = 0;
  return { ...sound, seconds: frames / sound.sampleRate, sizesTrue: true };
};

/** Bytes of a frame of 20 ms by its type, the type's own byte included (RFC 4867, 3GPP TS 26.101 and 26.201). */
const AMR = {
  amr: { magic: '#!AMR\n', sampleRate: 8000, frames: [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1] },
  'amr-wb': {
    magic: '#!AMR-WB\n',
    sampleRate: 16_000,
    frames: [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1],
  },
} as const;

/** An AMR file, by a walk over its frames: it has no length anywhere. */
export const amrHeader = async (file: AudioFile): Promise<Header | undefined> => {
  const start = ascii(await file.read(0, Math.min(16, file.bytes)), 0, 16);
  const codec = start.startsWith(AMR.amr.magic) ? 'amr' : start.startsWith(AMR['amr-wb'].magic) ? 'amr-wb' : undefined;
  if (!codec) return undefined;
  const { magic, sampleRate, frames } = AMR[codec];
  let [count, at] = [0, magic.length];
  let chunk: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() };
  while (at < file.bytes) {
    if (at >= chunk.start + chunk.bytes.length)
      chunk = { start: at, bytes: await file.read(at, Math.min(file.bytes, at + 1024 * 1024)) };
    const size = frames[((chunk.bytes[at - chunk.start] as number) >> 3) & 15] ?? 0;
    if (size === 0 || at + size > file.bytes) break;
    count += 1;
    at += size;
  }
  return { codec, sampleRate, channels: 1, seconds: count / 50, sizesTrue: at === file.bytes };
};

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Some bytes as text, each a character. */
export const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  new TextDecoder('latin1').decode(bytes.subarray(at, at + length));
