import type { AudioFile } from '../core/ports/ports.ts';
import { ascii } from './bytes.ts';
import type { Header } from './header.ts';

/** Bytes of a frame of 20 ms by its type, the type's own byte included (RFC 4867, 3GPP TS 26.101 and 26.201). */
const AMR = {
  amr: { magic: '#!AMR\n', sampleRate: 8000, frames: [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1] },
  'amr-wb': {
    magic: '#!AMR-WB\n',
    sampleRate: 16_000,
    frames: [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1],
  },
} as const;

/** This frame type and all higher ones mean comfort noise, a lost frame, or no frame. */
const FIRST_PAUSE = { amr: 8, 'amr-wb': 9 } as const;

/** An AMR file. Its frames are counted, since the file has no length field. */
export const amrHeader = async (file: AudioFile): Promise<Header | undefined> => {
  const start = ascii(await file.read(0, Math.min(16, file.bytes)), 0, 16);
  const codec = start.startsWith(AMR.amr.magic) ? 'amr' : start.startsWith(AMR['amr-wb'].magic) ? 'amr-wb' : undefined;
  if (!codec) return undefined;
  const { magic, sampleRate, frames } = AMR[codec];
  let [count, spoken, at] = [0, 0, magic.length];
  let chunk: { start: number; bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() };
  while (at < file.bytes) {
    if (at >= chunk.start + chunk.bytes.length)
      chunk = { start: at, bytes: await file.read(at, Math.min(file.bytes, at + 1024 * 1024)) };
    const type = ((chunk.bytes[at - chunk.start] as number) >> 3) & 15;
    const size = frames[type] ?? 0;
    if (size === 0 || at + size > file.bytes) break;
    count += 1;
    if (type < FIRST_PAUSE[codec]) spoken += 1;
    at += size;
  }
  return {
    codec,
    sampleRate,
    channels: 1,
    seconds: count / 50,
    sizesTrue: at === file.bytes,
    ...(count > 0 && spoken === 0 && { pauses: count }),
  };
};
