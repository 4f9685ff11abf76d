import { describe, expect, test } from 'vitest';
import { mp3Frames } from '../../functions/audio/mp3-frames.ts';
import { isSideInfoPossible } from '../../functions/audio/mp3-side-info.ts';
import { call, fileOf } from './calls.ts';
import { ffmpeg, makeFit, readCall } from './fitting.ts';

// A memo that passes unchanged was decoded first: its seconds are those of its bytes, within 1 % or half a second.

/** The call, with the bytes behind the header of each frame replaced in this stretch of frames. */
const spoiled = async (name: string, from: number, to: number, fill: (n: number) => number): Promise<Buffer> => {
  const bytes = readCall(name);
  const frames: { at: number; size: number }[] = [];
  for await (const { at, size } of mp3Frames(fileOf(bytes))) frames.push({ at, size });
  for (const { at, size } of frames.slice(Math.round(frames.length * from), Math.round(frames.length * to)))
    for (let n = 4; n < size; n += 1) bytes[at + n] = fill(n);
  return bytes;
};
let seed = 1;
const noise = () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return (seed >> 16) & 0xff;
};
const FILLS: [string, (n: number) => number][] = [
  ['one value', () => 0xa5],
  ['ones', () => 0xff],
  ['noise', noise],
];

describe.each(FILLS)('an MP3 with frames full of %s', (_, fill) => {
  test.each([
    ['in its second half', 0.6, 1],
    ['in its middle', 0.3, 0.7],
  ])('%s is rejected with both figures', async (_where, from, to) => {
    const bytes = await spoiled('vbr-no-header.mp3', from, to, fill);
    expect(await makeFit(bytes)).toMatchObject({
      kind: 'unfit',
      reason: expect.stringMatching(/^built-in: damaged: 2(\.\d)? of 3\.6 s can be heard$/),
    });
    if (!ffmpeg) return;
    const reason = /^built-in: damaged: [\d.]+ of 3\.6 s can be heard; ffmpeg: damaged: [\d.]+ of 3\.6 s can be heard$/;
    expect(await makeFit(bytes, { second: ffmpeg })).toMatchObject({
      kind: 'unfit',
      reason: expect.stringMatching(reason),
    });
  });
});

test('a tenth of a second that cannot be read is no miss', async () => {
  const bytes = await spoiled('vbr-no-header.mp3', 0.5, 0.53, () => 0xa5);
  expect(await makeFit(bytes)).toMatchObject({ kind: 'as-it-is' });
});

test.each([
  'cbr-128k-44k1-stereo.mp3',
  'mpeg25-8k-mono.mp3',
  'vbr-xing.mp3',
  'vbr-no-header.mp3',
  'id3v2-with-cover.mp3',
])('every frame of %s, which is whole, can be true', async (name) => {
  const frames: boolean[] = [];
  for await (const { data } of mp3Frames(fileOf(call(name)))) frames.push(isSideInfoPossible(data));
  expect(frames.length).toBeGreaterThan(20);
  expect(frames).not.toContain(false);
});

describe.skipIf(!ffmpeg)('AAC, which ffmpeg alone decodes', () => {
  test('in ADTS, with noise in place of the second half of its frames, is rejected with both figures', async () => {
    const bytes = readCall('adts-16k-mono.aac');
    for (let [at, count] = [0, 0]; at + 7 <= bytes.length; count += 1) {
      const size = (bytes.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
      if (at > bytes.length * 0.6) bytes.fill(0xff, at + 7, at + size);
      at += size;
      expect(count).toBeLessThan(1000);
    }
    const fitted = await makeFit(bytes, { second: ffmpeg });
    expect(fitted).toMatchObject({
      kind: 'unfit',
      reason: expect.stringMatching(/^ffmpeg: .*[\d.]+ of [\d.]+ s can be heard$/),
    });
  });
});
