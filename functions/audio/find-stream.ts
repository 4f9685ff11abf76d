import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, HEAD_BYTES } from './bytes.ts';
import { endOfTags, isMp3At } from './mp3-frames.ts';

/**
 * Where sound begins in a file that begins with something else: a tag whose size is wrong, line feeds, zeros, the rest
 * of a frame, a wrapper. The first 64 kB of the file and the 64 kB behind its tags are searched.
 * @returns a byte offset, or undefined where nothing was found
 */
export const findStream = async (file: AudioFile): Promise<number | undefined> => {
  const tagsEnd = await endOfTags(file);
  for (const from of new Set([0, tagsEnd])) {
    // A tag may declare too large a size, so the bytes inside the tag are searched first.
    const bytes = await file.read(from, Math.min(file.bytes, from + 2 * HEAD_BYTES));
    // The caller has already probed the very beginning, and found no sound.
    for (let at = from === 0 ? 1 : 0; at < Math.min(bytes.length, HEAD_BYTES); at += 1)
      if (isStart(bytes, at)) return from + at;
  }
  return undefined;
};

const isStart = (bytes: Uint8Array, at: number): boolean => {
  switch (bytes[at]) {
    case 0xff:
      return isMp3At(bytes, at) || isAdtsAt(bytes, at);
    case 0x66: // f
      return ascii(bytes, at, 8) === 'fLaC\0\0\0\x22'; // STREAMINFO comes first, of 34 bytes (RFC 9639, 8.2)
    case 0x4f: // O
      return ascii(bytes, at, 5) === 'OggS\0' && ((bytes[at + 5] ?? 0) & 2) === 2; // the first page of a stream
    case 0x23: // #
      return /^#!AMR(-WB)?\n/.test(ascii(bytes, at, 9));
    case 0x52: // R
      return ascii(bytes, at, 4) === 'RIFF' && ascii(bytes, at + 8, 4) === 'WAVE';
    default:
      return false;
  }
};

/** Whether three ADTS frames of one kind follow each other from here, or two and the end (ISO 14496-3, 1.A.3.2). */
const isAdtsAt = (bytes: Uint8Array, at: number): boolean => {
  let next = at;
  for (let count = 0; count < 3; count += 1) {
    const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0] = bytes.subarray(next, next + 6);
    if (next + 7 > bytes.length) return count === 2;
    const size = ((b3 & 3) << 11) | (b4 << 3) | (b5 >> 5);
    const isFrame = b0 === 0xff && (b1 & 0xf6) === 0xf0 && ((b2 >> 2) & 15) < 13 && size > 7;
    if (!isFrame || ((b2 ^ (bytes[at + 2] ?? 0)) & 0xfc) !== 0) return false;
    next += size;
  }
  return true;
};

/** The file without its first `start` bytes. */
export const fileFrom = (file: AudioFile, start: number): AudioFile =>
  start === 0 ? file : { bytes: file.bytes - start, read: (from, to) => file.read(from + start, to + start) };
