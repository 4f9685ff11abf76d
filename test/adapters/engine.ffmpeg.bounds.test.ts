import { afterEach, describe, expect, test } from 'vitest';
import { ffmpegDecoder, findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import * as bombs from '../audio/bombs.ts';
import { fileOf } from '../audio/calls.ts';
import { NODE_TAKES, type StandIn, standIn } from '../servers/stand-in.ts';

// ffmpeg has its own bounds on time and memory. Where a bound ends ffmpeg, the sound has not ended.

let ffmpeg: StandIn | undefined;
afterEach(() => ffmpeg?.remove());

const real = findFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH, PATH: process.env.PATH ?? '' }) ?? '';
const SIX_HOURS = bombs.oggOpusOfTinyPackets(360_000, 60);

const decode = async (bytes: Uint8Array, bounds: { path?: string; cpuSeconds?: number; memoryBytes?: number }) => {
  const path = bounds.path ?? real;
  await using opened = await ffmpegDecoder({ ...bounds, path }).open(fileOf(bytes), new AbortController().signal);
  let heard = 0;
  for await (const chunk of opened.decode().chunks) heard += chunk.length;
  return heard;
};

describe.skipIf(real === '')('the real ffmpeg (needs ffmpeg on PATH or in FFMPEG_PATH)', () => {
  test('is stopped when its processor time is over, and what came until then is not taken for all', async () => {
    await expect(decode(SIX_HOURS, { cpuSeconds: 1 })).rejects.toMatchObject({
      code: 'unreadable',
      message: 'it takes ffmpeg longer than 1 s',
    });
  });

  test('is stopped by too little memory, with that reason', async () => {
    await expect(decode(SIX_HOURS, { memoryBytes: 50e6 })).rejects.toMatchObject({
      code: 'unreadable',
      message: 'it takes ffmpeg more than 50 MB of memory',
    });
  });

  test('has enough of both for an honest recording', async () => {
    expect(await decode(bombs.oggOpusOfTinyPackets(1000, 60), {})).toBe(60 * 24_000 * 2);
  });
});

test.each([
  ['SIGXCPU', 'it takes ffmpeg longer than 300 s'],
  ['SIGKILL', 'it takes ffmpeg longer than 300 s, or more memory than there is'],
  ['SIGSEGV', 'ffmpeg died while it read the file (SIGSEGV)'],
])('an ffmpeg that %s ends after some sound has not heard all', async (signal, message) => {
  ffmpeg = standIn('ffmpeg', `process.stdout.write('sound', () => process.kill(process.pid, '${signal}'));`);
  const { path } = ffmpeg;
  await expect(decode(new Uint8Array(100), { path, memoryBytes: NODE_TAKES })).rejects.toMatchObject({
    code: 'unreadable',
    message,
  });
});
