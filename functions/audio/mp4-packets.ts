import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, viewOf } from './bytes.ts';
import { type PacketCount, readerOf, soundIn } from './packet-count.ts';

/** A file has a few boxes on each level. A fragmented file has many, and no table lists its packets. */
const MOST_BOXES = 1000;
/** At most so many sizes of a table are read. A file with more packets is no call. */
const MOST_SIZES = 2_000_000;
const MOST_RUNS = 1_000_000;

interface Box {
  type: string;
  /** The byte offset behind the box's header. */
  start: number;
  end: number;
}
type Read = ReturnType<typeof readerOf>;

/** Counts the packets of the sound tracks by their tables (ISO/IEC 14496-12, 8.7), without reading the packets. */
export const countMp4Packets = async (file: AudioFile): Promise<PacketCount | undefined> => {
  const read = readerOf(file);
  const boxes = await boxesIn(read, 0, file.bytes);
  const moov = boxes.find(({ type }) => type === 'moov');
  if (!moov) return undefined;
  // No table lists the packets of fragments.
  const isWhole = boxes.length < MOST_BOXES && boxes.every(({ type }) => type !== 'moof');
  const total: PacketCount & { steps: number } = { packets: 0, soundBytes: 0, isWhole, steps: 0 };
  for (const trak of await children(read, moov, 'trak')) {
    const [mdia] = await children(read, trak, 'mdia');
    const [hdlr] = mdia ? await children(read, mdia, 'hdlr') : [];
    const kind = hdlr && (await read(hdlr.start + 8, 4));
    if (!mdia || !kind || ascii(kind, 0, 4) !== 'soun') continue;
    const [minf] = await children(read, mdia, 'minf');
    const [stbl] = minf ? await children(read, minf, 'stbl') : [];
    if (!stbl) continue;
    const { packets, soundBytes } = await sizesOf(read, stbl);
    total.packets += packets;
    total.soundBytes += soundBytes;
    total.steps += await stepsOf(read, stbl, packets);
  }
  return total;
};

const boxesIn = async (read: Read, start: number, end: number): Promise<Box[]> => {
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end && boxes.length < MOST_BOXES; ) {
    const head = await read(at, Math.min(16, end - at));
    if (!head) break;
    const short = viewOf(head).getUint32(0);
    if (short === 1 && head.length < 16) break;
    const [size, headBytes] =
      short === 1 ? [Number(viewOf(head).getBigUint64(8)), 16] : [short === 0 ? end - at : short, 8];
    if (size < headBytes) break;
    boxes.push({ type: ascii(head, 4, 4), start: at + headBytes, end: Math.min(end, at + size) });
    at += size;
  }
  return boxes;
};
const children = async (read: Read, { start, end }: Box, type: string): Promise<Box[]> =>
  (await boxesIn(read, start, end)).filter((box) => box.type === type);

/** Reads the table of sizes: one size for all packets, or a size for each. Of `stz2`, only the packets are counted. */
const sizesOf = async (read: Read, stbl: Box): Promise<{ packets: number; soundBytes: number }> => {
  const [stsz] = await children(read, stbl, 'stsz');
  const table = stsz ?? (await children(read, stbl, 'stz2'))[0];
  const head = table && (await read(table.start, 12));
  if (!head) return { packets: 0, soundBytes: 0 };
  const packets = viewOf(head).getUint32(8);
  if (!stsz) return { packets, soundBytes: Number.POSITIVE_INFINITY };
  const each = viewOf(head).getUint32(4);
  if (each > 0) return { packets, soundBytes: packets * soundIn(each) };
  let soundBytes = 0;
  for (let n = 0; n < Math.min(packets, MOST_SIZES); n += 1) {
    const size = stsz.start + 12 + 4 * n + 4 <= stsz.end ? await read(stsz.start + 12 + 4 * n, 4) : undefined;
    if (!size) break;
    soundBytes += soundIn(viewOf(size).getUint32(0));
  }
  return { packets, soundBytes };
};

/** Counts `steps` by the table of chunks: all chunks of a run hold the same number of packets. */
const stepsOf = async (read: Read, stbl: Box, packets: number): Promise<number> => {
  const [stsc] = await children(read, stbl, 'stsc');
  const head = stsc && (await read(stsc.start, 8));
  const runs = head ? viewOf(head).getUint32(4) : 0;
  let [steps, left] = [0, packets];
  for (let n = 0; stsc && n < Math.min(runs, MOST_RUNS) && left > 0; n += 1) {
    const run = await read(stsc.start + 8 + 12 * n, 8);
    const next = n + 1 < runs ? await read(stsc.start + 8 + 12 * (n + 1), 4) : undefined;
    if (!run) break;
    const each = Math.min(left, viewOf(run).getUint32(4));
    if (each === 0) continue;
    const chunks = next ? viewOf(next).getUint32(0) - viewOf(run).getUint32(0) : Math.ceil(left / each);
    const held = Math.min(left, Math.max(0, chunks) * each);
    steps += held * each;
    left -= held;
  }
  return steps;
};
