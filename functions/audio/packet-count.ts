import type { AudioFile } from '../core/ports/ports.ts';

/** A container's packets, counted without decoding them. */
export interface PacketCount {
  packets: number;
  /** Bytes that can be sound rather than "silence": see `soundIn`. */
  soundBytes: number;
  /** Whether all of the file was counted. */
  isWhole: boolean;
  /** Of an MP4: the steps of a reader that, for each packet, adds up the sizes from the beginning of the chunk. */
  steps?: number;
}

/** An Opus packet of at most two bytes is silence (RFC 6716, 3.1, 4.2.6). Two bytes of each packet are no sound. */
const SILENT_PACKET_BYTES = 2;
export const soundIn = (packetBytes: number): number => Math.max(0, packetBytes - SILENT_PACKET_BYTES);

/** At most so much of a file is read to count its packets: five times the speech of any call of six hours. */
const MOST_READ_BYTES = 64 * 1024 * 1024;
const WINDOW_BYTES = 1024 * 1024;

/** Reads forward through a file in large pieces; undefined behind the file's end, and after `MOST_READ_BYTES`. */
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
