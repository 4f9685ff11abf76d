import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aiffHeader } from '../../functions/audio/aiff-header.ts';
import { amrHeader } from '../../functions/audio/amr-header.ts';
import { auHeader } from '../../functions/audio/au-header.ts';
import { cafHeader } from '../../functions/audio/caf-header.ts';
import { lastGranule, mediaBytes } from '../../functions/audio/extent.ts';
import type { Header } from '../../functions/audio/header.ts';
import { wavHeader } from '../../functions/audio/wav-header.ts';
import { allCalls, call, fileOf, fileWith } from './calls.ts';

/** Reads the bytes as every kind of file; returns what is odd about the results. Nothing may throw. */
const oddities = async (bytes: Uint8Array): Promise<string[]> => {
  const file = fileOf(bytes);
  const headers = {
    wav: await wavHeader(file),
    aiff: await aiffHeader(file),
    au: await auHeader(file),
    caf: await cafHeader(file),
    amr: await amrHeader(file),
  };
  const numbers = Object.entries(headers).flatMap(([kind, header]) => numbersOf(kind, header));
  numbers.push(['media', await mediaBytes(file)]);
  if (((await lastGranule(file)) ?? 1) < 1) return ['granule'];
  return numbers.filter(([, value]) => !isCountable(value)).map(([name, value]) => `${name}: ${value}`);
};

const numbersOf = (kind: string, header: Header | undefined = { sizesTrue: false }) =>
  Object.entries(header).flatMap(([name, value]): [string, number][] =>
    typeof value === 'number' ? [[`${kind} ${name}`, value]] : [],
  );

/** Other numbers can be neither compared nor written into a row: DynamoDB's client refuses them. */
const isCountable = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;

const files = allCalls.map(({ file }) => file);

describe('no header is read wrong', () => {
  test('of a file that was cut, at any length to 512 bytes', async () => {
    for (const file of files) {
      const bytes = call(file);
      const odd: string[] = [];
      for (let length = 0; length <= 512; length += 1) odd.push(...(await oddities(bytes.subarray(0, length))));
      expect(odd, file).toEqual([]);
    }
  });

  test('of a file with bytes changed, in its head or anywhere', async () => {
    const change = fc.record({
      at: fc.oneof({ weight: 3, arbitrary: fc.nat(127) }, fc.nat(100_000)),
      to: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        async (file, changes) => {
          const bytes = call(file);
          for (const { at, to } of changes) bytes[at % bytes.length] = to;
          expect(await oddities(bytes)).toEqual([]);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('of any bytes behind a magic word', async () => {
    const magic = fc.constantFrom(
      'RIFF....WAVEfmt ',
      'RIFF....WAVEdata',
      'FORM....AIFFCOMM',
      'FORM....AIFCCOMM',
      'caff....desc',
      'caff....pakt',
      '#!AMR\n',
      '#!AMR-WB\n',
      'OggS',
      '....ftyp....',
    );
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 300, size: 'max' }), async (magic, bytes) => {
        expect(await oddities(Uint8Array.from([...Buffer.from(magic), ...bytes]))).toEqual([]);
        expect(await oddities(bytes)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

const TWO_GB = 2_000_000_000;

/** A file with this head, in which all chunks from some place on are the same. */
const chunksFor = (bytes: number, head: Uint8Array, chunk: Uint8Array) =>
  fileWith(bytes, (start, end) =>
    Uint8Array.from({ length: end - start }, (_, n) => {
      const at = start + n;
      return head[at] ?? chunk[(at - head.length) % chunk.length] ?? 0;
    }),
  );

const words = (format: (view: DataView) => void, length: number, at: number, id: string) => {
  const bytes = new Uint8Array(length);
  bytes.set(Buffer.from(id), at);
  format(new DataView(bytes.buffer));
  return bytes;
};

describe('sizes that lead nowhere end in a bounded number of reads', () => {
  const cafHead = call('pcm-s16-8k-mono.caf').subarray(0, 8 + 12 + 32);

  test.each([0n, -1n, -(2n ** 62n), 2n ** 62n, 2n ** 63n - 1n, 1n])('a CAF of chunks of %i bytes', async (size) => {
    const chunk = words((view) => view.setBigInt64(4, size), 12 + (size === 1n ? 1 : 0), 0, 'free');
    const file = chunksFor(TWO_GB, cafHead, chunk);

    expect(await cafHeader(file)).toMatchObject({ codec: 'lpcm', sampleRate: 8000 });

    expect(file.reads()).toBeLessThanOrEqual(1000);
  });

  const mp4Head = call('aac-moov-first.m4a').subarray(0, 28); // the ftyp box

  const short = (size: number) => (view: DataView) => view.setUint32(0, size);
  const long = (size: bigint) => (view: DataView) => [view.setUint32(0, 1), view.setBigUint64(8, size)];
  test.each([
    ['0, which is to the end', 16, short(0)],
    ['7, less than its own head', 8, short(7)],
    ['8', 8, short(8)],
    ['9', 9, short(9)],
    ['nearly 2^32', 16, short(0xffff_ffff)],
    ['0 in 64 bits', 16, long(0n)],
    ['8 in 64 bits', 16, long(8n)],
    ['16 in 64 bits', 16, long(16n)],
    ['2^62', 16, long(2n ** 62n)],
    ['2^64 − 1', 16, long(2n ** 64n - 1n)],
  ])('an MP4 of boxes of %s', async (_, boxBytes, format) => {
    const file = chunksFor(TWO_GB, mp4Head, words(format, boxBytes, 4, 'mdat'));

    const bytes = await mediaBytes(file);

    expect(bytes).toBeGreaterThanOrEqual(0);
    expect(bytes).toBeLessThanOrEqual(TWO_GB);
    expect(file.reads()).toBeLessThanOrEqual(10_000);
  });

  test.each([0, 1, 0xffff_ffff])('a WAV of chunks of %i bytes', async (size) => {
    const file = call('pcm-s16-8k-mono.wav').subarray(0, 36);
    const chunk = words((view) => view.setUint32(4, size, true), 8 + (size === 1 ? 2 : 0), 0, 'junk');
    const whole = chunksFor(TWO_GB, file, chunk);

    expect(await wavHeader(whole)).toEqual({ codec: 'pcm-s16', channels: 1, sampleRate: 8000, sizesTrue: false });

    expect(whole.reads()).toBeLessThanOrEqual(1010);
  });

  test('an AMR of nothing but pauses is read a megabyte at a time', async () => {
    const megabytes = 8;
    const file = chunksFor(megabytes * 1024 ** 2, Buffer.from('#!AMR\n'), new Uint8Array([0x7c]));
    expect((await amrHeader(file))?.seconds).toBe((megabytes * 1024 ** 2 - 6) / 50);
    expect(file.reads()).toBeLessThanOrEqual(megabytes + 2);
  });
});
