import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wavHeader, withTrueSizes } from '../../functions/audio/headers.ts';
import { call, callFile, factsOf, fileOf, fileWith } from './calls.ts';

const UNTRUE = ['streamed-by-ffmpeg.wav', 'streamed-by-sox.wav', 'sizes-zero.wav', 'pcm-s16-cut.wav'];

const whole = async (name: string) => {
  const file = callFile(name);
  return (await withTrueSizes(file)).read(0, file.bytes);
};

/** The bytes by which one differs from the other. */
const changed = (a: Uint8Array, b: Uint8Array) => [...a.keys()].filter((at) => a[at] !== b[at]);

test.each(UNTRUE)('%s gets sizes that are true to it, and nothing else changes', async (name) => {
  const [before, after] = [call(name), await whole(name)];
  const data = Buffer.from(before).indexOf('data');

  expect(wavHeader(after, after.length)).toMatchObject({ sizesTrue: true });
  expect(wavHeader(after, after.length)?.promisedSeconds).toBeCloseTo(factsOf(name).decodedSeconds ?? 0, 3);
  const view = new DataView(after.buffer);
  expect(view.getUint32(4, true)).toBe(before.length - 8); // of RIFF: all that comes behind it
  expect(view.getUint32(data + 4, true)).toBe(before.length - data - 8);
  const sizes = [4, 5, 6, 7, ...[4, 5, 6, 7].map((at) => data + at)];
  expect(changed(before, after).filter((at) => !sizes.includes(at))).toEqual([]);
});

test.each(['pcm-s16-8k-mono.wav', 'mulaw-8k-stereo.wav', 'gsm-8k-mono.wav', 'list-before-data.wav', 'rf64.wav'])(
  '%s, whose sizes are true or elsewhere, stays as it is',
  async (name) => {
    expect(await whole(name)).toEqual(call(name));
  },
);

test.each(['opus-mono.ogg', 'vbr-xing.mp3', 'aac-moov-first.m4a', 'pcm-s16-8k-mono.aiff'])(
  '%s, which is no WAV, is handed on',
  async (name) => {
    const file = callFile(name);
    expect(await withTrueSizes(file)).toBe(file);
  },
);

test('behind a chunk of an odd size it is set right too', async () => {
  const file = call('sizes-zero.wav');
  const odd = Buffer.from('note\x03\0\0\0abc\0', 'latin1');
  const padded = Uint8Array.from([...file.subarray(0, 36), ...odd, ...file.subarray(36)]);
  const after = await (await withTrueSizes(fileOf(padded))).read(0, padded.length);
  expect(wavHeader(after, after.length)).toMatchObject({ sizesTrue: true, promisedSeconds: 1 });
});

test('a piece of the file is that piece of the whole, wherever it begins and ends', async () => {
  const name = 'sizes-zero.wav';
  const [file, all] = [await withTrueSizes(callFile(name)), await whole(name)];
  const place = fc.oneof({ weight: 3, arbitrary: fc.nat(60) }, fc.nat(all.length));
  await fc.assert(
    fc.asyncProperty(place, place, async (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      expect(await file.read(start, end)).toEqual(all.slice(start, end));
    }),
  );
});

test('the bytes that a file is read from are not changed', async () => {
  const bytes = call('sizes-zero.wav');
  await (await withTrueSizes({ bytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) })).read(
    0,
    99,
  );
  expect(bytes).toEqual(call('sizes-zero.wav'));
});

test('a file of more than four gigabytes says as much as its header can', async () => {
  const head = call('sizes-zero.wav');
  const file = await withTrueSizes(
    fileWith(5_000_000_000, (start, end) => Uint8Array.from({ length: end - start }, (_, n) => head[start + n] ?? 0)),
  );
  const view = new DataView((await file.read(0, 44)).buffer);
  expect([view.getUint32(4, true), view.getUint32(40, true)]).toEqual([0xffff_ffff, 0xffff_ffff]);
});

test('a file that ends within its head is handed on', async () => {
  for (let length = 0; length < 44; length += 1) {
    const file = fileOf(call('sizes-zero.wav').slice(0, length));
    expect(await withTrueSizes(file)).toBe(file);
  }
});
