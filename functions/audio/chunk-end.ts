import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, viewOf } from './bytes.ts';

/** Tags that other programs append to a file. */
const APPENDED = /^(ID3|TAG|APETAGEX|LYRICS)/;
const MAX_PADDING_BYTES = 65_536;

/** How a container writes its chunks. */
export interface ChunkStyle {
  bigEndian: boolean;
  /** Bytes of the size behind a chunk's four letters. */
  sizeBytes?: 4 | 8;
  /** Whether a chunk of an odd size has a pad byte behind it. */
  padded?: boolean;
}

/**
 * Whether samples that begin at `start` can end at `at`: the file ends there, or continues with a chunk, a tag or only
 * zeros. If not, the size in the header is wrong.
 */
export const endsAt = async (
  start: number,
  at: number,
  file: AudioFile,
  { bigEndian, sizeBytes = 4, padded = true }: ChunkStyle,
): Promise<boolean> => {
  const bytes = at - start;
  if (file.bytes - at <= 1) return bytes > 0 || file.bytes === at;
  const tail = await file.read(at, Math.min(file.bytes, at + MAX_PADDING_BYTES));
  for (const from of padded && bytes % 2 === 1 ? [0, 1] : [0]) {
    if (APPENDED.test(ascii(tail, from, 8))) return true;
    if (tail.length < from + 4 + sizeBytes || !/^[ -~]{4}$/.test(ascii(tail, from, 4))) continue;
    const view = viewOf(tail);
    const size =
      sizeBytes === 8 ? Number(view.getBigUint64(from + 4, !bigEndian)) : view.getUint32(from + 4, !bigEndian);
    if (size <= file.bytes - at) return true;
  }
  return bytes > 0 && file.bytes - at <= MAX_PADDING_BYTES && tail.every((byte) => byte === 0);
};
