import { describe, expect, test } from 'vitest';
import { engine } from '../../functions/audio/engine.ts';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { listeningTo, tooThin } from '../../functions/audio/weight.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import type { AudioDecoder, FittedPart } from '../../functions/core/ports/ports.ts';
import * as bombs from './bombs.ts';
import { ffmpeg, fileOf, makeFit } from './fitting.ts';

// Small files that claim hours of sound. The probe, with bounded time and memory, decides each without long work.

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
  ['AMR of pauses', () => bombs.amrOfPauses(1_000_000), /^no call: nothing can be heard, .* \(1000000 frames\)$/],
  [
    'Opus in Ogg, a million packets of 2.5 ms',
    () => bombs.oggOpusOfTinyPackets(1_000_000, 2.5),
    /^no call: 400 packets a second for 42 minutes$/,
  ],
  [
    'Opus in Ogg, a million packets of silence',
    () => bombs.oggOpusOfTinyPackets(1_000_000, 20),
    /^no call: 5\.6 hours of sound, of which \d+ bytes say more than silence$/,
  ],
  [
    'Opus in Ogg, six hours of silence in packets of 60 ms',
    () => bombs.oggOpusOfTinyPackets(355_000, 60),
    /^no call: 5\.9 hours of sound, of which \d+ bytes say more than silence$/,
  ],
  [
    'Opus in Matroska, millions of laced packets',
    () => bombs.matroskaOfLaces(8_000_000, 2.5),
    /^no call: about 8 million packets$/,
  ],
  [
    'Opus in Matroska, a million laced packets of silence',
    () => bombs.matroskaOfLaces(1_000_000, 20),
    /^no call: 1000192 packets without sound$/,
  ],
  ['MP4 with packets hours long', () => bombs.mp4HoursApart(6), /^too long/],
  [
    'MP4 with a table of four thousand million packets',
    () => bombs.mp4OfHugeTable(4_000_000_000, { constant: true }),
    /^no call: about 4000 million packets$/,
  ],
  [
    'MP4 with a table of a million packets, which have no bytes',
    () => bombs.mp4OfHugeTable(1_000_000, { constant: false }),
    /^no call: 1000000 packets without sound$/,
  ],
  [
    'MP4 with a table of a million packets in one chunk, which are not there',
    () => bombs.mp4OfHugeTable(1_000_000, { constant: false, bytesEach: 40 }),
    /1000000 packets in chunks that are too long for the built-in engine|^ffmpeg hears nothing in it/,
  ],
  ['MP4 with boxes in boxes', () => bombs.mp4OfDeepBoxes(500_000), /./],
  ['MP4 of fragments alone', () => bombs.mp4OfFragments(80_000), /./],
  ['Matroska of empty clusters', () => bombs.matroskaOfEmptyClusters(200_000), /too short/],
  ['AAC of the smallest frames', () => bombs.adtsOfTinyFrames(800_000), /^too long/],
  ['a WAV of chunks', () => bombs.wavOfChunks(1_000_000), /unknown bytes/],
];

const fitterWith = (second: AudioDecoder | undefined, probeMs: number) =>
  audioFitter({
    // Real threads, as in the function. The limits leave time for a busy machine.
    engine: engineThreads({ probeMs, fitMs: 60_000, longAfterMs: 60_000 }),
    ...(second && { ffmpeg: second }),
    rules: AUDIO_RULES,
    clock: { nowMs: Date.now },
  });
const fitOne = (bytes: Uint8Array<ArrayBuffer>, fitter: ReturnType<typeof fitterWith>) =>
  fitter.fit(fileOf(bytes), async (part: FittedPart) => part, new AbortController().signal);

const engines: [string, AudioDecoder | undefined][] = [['without ffmpeg', undefined]];
if (ffmpeg) engines.push(['with ffmpeg', ffmpeg]);

describe.each(engines)('is rejected by a look, %s', (_title, second) => {
  const fitter = fitterWith(second, 60_000);

  // On an idle machine each took three seconds at most. A probe may take thirty, and work on sound six minutes.
  test.each(bomb)('%s', { timeout: 90_000 }, async (_, make, reason) => {
    const bytes = make();
    const before = process.memoryUsage.rss();
    expect(await fitOne(bytes, fitter)).toMatchObject({ kind: 'unfit', reason: expect.stringMatching(reason) });
    expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(300);
  });
});

test('a file that takes a library for ever ends its thread, and is rejected with that reason', async () => {
  const fitted = await fitOne(bombs.mp4OfFragments(80_000), fitterWith(undefined, 500));
  expect(fitted).toMatchObject({ kind: 'unfit', reason: 'it takes longer than 1 s' });
});

test('what the built-in engine hears to be silence is asked of no other', { timeout: 120_000 }, async () => {
  const asked: string[] = [];
  const open: AudioDecoder['open'] = async () => {
    asked.push('ffmpeg');
    throw new Error('ffmpeg was asked');
  };
  expect(await fitOne(bombs.mp3OfSilence(0.2), fitterWith({ open }, 60_000))).toMatchObject({
    kind: 'unfit',
    reason: expect.stringMatching(/^no call: nothing can be heard in 12 minutes/),
  });
  expect(asked).toEqual([]);
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
