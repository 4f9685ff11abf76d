import { readFileSync } from 'node:fs';
import type { AudioFile } from '../../functions/core/ports/ports.ts';

/** One call in the clothes that recordings come in; see `test/fixtures/audio/calls/make.sh`. */
const folder = new URL('../fixtures/audio/calls/', import.meta.url);

/** What ffprobe says of a file (`header…`), and what ffmpeg gets out of it; see `facts.mjs`. */
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
  /** How often it was read. */
  reads(): number;
}

/** Bytes as a file of ours. As the port says, what is asked for lies within it. */
export const fileOf = (bytes: Uint8Array): ReadFile => fileWith(bytes.length, (start, end) => bytes.slice(start, end));

/** A file of any size whose bytes are made when they are asked for. */
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
