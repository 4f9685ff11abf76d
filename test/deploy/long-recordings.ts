import type http from 'node:http';
import { Readable } from 'node:stream';
import type { AudioFile } from '../../functions/core/ports/ports.ts';

const RATE = 8000;

/** A call as a telephone switch records it: µ-law, 8 kHz, mono; a tone that starts and stops. */
export const mulawCall = (seconds: number): Buffer => {
  const samples = seconds * RATE;
  const file = Buffer.alloc(44 + samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(7, 20); // WAVE_FORMAT_MULAW
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples, 40);
  for (let n = 0; n < samples; n += 1) {
    const loud = Math.sin((2 * Math.PI * n) / (3 * RATE));
    file[44 + n] = mulaw(Math.round(12_000 * loud * Math.sin((2 * Math.PI * 300 * n) / RATE)));
  }
  return file;
};

/** ITU-T G.711: one sign bit, three segment bits, four step bits, all inverted. */
const mulaw = (sample: number): number => {
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132;
  const segment = Math.floor(Math.log2(magnitude)) - 7;
  const step = (magnitude >> (segment + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff;
};

/** Streams a file whose bytes are never in memory all at once. */
export const streamed =
  (file: AudioFile, type: string): http.RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': file.bytes });
    const pieces = async function* () {
      for (let at = 0; at < file.bytes; at += MEGABYTE) yield file.read(at, Math.min(file.bytes, at + MEGABYTE));
    };
    Readable.from(pieces()).pipe(response);
  };
const MEGABYTE = 1024 * 1024;
