import type { AudioFile } from '../core/ports/ports.ts';

/** Enough for every signature that file-type knows, and for headers with a page of text in them. */
export const HEAD_BYTES = 65_536;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Some bytes as text, each a character. */
export const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  new TextDecoder('latin1').decode(bytes.subarray(at, at + length));

/** A file whose head is read once, and then served from memory. */
export const headOnce = async (file: AudioFile): Promise<AudioFile> => {
  const head = await file.read(0, Math.min(file.bytes, HEAD_BYTES));
  return {
    bytes: file.bytes,
    read: async (start, end) => (end <= head.length ? head.subarray(start, end) : file.read(start, end)),
  };
};

/** Both AIFF and CAF keep a rate as a fraction, which may be none: what is not a number can be neither judged nor kept. */
export const isRate = (hertz: number): boolean => hertz > 0 && Number.isSafeInteger(hertz);
