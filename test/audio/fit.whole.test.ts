import { describe, expect, test } from 'vitest';
import { engine } from '../../functions/audio/engine.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { endOfPages } from '../../functions/audio/ogg-end.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import type { FittedPart } from '../../functions/core/ports/ports.ts';
import { ffmpeg, fileOf, makeFit, readCall } from './fitting.ts';

// The bridge sends only what can be decoded, whatever the container lists.

const cut = (name: string, part: number) => {
  const bytes = readCall(name);
  return bytes.subarray(0, Math.round(bytes.length * part));
};
const upTo = (name: string, word: string, more: number) => {
  const bytes = readCall(name);
  return bytes.subarray(0, bytes.indexOf(word) + more);
};
/** The file with other bytes in place of its sound. */
const silenced = (name: string, word: string) => {
  const bytes = Buffer.from(readCall(name));
  return bytes.fill(0xa5, bytes.indexOf(word) + 4);
};

/** An MP3 whose index promises hours: a call that its host still writes, or a download that broke off. */
const ofHours = (): Buffer => {
  const bytes = Buffer.from(readCall('vbr-xing.mp3'));
  const index = bytes.indexOf('Xing');
  bytes.writeUInt32BE(200_000, index + 8); // frames
  bytes.writeUInt32BE(25_000_000, index + 12); // bytes
  return bytes;
};

const NOTHING: [what: string, bytes: Buffer, declared: string][] = [
  ['an M4A whose sound was cut away', upTo('aac-moov-first.m4a', 'mdat', 8), '0 of 3.5 s'],
  ['an M4A of which a fifth is there', upTo('aac-moov-first.m4a', 'mdat', 2200), 'of 3.5 s'],
  ['an AIFF without samples', upTo('pcm-s16-8k-mono.aiff', 'SSND', 16), '0 of 1 s'],
  ['an AIFF without a sound chunk', upTo('pcm-s16-8k-mono.aiff', 'SSND', 0), '0 of 1 s'],
  ['a WAV without samples', upTo('pcm-s16-8k-mono.wav', 'data', 8), '0 of 3.5 s'],
  ['a µ-law WAV without samples', upTo('mulaw-8k-mono.wav', 'data', 8), '0 of 1 s'],
  ['a CAF without samples', upTo('pcm-s16-8k-mono.caf', 'data', 16), '0 of 1 s'],
  ['an MP3 that ends soon behind its index', cut('vbr-xing.mp3', 0.1), 'of 3.6 s'],
  ['an MP3 of hours of which seconds are there', ofHours(), 'not whole: 3.6 of '],
  ['a WebM cut inside its only cluster', readCall('opus-cut.webm'), 'of 3.5 s can be heard'],
  ['a film that lost its sound', cut('aac-16k-mono.mov', 0.3), ''],
];

test.each(NOTHING)('%s is rejected with both figures', async (_, bytes, declared) => {
  expect(await makeFit(bytes)).toMatchObject({ kind: 'unfit', reason: expect.stringContaining(declared) });
});

describe.skipIf(!ffmpeg)('with ffmpeg', () => {
  test.each(NOTHING)('%s is rejected too', async (_, bytes, declared) => {
    const fitted = await makeFit(bytes, { second: ffmpeg });
    expect(fitted).toMatchObject({ kind: 'unfit', reason: expect.stringContaining(declared) });
  });

  test.each(['aac-moov-first.m4a', 'aac-16k-mono.3gp'])(
    '%s with noise in place of its AAC is rejected',
    async (name) => {
      const fitted = await makeFit(silenced(name, 'mdat'), { second: ffmpeg });
      expect(fitted).toMatchObject({ kind: 'unfit', reason: expect.stringMatching(/ffmpeg|not whole/) });
    },
  );

  test.each(['aac-moov-first.m4a', 'amr-nb-with-pauses.amr', 'opus-mono.caf', 'vbr-xing.mp3'])(
    '%s, which is whole, still passes',
    async (name) => {
      expect(await makeFit(readCall(name), { second: ffmpeg })).toMatchObject({ kind: 'as-it-is' });
    },
  );
});

test('the first 600 bytes of an MP3 are not sent', async () => {
  const bytes = Buffer.from(readCall('cbr-128k-44k1-stereo.mp3'));
  expect(await makeFit(bytes.subarray(0, 600))).toMatchObject({ kind: 'unfit' });
});

test('more than half of an MP3 is sent, and the note is true', async () => {
  const fitted = await makeFit(cut('vbr-xing.mp3', 0.7));
  expect(fitted).toMatchObject({ kind: 'as-it-is', fitting: { notes: [expect.stringMatching(/of 3\.6 s$/)] } });
});

test('a call of hours of which seconds are there may grow', async () => {
  expect(await makeFit(ofHours())).toMatchObject({ kind: 'unfit', mayGrow: true });
});

// Each page of this file has a second. A page that was cut off is not heard, and everything before it is.
test.each([
  [0.3, 1],
  [0.5, 1],
  [0.62, 2],
  [0.8, 2],
  [0.97, 3],
  [1, 3.5],
])('an Ogg of which %s is there is heard to its last whole page, without ffmpeg', async (part, seconds) => {
  const fitted = await makeFit(cut('opus-mono.ogg', part));
  expect(fitted).toMatchObject({ kind: 'made', fitting: { engine: 'built-in' } });
  expect(fitted.original.seconds).toBeCloseTo(seconds, 1);
});

test('an Ogg ends with its last whole page, wherever it was cut', async () => {
  const bytes = readCall('opus-mono.ogg');
  const begins = [...bytes.toString('latin1').matchAll(/OggS/g)].map(({ index }) => index);
  for (let end = 1; end <= bytes.length; end += 1) {
    const last = [...begins, bytes.length].findLast((at) => at <= end) ?? 0;
    // A page that lost its first bytes looks like bytes behind the last page, which mediabunny passes over.
    const isTorn = end - last < 4 && end < bytes.length;
    if (end > 4) expect([isTorn ? end : last || end, end]).toContain(await endOfPages(fileOf(bytes.subarray(0, end))));
  }
});

describe('a decoder that hears only a part of the bytes of a WAV', () => {
  /** The built-in engine, changed so that it loses the end of every file. */
  const deaf: typeof engine = {
    ...engine,
    async convert(from, listening, recipe, keep) {
      const { seconds, peak } = await engine.convert(from, listening, recipe, keep);
      return { seconds: 'file' in from ? seconds * 0.7 : seconds, peak };
    },
  };
  const fitDeaf = (second: typeof ffmpeg) =>
    audioFitter({ engine: () => deaf, ffmpeg: second, rules: AUDIO_RULES, clock: { nowMs: Date.now } }).fit(
      fileOf(readCall('mulaw-8k-stereo.wav')),
      async (part: FittedPart) => part,
      new AbortController().signal,
    );

  test('is not believed: the recording is rejected with both figures', async () => {
    expect(await fitDeaf(undefined)).toMatchObject({ kind: 'unfit', reason: 'damaged: 1.4 of 2 s can be heard' });
  });

  test.skipIf(!ffmpeg)('is not believed: ffmpeg is asked', async () => {
    const fitted = await fitDeaf(ffmpeg);
    expect(fitted).toMatchObject({ kind: 'made', fitting: { engine: 'ffmpeg' }, original: { seconds: 2 } });
    expect(fitted).not.toHaveProperty('fitting.notes');
  });
});
