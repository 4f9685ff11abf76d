import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { seeded, seedFor } from './seeded.ts';

const SAMPLE_RATE = 8000;
const HEADER_BYTES = 44;

/** A short WAV, 8 kHz, 16 bits, mono. It passes byte for byte, and its sound, unique to the call, identifies it. */
export const recordingOf = (call: string, seconds = 1): Buffer => {
  const bytes = Math.round(seconds * SAMPLE_RATE) * 2;
  const file = Buffer.alloc(HEADER_BYTES + bytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(HEADER_BYTES - 8 + bytes, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // mono
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(bytes, 40);
  const random = seeded(seedFor(0, call));
  for (let at = HEADER_BYTES; at < file.length; at += 2) file.writeInt16LE(Math.round((random() - 0.5) * 16_000), at);
  return file;
};

/** Repeats AAC frames of real speech: 84 minutes, more than one memo may have. */
export const longRecording = (): Buffer => {
  const frames = readFileSync(new URL('../../test/fixtures/audio/calls/adts-16k-mono.aac', import.meta.url));
  return Buffer.concat(Array(Math.ceil(LONG_BYTES / frames.length)).fill(frames));
};
const LONG_BYTES = 16_000_000;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
