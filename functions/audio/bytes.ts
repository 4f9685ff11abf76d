import type { AudioFile } from '../core/ports/ports.ts';

/** Enough for every signature that file-type knows, and for headers with a page of text in them. */
export const HEAD_BYTES = 65_536;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes as text, one character for each byte. */
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

/** AIFF and CAF store the sample rate as a floating-point number, which may be NaN or too large. */
export const isRate = (hertz: number): boolean => hertz > 0 && Number.isSafeInteger(hertz);
