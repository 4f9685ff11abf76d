import { readFileSync } from 'node:fs';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { longCall } from '../../test/audio/long-call.ts';

// Fits one call in a process of its own, and prints what that took: `node long-call-process.ts <codec> <minutes>`.

export interface LongCall {
  megabytes: number;
  seconds: number;
  timesRealTime: number;
  /** Resident memory at its peak, beyond the use before the work. */
  peakMegabytes: number;
}

const calls = new URL('../../test/fixtures/audio/calls/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, calls));
const HEADERS: Readonly<Record<string, string>> = {
  'PCM, 8 kHz stereo': 'pcm-s16-8k-stereo.wav',
  'PCM, 8 kHz mono': 'pcm-s16-8k-mono.wav',
};
const [, , codec = '', minutes = ''] = process.argv;

/** A recording of this codec, of any length, without any file of that length: WAV by a header, MP3 and Ogg repeated. */
const recordingOf = (): AudioFile => {
  const wav = HEADERS[codec];
  if (wav) return longCall(read(wav), Number(minutes) * 60);
  if (codec === 'µ-law, 8 kHz mono') return repeatedWav(read('mulaw-8k-mono.wav'), Number(minutes) * 60);
  if (codec === 'MP3, 16 kHz mono') return whole(repeated(sampleCall(), Number(minutes) * 60, 24));
  throw new Error(`there is no recording in ${codec}`);
};

const sampleCall = () => readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));

const repeated = (bytes: Buffer, seconds: number, each: number) =>
  Buffer.concat(Array.from({ length: Math.ceil(seconds / each) }, () => bytes));

const whole = (bytes: Uint8Array): AudioFile => ({
  bytes: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
});

/** The WAV's own header with the lengths of the longer sound. */
const repeatedWav = (wav: Buffer, seconds: number): AudioFile => {
  const data = wav.indexOf('data');
  const sound = wav.subarray(data + 8);
  const header = Buffer.from(wav.subarray(0, data + 8));
  const long = Buffer.concat(Array.from({ length: Math.ceil((seconds * 8000) / sound.length) }, () => sound));
  header.writeUInt32LE(header.length + long.length - 8, 4);
  header.writeUInt32LE(long.length, data + 4);
  return whole(Buffer.concat([header, long]));
};

const file = recordingOf();
const fitter = audioFitter({ engine: engineThreads(timing()), rules: AUDIO_RULES, clock: { nowMs: Date.now } });
const idle = process.memoryUsage().rss;
const begun = performance.now();
const fitted = await fitter.fit(file, async ({ bytes }) => bytes.length, new AbortController().signal);
const seconds = (performance.now() - begun) / 1000;
if (fitted.kind === 'unfit') throw new Error(JSON.stringify(fitted));
const measured: LongCall = {
  megabytes: file.bytes / 1e6,
  seconds,
  timesRealTime: (Number(minutes) * 60) / seconds,
  peakMegabytes: (process.resourceUsage().maxRSS * 1024 - idle) / 1e6,
};
console.log(JSON.stringify(measured));
process.exit();
