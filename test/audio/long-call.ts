import type { AudioFile } from '../../functions/core/ports/ports.ts';

const HEADER_BYTES = 44;

/**
 * A call of any length that is never whole in memory: a WAV of PCM, repeated.
 * @param wav with a header of 44 bytes
 */
export const longCall = (wav: Uint8Array, seconds: number): AudioFile => {
  const sound = wav.subarray(HEADER_BYTES);
  const header = Buffer.from(wav.subarray(0, HEADER_BYTES));
  const [byteRate, frameBytes] = [header.readUInt32LE(28), header.readUInt16LE(32)];
  const soundBytes = Math.round((seconds * byteRate) / frameBytes) * frameBytes;
  header.writeUInt32LE(soundBytes + HEADER_BYTES - 8, 4);
  header.writeUInt32LE(soundBytes, 40);
  return {
    bytes: HEADER_BYTES + soundBytes,
    async read(start, end) {
      const bytes = Buffer.alloc(end - start);
      bytes.set(header.subarray(start, end));
      for (let at = Math.max(start, HEADER_BYTES); at < end; ) {
        const from = (at - HEADER_BYTES) % sound.length;
        const piece = sound.subarray(from, from + end - at);
        bytes.set(piece, at - start);
        at += piece.length;
      }
      return bytes;
    },
  };
};
