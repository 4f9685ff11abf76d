import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ffmpegDecoder, findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES } from '../../functions/core/audio.ts';
import type { AudioDecoder, AudioFile, Fitted, FittedPart } from '../../functions/core/ports.ts';

// npm run corpus -- FOLDER: every file of a folder through the fitter, without and with ffmpeg. What would be sent is
// decoded by ffmpeg, and compared with what ffmpeg decodes of the original. Exits 1 where something is wrong.

const { positionals } = parseArgs({ allowPositionals: true });
const [folder] = positionals;
if (!folder) throw new Error('Name a folder: npm run corpus -- FOLDER');
const path = findFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH, PATH: process.env.PATH ?? '' });
if (!path) throw new Error('The corpus is compared with ffmpeg: install it, or set FFMPEG_PATH');

const RATE = 8000;
/** Seconds of sound that ffmpeg decodes, on its own and with all its formats; 0 where it hears none. */
const decodedSeconds = (bytes: Uint8Array): number => {
  const options = [
    '-v',
    'quiet',
    '-i',
    'pipe:0',
    '-map',
    '0:a:0',
    '-ac',
    '1',
    '-ar',
    `${RATE}`,
    '-f',
    's16le',
    'pipe:1',
  ];
  const { stdout } = spawnSync(path, options, { input: bytes, maxBuffer: 2 ** 31 - 1, timeout: 120_000 });
  return (stdout?.length ?? 0) / 2 / RATE;
};
const fileOf = (bytes: Uint8Array): AudioFile => ({
  bytes: bytes.length,
  read: async (start, end) => bytes.slice(start, end),
});

const fitterWith = (ffmpeg: AudioDecoder | undefined) =>
  audioFitter({
    engine: engineThreads({ lookMs: 30_000, fitMs: 360_000, longAfterMs: 360_000 }),
    ffmpeg,
    rules: AUDIO_RULES,
    clock: { nowMs: Date.now },
  });
const FITTERS = { 'without ffmpeg': fitterWith(undefined), 'with ffmpeg': fitterWith(ffmpegDecoder({ path })) };

/** What is wrong with a verdict; undefined where nothing is. */
const faultOf = (fitted: Fitted<FittedPart>, bytes: Uint8Array, heard: number, hasFfmpeg: boolean) => {
  if (fitted.kind === 'unfit')
    return hasFfmpeg && heard >= AUDIO_RULES.minSeconds ? `ffmpeg hears ${heard.toFixed(1)} s` : undefined;
  const sent = fitted.kind === 'made' ? fitted.parts.map((part) => part.bytes) : [bytes];
  const seconds = sent.reduce((sum, part) => sum + decodedSeconds(part), 0);
  if (seconds < AUDIO_RULES.minSeconds) return `sent, but ${seconds.toFixed(1)} s can be heard`;
  return Math.abs(seconds - heard) > Math.max(0.5, heard / 100)
    ? `${seconds.toFixed(1)} s are sent where ffmpeg hears ${heard.toFixed(1)}`
    : undefined;
};

let [verdicts, faults] = [0, 0];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const name = join(entry.parentPath, entry.name);
  const bytes = new Uint8Array(readFileSync(name));
  const heard = decodedSeconds(bytes);
  for (const [engines, fitter] of Object.entries(FITTERS)) {
    const fitted = await fitter.fit(fileOf(bytes), async (part) => part, new AbortController().signal);
    const fault = faultOf(fitted, bytes, heard, engines === 'with ffmpeg');
    verdicts += 1;
    if (!fault) continue;
    faults += 1;
    console.log(`${name} (${engines}): ${fault}; ${fitted.kind === 'unfit' ? fitted.why : fitted.fitting.done}`);
  }
}
console.log(`${verdicts} verdicts, ${faults} to look at`);
process.exitCode = faults > 0 ? 1 : 0;
