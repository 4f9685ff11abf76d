import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, viewOf } from './bytes.ts';

/**
 * Where the whole pages of an Ogg file end: before the end where the file was cut off inside a page. mediabunny reads no
 * file that ends inside a page. Any other file ends at its end.
 */
export const endOfPages = async (file: AudioFile): Promise<number> => {
  if (ascii(await file.read(0, Math.min(4, file.bytes)), 0, 4) !== 'OggS') return file.bytes;
  const from = Math.max(0, file.bytes - MOST_PAGE_BYTES);
  const tail = await file.read(from, file.bytes);
  for (let at = tail.length - 4; at >= 0; at -= 1) {
    // A page begins with "OggS", version 0, and at most three flags (RFC 3533, 6).
    if (viewOf(tail).getUint32(at) !== OGGS || (tail[at + 4] ?? 0) !== 0 || (tail[at + 5] ?? 0) > 7) continue;
    return at + pageBytes(tail.subarray(at)) > tail.length && from + at > 0 ? from + at : file.bytes;
  }
  return file.bytes;
};

const OGGS = 0x4f676753;
const HEADER_BYTES = 27;
/** A header, 255 lacing values, and 255 segments of 255 bytes. */
const MOST_PAGE_BYTES = HEADER_BYTES + 255 + 255 * 255;

/** The size of the page by its lacing values; without limit where its header was cut off. */
const pageBytes = (page: Uint8Array): number => {
  const segments = page[HEADER_BYTES - 1];
  if (segments === undefined || page.length < HEADER_BYTES + segments) return Number.POSITIVE_INFINITY;
  const lacing = page.subarray(HEADER_BYTES, HEADER_BYTES + segments);
  return HEADER_BYTES + segments + lacing.reduce((sum, bytes) => sum + bytes, 0);
};
