import { describe, expect, test } from 'vitest';
import { engine } from '../../functions/audio/engine.ts';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { listeningTo, tooThin } from '../../functions/audio/weight.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import type { FittedPart } from '../../functions/core/ports/ports.ts';
import * as bombs from './bombs.ts';
import { fileOf, makeFit } from './fitting.ts';

// Small files that promise hours. Each is decided by a look, whose time and memory are bounded, and not by working on it.

const THIN = /^no call: (5\.[5-9]|6|more than 10 minutes).* of sound in \d+ bytes$/;
const bomb: [string, () => Uint8Array<ArrayBuffer>, RegExp][] = [
  ['FLAC of silence', () => bombs.flacOfSilence(5.9), THIN],
  ['Opus in Ogg, its pages hours apart', () => bombs.oggOpusHoursApart(5.8), THIN],
  ['Opus in Matroska, its clusters hours apart', () => bombs.matroskaHoursApart(5.8), THIN],
  [
    'Opus in Ogg, still more packets',
    () => bombs.oggOpusOfTinyPackets(5_200_000, 2.5),
    /^no call: about 5 million packets$/,
  ],
  ['AMR of pauses', () => bombs.amrOfPauses(1_000_000), /^no call: nothing can be heard in 5\.6 hours of sound$/],
  [
    'Opus in Ogg, millions of packets',
    () => bombs.oggOpusOfTinyPackets(4_500_000, 2.5),
    /^no call: about 5 million packets$/,
  ],
  [
    'Opus in Matroska, millions of laced packets',
    () => bombs.matroskaOfLaces(8_000_000, 2.5),
    /^no call: about 8 million packets$/,
  ],
  ['MP4 with packets hours long', () => bombs.mp4HoursApart(6), /./],
  [
    'MP4 with a table of four thousand million packets',
    () => bombs.mp4OfHugeTable(4_000_000_000, { constant: true }),
    /./,
  ],
  ['MP4 with boxes in boxes', () => bombs.mp4OfDeepBoxes(500_000), /./],
  ['MP4 of fragments alone', () => bombs.mp4OfFragments(80_000), /./],
  ['Matroska of empty clusters', () => bombs.matroskaOfEmptyClusters(200_000), /too short/],
  ['AAC of the smallest frames', () => bombs.adtsOfTinyFrames(800_000), /^too long/],
  ['a WAV of chunks', () => bombs.wavOfChunks(1_000_000), /unknown bytes/],
];

describe('is rejected by a look', () => {
  // In threads of their own, as in the function; what a test is given for it is a busy machine's time.
  const hire = engineThreads({ lookMs: 150_000, fitMs: 1, longAfterMs: 60_000 });
  const fitter = audioFitter({ engine: hire, rules: AUDIO_RULES, clock: { nowMs: Date.now } });

  test.each(bomb)('%s', { timeout: 200_000 }, async (_, make, reason) => {
    const file = fileOf(make());
    const before = process.memoryUsage.rss();
    const fitted = await fitter.fit(file, async (part: FittedPart) => part, new AbortController().signal);
    expect(fitted).toMatchObject({ kind: 'unfit', reason: expect.stringMatching(reason) });
    expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(300);
  });
});

test('a table that takes a library for ever ends its thread, and is rejected with that reason', async () => {
  const hire = engineThreads({ lookMs: 3000, fitMs: 1, longAfterMs: 60_000 });
  const fitter = audioFitter({ engine: hire, rules: AUDIO_RULES, clock: { nowMs: Date.now } });
  const file = fileOf(bombs.mp4OfHugeTable(1_000_000, { constant: false }));
  const fitted = await fitter.fit(file, async (part: FittedPart) => part, new AbortController().signal);
  expect(fitted).toMatchObject({ kind: 'unfit', reason: 'it takes longer than 3 s' });
});

test('what the second engine hears in a small file is heard for ten minutes, and no longer', async () => {
  const minute = new Uint8Array(60 * 8000 * 2).fill(7);
  let minutes = 0;
  const chunks = (async function* () {
    for (; ; minutes += 1) yield minute;
  })();
  const listening = listeningTo(fileOf(new Uint8Array(500)), AUDIO_RULES);
  await expect(engine.measure({ pcm: { sampleRate: 8000, channels: 1, chunks } }, listening)).rejects.toMatchObject({
    message: 'no call: more than 10 minutes of sound in 500 bytes',
  });
  expect(minutes).toBeLessThan(12);
});

test('sound of hours in which nothing can be heard is no call, whatever its bytes', { timeout: 120_000 }, async () => {
  const fitted = await makeFit(bombs.mp3OfSilence(0.2));
  expect(fitted).toMatchObject({
    kind: 'unfit',
    reason: expect.stringMatching(/no call: nothing can be heard in 12 minutes/),
  });
});

test('a call of ten minutes may be as thin as it likes', async () => {
  const fitted = await makeFit(bombs.flacOfSilence(0.15));
  expect(fitted).toMatchObject({ kind: 'made', fitting: { done: 'converted' } });
});

test.each([
  ['three minutes of speech in six hours of nothing', 6 * 3600, 400_000, false],
  ['ten minutes in a hundred bytes', 600, 100, false],
  ['an hour of Opus', 3600, 7_000_000, false],
  ['six hours in 44 kB', 6 * 3600, 44_000, true],
  ['eleven minutes in a kilobyte', 660, 1000, true],
])('%s', (_, seconds, bytes, isThin) => {
  expect(tooThin(seconds, bytes) !== undefined).toBe(isThin);
  expect(seconds > listeningTo({ bytes, read: () => Promise.reject() }, AUDIO_RULES).maxSeconds).toBe(isThin);
});
