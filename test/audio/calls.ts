import { readFileSync } from 'node:fs';
import type { AudioFile } from '../../functions/core/ports/ports.ts';

/** The same call in every format that recordings come in; see `test/fixtures/audio/calls/make.sh`. */
const folder = new URL('../fixtures/audio/calls/', import.meta.url);

/** What ffprobe reports about a file (`header…`), and what ffmpeg decodes from it; see `facts.mjs`. */
export interface CallFacts {
  file: string;
  bytes: number;
  container: string | null;
  codec: string | null;
  sampleRate: number | null;
  channels: number | null;
  headerSeconds: number | null;
  decodedSeconds: number | null;
  maxVolumeDb: number | null;
}

export const allCalls: readonly CallFacts[] = JSON.parse(readFileSync(new URL('facts.json', folder), 'utf8'));

export const factsOf = (name: string): CallFacts => {
  const found = allCalls.find(({ file }) => file === name);
  if (!found) throw new Error(`facts.json does not know ${name}`);
  return found;
};

export const call = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

export interface ReadFile extends AudioFile {
  /** How often the file was read. */
  reads(): number;
}

/** Bytes as an AudioFile. As the port requires, each read must lie within the file. */
export const fileOf = (bytes: Uint8Array): ReadFile => fileWith(bytes.length, (start, end) => bytes.slice(start, end));

/** A file of any size whose bytes are made on request. */
export const fileWith = (bytes: number, make: (start: number, end: number) => Uint8Array): ReadFile => {
  let reads = 0;
  return {
    bytes,
    async read(start, end) {
      if (!(start >= 0 && start <= end && end <= bytes)) throw new RangeError(`asked for ${start} to ${end}`);
      reads += 1;
      return make(start, end);
    },
    reads: () => reads,
  };
};

export const callFile = (name: string): ReadFile => fileOf(call(name));
