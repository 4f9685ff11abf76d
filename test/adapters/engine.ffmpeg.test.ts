import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { ffmpegDecoder } from '../../functions/adapters/engine.ffmpeg.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { fileOf, fileWith } from '../audio/calls.ts';
import { NODE_TAKES, type StandIn, standIn } from '../servers/stand-in.ts';

// A stand-in for ffmpeg shows what the adapter gives to ffmpeg, and what the adapter does with each outcome.

let ffmpeg: StandIn | undefined;
afterEach(() => ffmpeg?.remove());

const RECORDING = Uint8Array.from({ length: 50_000 }, (_, n) => (n * n) % 251);
/** Larger than half of the free space of any disk. */
const HUGE = 2 ** 52;
const hugeFile = (read: AudioFile['read'] = async (start, end) => new Uint8Array(end - start)): AudioFile => ({
  bytes: HUGE,
  read,
});
const never = new AbortController().signal;

interface Heard {
  bytes: Buffer;
  args: string[];
  left: string[];
}
/** Decodes the whole file with a stand-in that runs this body. */
const hearWith = async (body: string, file: AudioFile = fileOf(RECORDING)): Promise<Heard> => {
  ffmpeg = standIn('ffmpeg', body);
  const chunks: Uint8Array[] = [];
  {
    await using opened = await ffmpegDecoder({
      path: ffmpeg.path,
      folder: ffmpeg.folder,
      memoryBytes: NODE_TAKES,
    }).open(file, never);
    for await (const chunk of opened.decode().chunks) chunks.push(chunk);
  }
  const { args } = ffmpeg.told<{ args: string[] }>();
  return { bytes: Buffer.concat(chunks), args, left: readdirSync(ffmpeg.folder) };
};
const input = ({ args }: { args: string[] }) => args[args.indexOf('-i') + 1] ?? '';

/** Reports its arguments and environment, and outputs the file's own bytes as sound. */
const ECHO = `
  const input = args[args.indexOf('-i') + 1];
  tell({ args, mode: input.startsWith('file:') && fs.statSync(input.slice(5)).mode & 0o777, env: process.env });
  process.stdout.write(fs.readFileSync(input.slice(5)));
`;

describe('ffmpeg is given', () => {
  test('the recording as a file of ours, whole, that nobody else may read, and gone afterwards', async () => {
    const heard = await hearWith(ECHO);
    expect(heard.bytes.equals(RECORDING)).toBe(true);
    expect(input(heard)).toMatch(/^file:.*\/work-\w+\/aftercall-\w+\/recording$/);
    expect(ffmpeg?.told<{ mode: number }>().mode).toBe(0o600);
    expect(heard.left).toEqual([]);
  });

  test('nothing of our environment', async () => {
    process.env.AFTERCALL_TEST_SECRET = 'shh';
    try {
      await hearWith(ECHO);
    } finally {
      delete process.env.AFTERCALL_TEST_SECRET;
    }
    // A shell sets these variables by itself; the stand-in starts as a shell script.
    const given = Object.keys(ffmpeg?.told<{ env: object }>().env ?? {});
    expect(given.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual([]);
  });

  test('no protocol that leads anywhere else, before it is given the input', async () => {
    const { args } = await hearWith(ECHO);
    const protocols = args.indexOf('-protocol_whitelist');
    expect(args[protocols + 1]).toBe('file,pipe');
    expect(protocols).toBeLessThan(args.indexOf('-i'));
    expect(args.filter((arg) => arg === '-i')).toHaveLength(1);
    expect(args.filter((arg) => /:\/\//.test(arg))).toEqual([]);
    expect(args).toContain('-nostdin');
  });

  test('the wish for the first sound of it as mono 16-bit PCM', async () => {
    const { args } = await hearWith(ECHO);
    const given = (option: string) => args[args.indexOf(option) + 1];
    expect([given('-map'), given('-ac'), given('-ar'), given('-f')]).toEqual(['0:a:0', '1', '24000', 's16le']);
    expect(args.at(-1)).toBe('pipe:1');
    expect(args.indexOf('-map')).toBeGreaterThan(args.indexOf('-i'));
  });

  test('a file by the pipe where half of what is free would not hold it', async () => {
    // For a huge file, a little more than one read; then the decoder has enough sound.
    const enough = 20 * 1024 * 1024;
    const heard = await hearWith(
      `
      const hash = (await import('node:crypto')).createHash('sha256');
      let seen = 0;
      for await (const chunk of process.stdin) {
        hash.update(chunk.subarray(0, ${enough} - seen));
        seen += chunk.length;
        if (seen >= ${enough}) break;
      }
      tell({ args });
      process.stdout.write(hash.digest('hex'), () => process.exit());
      `,
      hugeFile(async (start, end) => bytesAt(start, end)),
    );
    expect(input(heard)).toBe('pipe:0');
    const { createHash } = await import('node:crypto');
    expect(heard.bytes.toString()).toBe(createHash('sha256').update(bytesAt(0, enough)).digest('hex'));
    expect(heard.left).toEqual([]);
  });

  test('no more by the pipe than it takes', async () => {
    const file = fileWith(HUGE, (start, end) => new Uint8Array(end - start));
    await hearWith(`tell({ args }); process.stdout.write('sound'); setTimeout(() => process.exit(), 300);`, file);
    expect(file.reads()).toBeLessThanOrEqual(2);
  });

  test('the file from its start each time it is heard', async () => {
    ffmpeg = standIn('ffmpeg', ECHO);
    await using opened = await ffmpegDecoder({
      path: ffmpeg.path,
      folder: ffmpeg.folder,
      memoryBytes: NODE_TAKES,
    }).open(fileOf(RECORDING), never);
    for (let times = 0; times < 2; times += 1) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of opened.decode().chunks) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(RECORDING)).toBe(true);
    }
  });
});

test('what ffmpeg gives is mono at 24 kHz, and its sound is kept though it gives up in the end', async () => {
  ffmpeg = standIn('ffmpeg', `process.stdout.write('a start'); process.stderr.write('damaged'); process.exitCode = 1;`);
  await using opened = await ffmpegDecoder({ path: ffmpeg.path, folder: ffmpeg.folder, memoryBytes: NODE_TAKES }).open(
    fileOf(RECORDING),
    never,
  );
  const pcm = opened.decode();
  expect(pcm).toMatchObject({ sampleRate: 24_000, channels: 1 });
  const chunks: Uint8Array[] = [];
  for await (const chunk of pcm.chunks) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('a start');
});

/** Bytes of which no two stretches are equal. */
function bytesAt(start: number, end: number): Uint8Array {
  const words = new Uint32Array((end - start) / 4);
  for (let n = 0; n < words.length; n += 1) words[n] = start / 4 + n;
  return new Uint8Array(words.buffer);
}
