import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LongCall } from './long-call-process.ts';
import { oursAlone, type Row } from './row.ts';

/** By the id of a figure. MP3 passes unchanged: it is decoded once, to check it. */
const CODECS = {
  codecPcm: 'PCM, 8 kHz mono',
  codecPcmStereo: 'PCM, 8 kHz stereo',
  codecMulaw: 'µ-law, 8 kHz mono',
  codecMp3: 'MP3, 16 kHz mono',
} as const;
const CODEC_MINUTES = 12;

/** Conversion on one core: its speed for each codec, and its memory for calls of ten minutes to two hours. */
export const longCalls: Row = async ({ short }) => {
  const speeds: Record<string, number[]> = {};
  for (const [id, codec] of Object.entries(CODECS))
    speeds[id] = times(short ? 1 : 3, () => fitted(codec, short ? 1 : CODEC_MINUTES).timesRealTime);
  const peaks = (minutes: number) => times(short ? 1 : 2, () => fitted('PCM, 8 kHz stereo', minutes).peakMegabytes);
  return oursAlone({ ...speeds, convertShort: peaks(short ? 1 : 10), convertLong: peaks(short ? 3 : 120) });
};

const times = <T>(count: number, run: () => T): T[] => Array.from({ length: count }, run);

const pinned = spawnSync('taskset', ['--version']).status === 0 ? ['taskset', '-c', '0'] : [];

const fitted = (codec: string, minutes: number): LongCall => {
  const file = fileURLToPath(new URL('long-call-process.ts', import.meta.url));
  const [command = '', ...args] = [...pinned, process.execPath, file, codec, String(minutes)];
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};
