import type { AudioFile } from '../core/ports/ports.ts';
import { type PacketCount, readerOf, soundIn } from './packet-count.ts';

const EBML = 0x1a45dfa3;
/** Segment, Cluster and BlockGroup. The elements inside are read one by one; the own size is ignored (RFC 9559, 5). */
const HOLDERS: ReadonlySet<number> = new Set([0x18538067, 0x1f43b675, 0xa0]);
/** SimpleBlock and Block. */
const BLOCKS: ReadonlySet<number> = new Set([0xa3, 0xa1]);
/** An id of four bytes and a size of eight. */
const HEAD_BYTES = 12;
/** The track's number of eight bytes, the time, the flags, and the number of laced packets. */
const BLOCK_HEAD_BYTES = 12;

/** Counts the packets block by block; a block may hold up to 256 packets (RFC 9559, 10.3). */
export const countMatroskaPackets = async (file: AudioFile): Promise<PacketCount | undefined> => {
  const read = readerOf(file);
  let [packets, soundBytes, at] = [0, 0, 0];
  while (at < file.bytes) {
    const head = await read(at, Math.min(HEAD_BYTES, file.bytes - at));
    const id = head && numberAt(head, 0, true);
    const size = head && id && numberAt(head, id.bytes, false);
    if (!id || !size) break;
    if (at === 0 && id.value !== EBML) return undefined;
    at += id.bytes + size.bytes;
    if (HOLDERS.has(id.value)) continue;
    if (BLOCKS.has(id.value)) {
      const block = await read(at, Math.min(BLOCK_HEAD_BYTES, size.value, file.bytes - at));
      const track = block && numberAt(block, 0, false);
      if (!block || !track) break;
      const isLaced = ((block[track.bytes + 2] ?? 0) & 0x06) !== 0;
      const count = isLaced ? (block[track.bytes + 3] ?? 0) + 1 : 1;
      packets += count;
      const held = Math.max(0, size.value - track.bytes - (isLaced ? 4 : 3));
      soundBytes += count * soundIn(held / count);
    }
    at += size.value;
  }
  return { packets, soundBytes, isWhole: at >= file.bytes };
};

/** An EBML number (RFC 8794, 4). Its first byte marks how many bytes the number has; an id keeps that mark. */
const numberAt = (bytes: Uint8Array, at: number, keepsMark: boolean): { value: number; bytes: number } | undefined => {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || at + length > bytes.length) return undefined;
  let value = keepsMark ? first : first & (0xff >> length);
  for (let n = 1; n < length; n += 1) value = value * 256 + (bytes[at + n] ?? 0);
  return { value, bytes: length };
};
