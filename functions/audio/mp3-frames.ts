import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, HEAD_BYTES, viewOf } from './bytes.ts';
import type { Header } from './header.ts';

/** One frame of MPEG audio, as its four bytes of header describe it (ISO 11172-3, 2.4.1.3). */
export interface Mp3Frame {
  /** Bytes, the header included. */
  size: number;
  samples: number;
  /** Hertz. */
  sampleRate: number;
  channels: number;
  /** Version, layer and sample rate, which stay the same in a file; the channel mode and the bit rate may change. */
  kind: number;
}

const KBPS = {
  v1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  v2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const RATES = [44_100, 48_000, 32_000];
const LAYER_3 = 1;

/** The layer III frame whose header stands at `at`; undefined where there is none. */
export const mp3FrameAt = (bytes: Uint8Array, at: number): Mp3Frame | undefined => {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = bytes.subarray(at, at + 4);
  const version = (b1 >> 3) & 3; // 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5
  if (b0 !== 0xff || (b1 & 0xe0) !== 0xe0 || version === 1 || ((b1 >> 1) & 3) !== LAYER_3) return undefined;
  const kbps = KBPS[version === 3 ? 'v1' : 'v2'][b2 >> 4];
  const rate = RATES[(b2 >> 2) & 3];
  if (!kbps || !rate || (b3 & 3) === 2) return undefined;
  const sampleRate = rate / { 3: 1, 2: 2, 0: 4 }[version as 0 | 2 | 3]; // 1 was refused above
  const samples = version === 3 ? 1152 : 576;
  const size = Math.floor((samples / 8) * ((kbps * 1000) / sampleRate)) + ((b2 >> 1) & 1);
  return { size, samples, sampleRate, channels: b3 >> 6 === 3 ? 1 : 2, kind: ((b1 & 0x1e) << 8) | (b2 & 0x0c) };
};

/** Whether three frames of one kind follow each other from `at`, or two frames and the end of the bytes. */
export const isMp3At = (bytes: Uint8Array, at: number): boolean => {
  const first = mp3FrameAt(bytes, at);
  let next = at + (first?.size ?? 0);
  for (let count = 1; first && count < 3; count += 1) {
    if (next + 4 > bytes.length) return count === 2;
    const frame = mp3FrameAt(bytes, next);
    if (frame?.kind !== first.kind) return false;
    next += frame.size;
  }
  return first !== undefined;
};

/** Where the tags in front of a file end: there may be several, one behind the other (ID3v2.4, 3.1). */
export const endOfTags = async (file: AudioFile): Promise<number> => {
  let at = 0;
  for (let tags = 0; tags < MAX_TAGS && at + 10 <= file.bytes; tags += 1) {
    const tag = await file.read(at, at + 10);
    if (ascii(tag, 0, 3) !== 'ID3') break;
    const size = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((tag[index] ?? 0) & 0x7f), 0);
    at += 10 + size + ((tag[5] ?? 0) & 0x10 ? 10 : 0);
  }
  return Math.min(at, file.bytes);
};
const MAX_TAGS = 16;

const WINDOW_BYTES = 1024 * 1024;

/** All whole frames of an MP3 with their bytes, in order. Bytes between frames are skipped. */
export async function* mp3Frames(file: AudioFile): AsyncGenerator<Mp3Frame & { data: Uint8Array; at: number }> {
  let at = await endOfTags(file);
  let kind: number | undefined;
  let [start, bytes]: [number, Uint8Array] = [at, new Uint8Array()];
  while (at + 4 <= file.bytes) {
    if (at + MAX_FRAME_BYTES > start + bytes.length && start + bytes.length < file.bytes) {
      start = at;
      bytes = await file.read(at, Math.min(file.bytes, at + WINDOW_BYTES));
    }
    const frame = mp3FrameAt(bytes, at - start);
    const isWanted = frame && (kind === undefined ? isMp3At(bytes, at - start) : frame.kind === kind);
    const isWhole = frame && at + frame.size <= file.bytes;
    if (isWanted && isWhole) {
      kind = frame.kind;
      yield { ...frame, at, data: bytes.subarray(at - start, at - start + frame.size) };
      at += frame.size;
    } else {
      const next = bytes.indexOf(0xff, at - start + 1);
      at = next < 0 ? start + bytes.length : start + next;
    }
  }
}
/** Three of the largest frames (320 kb/s at 32 kHz): `isMp3At` checks three frames. */
const MAX_FRAME_BYTES = 3 * 1441 + 4;

/** An MP3's length, frame by frame; its index is used only where the file is shorter than the index says. */
export const mp3Header = async (file: AudioFile): Promise<(Header & { frameBytes: number }) | undefined> => {
  const tagsEnd = await endOfTags(file);
  const head = await file.read(tagsEnd, Math.min(file.bytes, tagsEnd + HEAD_BYTES));
  if (!isMp3At(head, 0)) return undefined;
  let first: Mp3Frame | undefined;
  let [seconds, frameBytes] = [0, 0];
  let index: Index | undefined;
  for await (const frame of mp3Frames(file)) {
    frameBytes += frame.size;
    if (!first) {
      first = frame;
      index = indexIn(frame.data);
      if (index) continue; // the index's own frame is silent
    }
    seconds += frame.samples / frame.sampleRate;
  }
  if (!first) return undefined;
  const { sampleRate, channels, samples } = first;
  const wasCut = index && tagsEnd + index.bytes > file.bytes;
  return {
    ...{ codec: 'mp3', sampleRate, channels, seconds, sizesTrue: true, frameBytes },
    ...(wasCut && index && { promisedSeconds: (index.frames * samples) / sampleRate }),
  };
};

interface Index {
  frames: number;
  bytes: number;
}

/** The Xing or Info index, which stands behind the first frame's side information. */
export const indexIn = (frame: Uint8Array): Index | undefined => {
  const at = [36, 21, 13].find((place) => ['Xing', 'Info'].includes(ascii(frame, place, 4)));
  if (at === undefined || frame.length < at + 16) return undefined;
  const flags = viewOf(frame).getUint32(at + 4);
  const hasBoth = (flags & 3) === 3;
  return {
    frames: hasBoth ? viewOf(frame).getUint32(at + 8) : 0,
    bytes: hasBoth ? viewOf(frame).getUint32(at + 12) : 0,
  };
};
