import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ffmpegDecoder } from '../../functions/adapters/engine.ffmpeg.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { fileOf, fileWith } from '../audio/calls.ts';
import { isRunning, NODE_TAKES, type StandIn, standIn } from '../servers/stand-in.ts';

const RECORDING = fileOf(new Uint8Array(50_000).fill(7));
/** Larger than half of the free space of any disk, so a pipe feeds it to ffmpeg. */
const piped = (read: AudioFile['read']): AudioFile => ({ bytes: 2 ** 52, read });
const zeros: AudioFile['read'] = async (start, end) => new Uint8Array(end - start);
const never = new AbortController().signal;
const away = new Error('S3 is away');

/** Writes some bytes, and then neither ends nor reads. */
const HANGS = `tell({}); process.stdout.write('sound'); setTimeout(() => {}, 30_000);`;
const HANGS_SILENTLY = `tell({}); setTimeout(() => {}, 30_000);`;

let ffmpeg: StandIn;
afterEach(() => ffmpeg.remove());

const open = (file: AudioFile = RECORDING, signal = never) =>
  ffmpegDecoder({ path: ffmpeg.path, folder: ffmpeg.folder, memoryBytes: NODE_TAKES }).open(file, signal);
const hearAll = async (file?: AudioFile, signal?: AbortSignal) => {
  await using opened = await open(file, signal);
  for await (const _chunk of opened.decode().chunks);
};
/** The process id of the stand-in, once it runs. */
const pid = async (): Promise<number> => vi.waitFor(() => ffmpeg.told<{ pid: number }>().pid);
const gone = async (process: number) => vi.waitFor(() => expect(isRunning(process)).toBe(false), { timeout: 30_000 });
const leftovers = () => readdirSync(ffmpeg.folder);

describe('no sound is the recording’s fault, in ffmpeg’s words without our paths', () => {
  test.each<[what: string, saying: string, reason: string]>([
    // The words of Debian's ffmpeg 5.1 for a file without its moov, for a text, and for a film without sound.
    [
      'with the part of it that speaks',
      "'[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5562d] moov atom not found\\n' + path + ': Invalid data found\\n'",
      ': moov atom not found',
    ],
    [
      'with the file',
      "path + ': Invalid data found when processing input\\n'",
      ': Invalid data found when processing input',
    ],
    ['with nothing', `"Stream map '0:a:0' matches no streams.\\n"`, ": Stream map '0:a:0' matches no streams."],
    [
      'with the part of it, twice',
      "'[in#0 @ 0x55] [hls @ 0x56] not in allowed_extensions\\n'",
      ': not in allowed_extensions',
    ],
    // Later versions put the file's name in the middle.
    [
      'with the file in the middle',
      "'Error opening input file ' + path + '.\\n'",
      ': Error opening input file recording.',
    ],
    ['without a word', "''", ''],
    ['with very many words', "'x'.repeat(5000)", `: ${'x'.repeat(200)}`],
  ])('%s', async (_, saying, reason) => {
    ffmpeg = standIn(
      'ffmpeg',
      `const path = args[args.indexOf('-i') + 1]; process.stderr.write(${saying}); process.exitCode = 1;`,
    );
    await expect(hearAll()).rejects.toMatchObject({
      code: 'unreadable',
      message: `ffmpeg hears nothing in it${reason}`,
    });
    expect(leftovers()).toEqual([]);
  });

  test('though it ends well', async () => {
    ffmpeg = standIn('ffmpeg', '');
    await expect(hearAll()).rejects.toMatchObject({ code: 'unreadable', message: 'ffmpeg hears nothing in it' });
  });

  test('though it dies', async () => {
    ffmpeg = standIn('ffmpeg', `process.kill(process.pid, 'SIGSEGV');`);
    await expect(hearAll()).rejects.toMatchObject({ code: 'unreadable' });
    await expect(hearAll(piped(zeros))).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('what is ours is thrown on as it was', () => {
  test('a read that fails before ffmpeg runs', async () => {
    ffmpeg = standIn('ffmpeg', HANGS);
    await expect(hearAll({ bytes: 50_000, read: () => Promise.reject(away) })).rejects.toBe(away);
    expect(leftovers()).toEqual([]);
  });

  test('a read that fails while it is fed by the pipe, for whose rest it would wait', async () => {
    ffmpeg = standIn('ffmpeg', `tell({}); for await (const _ of process.stdin);`);
    const failing = piped((start, end) => (start > 0 ? Promise.reject(away) : zeros(start, end)));
    await expect(hearAll(failing)).rejects.toBe(away);
  });

  test.each(['/nowhere/ffmpeg', '/dev/null'])('that %s cannot be run', async (path) => {
    ffmpeg = standIn('ffmpeg', '');
    const decoder = ffmpegDecoder({ path, folder: ffmpeg.folder, memoryBytes: NODE_TAKES });
    for (const file of [RECORDING, piped(zeros)]) {
      const hearing = async () => {
        await using opened = await decoder.open(file, never);
        for await (const _chunk of opened.decode().chunks);
      };
      await expect(hearing()).rejects.toMatchObject({ code: expect.stringMatching(/^(ENOENT|EACCES)$/) });
    }
    expect(leftovers()).toEqual([]);
  });

  test('that the folder is not there', async () => {
    ffmpeg = standIn('ffmpeg', '');
    const decoder = ffmpegDecoder({ path: ffmpeg.path, folder: join(ffmpeg.folder, 'nowhere') });
    await expect(decoder.open(RECORDING, never)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the lease', () => {
  const lost = new Error('the lease is lost');
  let lease: AbortController;
  beforeEach(() => {
    lease = new AbortController();
  });

  test.each([
    ['after some sound', HANGS, RECORDING],
    ['before any', HANGS_SILENTLY, RECORDING],
    ['while it is fed by the pipe', HANGS_SILENTLY, piped(zeros)],
  ])('kills an ffmpeg that hangs %s', async (_, body, file) => {
    ffmpeg = standIn('ffmpeg', body);
    const hearing = hearAll(file, lease.signal);
    hearing.catch(() => {}); // awaited below
    const running = await pid();

    lease.abort(lost);

    await expect(hearing).rejects.toBe(lost);
    await gone(running);
    expect(leftovers()).toEqual([]);
  });

  test('that was lost already starts nothing', async () => {
    ffmpeg = standIn('ffmpeg', HANGS);
    lease.abort(lost);
    await expect(hearAll(RECORDING, lease.signal)).rejects.toBe(lost);
    expect(() => ffmpeg.told()).toThrow();
    expect(leftovers()).toEqual([]);
  });

  test('that was lost between the file and its hearing starts nothing', async () => {
    ffmpeg = standIn('ffmpeg', HANGS);
    await using opened = await open(RECORDING, lease.signal);
    lease.abort(lost);
    await expect(opened.decode().chunks[Symbol.asyncIterator]().next()).rejects.toBe(lost);
    expect(() => ffmpeg.told()).toThrow();
  });

  test('that is lost in the middle of the download ends that, and nothing is left', async () => {
    ffmpeg = standIn('ffmpeg', HANGS);
    const file = fileWith(40_000_000, (start, end) => {
      if (start > 0) lease.abort(lost);
      return new Uint8Array(end - start);
    });
    await expect(hearAll(file, lease.signal)).rejects.toBe(lost);
    expect(file.reads()).toBe(2);
    expect(leftovers()).toEqual([]);
  });
});

describe('who leaves early', () => {
  test.each([
    ['a file', RECORDING],
    ['the pipe', piped(zeros)],
  ])('ends ffmpeg at %s, and nothing is left', async (_, file) => {
    ffmpeg = standIn('ffmpeg', HANGS);
    {
      await using opened = await open(file);
      for await (const _chunk of opened.decode().chunks) break;
    }
    await gone(await pid());
    expect(leftovers()).toEqual([]);
  });

  test('while ffmpeg keeps them waiting ends it too', async () => {
    ffmpeg = standIn('ffmpeg', HANGS_SILENTLY);
    const opened = await open();
    const waiting = opened.decode().chunks[Symbol.asyncIterator]().next();
    waiting.catch(() => {}); // nobody awaits this promise
    const running = await pid();

    await opened[Symbol.asyncDispose]();

    await gone(running);
    expect(leftovers()).toEqual([]);
  });

  test('before it was heard has started nothing', async () => {
    ffmpeg = standIn('ffmpeg', HANGS);
    const opened = await open();
    opened.decode();
    await opened[Symbol.asyncDispose]();
    expect([leftovers(), existsSync(ffmpeg.folder)]).toEqual([[], true]);
    expect(() => ffmpeg.told()).toThrow();
  });
});
