import type { AudioFile } from '../core/ports/ports.ts';
import { ascii } from './bytes.ts';
import { type PacketCount, readerOf, soundIn } from './packet-count.ts';

const HEADER_BYTES = 27;
const MOST_SEGMENTS = 255;

/** Counts the packets by the lacing values of each page (RFC 3533, 6): a value below 255 ends a packet. */
export const countOggPackets = async (file: AudioFile): Promise<PacketCount> => {
  const read = readerOf(file);
  let [packets, soundBytes, packetBytes] = [0, 0, 0];
  let at = 0;
  while (at + HEADER_BYTES < file.bytes) {
    const head = await read(at, Math.min(HEADER_BYTES + MOST_SEGMENTS, file.bytes - at));
    const segments = head?.[26] ?? 0;
    if (!head || ascii(head, 0, 4) !== 'OggS' || head.length < HEADER_BYTES + segments) break;
    let pageBytes = HEADER_BYTES + segments;
    for (let n = 0; n < segments; n += 1) {
      const lacing = head[HEADER_BYTES + n] ?? 0;
      pageBytes += lacing;
      packetBytes += lacing;
      if (lacing === 255) continue;
      packets += 1;
      soundBytes += soundIn(packetBytes);
      packetBytes = 0;
    }
    at += pageBytes;
  }
  return { packets, soundBytes, isWhole: at >= file.bytes };
};
