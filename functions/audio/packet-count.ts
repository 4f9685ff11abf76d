import type { AudioFile } from '../core/ports/ports.ts';

/** What a container itself says of its packets, counted without decoding one. */
export interface PacketCount {
  packets: number;
  /** Bytes of the packets that say more than "silence": see `soundIn`. */
  soundBytes: number;
  /** Whether all of the file was counted. */
  isWhole: boolean;
  /** Of an MP4: how many steps a reader takes that adds up sizes from the beginning of each chunk. */
  steps?: number;
}

/** A packet of Opus of two bytes or fewer is silence (RFC 6716, 3.1 and 4.2.6); so much of every packet is no sound. */
const SILENT_PACKET_BYTES = 2;
export const soundIn = (packetBytes: number): number => Math.max(0, packetBytes - SILENT_PACKET_BYTES);

/** As much is read of a file to count its packets: five times what any call of six hours has in speech. */
const MOST_READ_BYTES = 64 * 1024 * 1024;
const WINDOW_BYTES = 1024 * 1024;

/** Reads on through a file in large pieces; nothing where its end, or the end of what may be read, is reached. */
export const readerOf = (file: AudioFile) => {
  let [window, from, read] = [new Uint8Array(), 0, 0];
  return async (at: number, length: number): Promise<Uint8Array | undefined> => {
    if (at < from || at + length > from + window.length) {
      if (at + length > file.bytes || read >= MOST_READ_BYTES) return undefined;
      from = at;
      window = new Uint8Array(await file.read(at, Math.min(file.bytes, at + Math.max(length, WINDOW_BYTES))));
      read += window.length;
    }
    return window.subarray(at - from, at - from + length);
  };
};
