import { readFileSync } from 'node:fs';
import { EncodedPacketSink } from 'mediabunny';
import { describe, expect, test } from 'vitest';
import { countPackets } from '../../functions/audio/count-packets.ts';
import { probe } from '../../functions/audio/probe.ts';
import { openInput } from '../../functions/audio/sound.ts';
import { noCallByPackets, tooManySteps } from '../../functions/audio/weight.ts';
import * as bombs from './bombs.ts';
import { fileOf } from './fitting.ts';

// The number of packets in a container, compared with another reader's count.

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/audio/${name}`, import.meta.url)));

const packetsOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<number[]> => {
  using input = openInput(fileOf(bytes));
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error('a track of sound');
  const sizes: number[] = [];
  for await (const { byteLength } of new EncodedPacketSink(track).packets()) sizes.push(byteLength);
  return sizes;
};

describe('the packets of an honest recording are counted as another reader counts them', () => {
  test.each([
    ['speech.ogg', 'opus', 2], // the count includes the two header packets
    ['vorbis.ogg', 'ogg', 3],
    ['speech.webm', 'webm', 0],
    ['speech.m4a', 'm4a', 0],
    ['speech.3gp', '3gp', 0],
  ])('%s', async (name, container, headers) => {
    const bytes = fixture(name);
    const sizes = await packetsOf(bytes);
    const counted = await countPackets(fileOf(bytes), container);

    expect(counted).toMatchObject({ packets: sizes.length + headers, isWhole: true });
    const sound = sizes.reduce((sum, size) => sum + Math.max(0, size - 2), 0);
    if (headers === 0) expect(counted?.soundBytes).toBe(sound);
    else expect(counted?.soundBytes).toBeGreaterThan(sound);
  });

  test('a film has those of its sound alone', async () => {
    const bytes = fixture('video.mp4');
    expect(await countPackets(fileOf(bytes), 'mp4')).toMatchObject({ packets: (await packetsOf(bytes)).length });
  });
});

test('fragments stand in no table: nothing is concluded of such a file', async () => {
  expect(await countPackets(fileOf(bombs.mp4OfFragments(10)), 'm4a')).toMatchObject({ isWhole: false });
  expect(await countPackets(fileOf(bombs.mp4OfFragments(5000)), 'm4a')).toMatchObject({ isWhole: false });
});

test.each(['opus', 'm4a', 'webm'])('bytes of any kind are counted to no end: %s', async (container) => {
  for (const bytes of [0, 1, 11, 12, 27, 300, 100_000]) {
    for (const value of [0, 1, 0x4f, 0xff]) {
      const counted = await countPackets(fileOf(new Uint8Array(bytes).fill(value)), container);
      expect(counted?.packets ?? 0).toBe(0);
    }
  }
});

test('other bytes behind the last page are no whole file', async () => {
  const ogg = fixture('speech.ogg');
  expect(await countPackets(fileOf(new Uint8Array([...ogg, 1, 2, 3, ...new Uint8Array(400)])), 'opus')).toMatchObject({
    isWhole: false,
  });
});

const HOUR = 3600;
test.each<[string, Parameters<typeof noCallByPackets>, RegExp | undefined]>([
  ['an hour of Opus', [{ packets: 180_000, soundBytes: 7_000_000, isWhole: true }, HOUR, 7_500_000], undefined],
  [
    'half a minute of speech in an hour of packets that say silence',
    [{ packets: 180_000, soundBytes: 60_000, isWhole: true }, HOUR, 400_000],
    undefined,
  ],
  ['six hours of AAC at 48 kHz', [{ packets: 1_012_500, soundBytes: 5e7, isWhole: true }, 6 * HOUR, 6e7], undefined],
  ['packets of 5 ms', [{ packets: 720_000, soundBytes: 1e7, isWhole: true }, HOUR, 1.2e7], undefined],
  ['packets of 2.5 ms', [{ packets: 1_440_000, soundBytes: 1e7, isWhole: true }, HOUR, 1.2e7], /400 packets a second/],
  ['ten minutes of silence', [{ packets: 30_000, soundBytes: 0, isWhole: true }, 600, 60_000], undefined],
  [
    'an hour of silence',
    [{ packets: 180_000, soundBytes: 0, isWhole: true }, HOUR, 400_000],
    /1 hours of sound, of which 0/,
  ],
  ['what was not read to its end', [{ packets: 180_000, soundBytes: 0, isWhole: false }, HOUR, 400_000], undefined],
  [
    'three million packets',
    [{ packets: 3_000_000, soundBytes: 1e9, isWhole: false }, 0, 1e9],
    /about 3 million packets/,
  ],
])('%s', (_, [counted, seconds, bytes], reason) => {
  const found = noCallByPackets(counted, seconds, bytes);
  if (reason) expect(found).toMatch(reason);
  else expect(found).toBeUndefined();
});

test('a table is not read by an engine that would take minutes for it, and the other may decode it', async () => {
  const oneChunk = await countPackets(fileOf(bombs.mp4OfHugeTable(100_000, { constant: false, bytesEach: 40 })), 'm4a');
  expect(tooManySteps(oneChunk ?? { packets: 0, soundBytes: 0, isWhole: true })).toMatch(/100000 packets/);
  const looked = await probe(fileOf(bombs.mp4OfHugeTable(100_000, { constant: false, bytesEach: 40 })));
  expect(looked).toMatchObject({ kind: 'audio', decodable: false, failure: expect.stringContaining('100000 packets') });
  expect(tooManySteps({ packets: 1_012_500, soundBytes: 5e7, isWhole: true, steps: 1_012_500 * 47 })).toBeUndefined();
});
