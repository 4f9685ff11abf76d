import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { call, factsOf, fileOf } from './calls.ts';
import { blocksOf, decode, matroska, type Packet, RATE, steady } from './hearing.ts';
import { joined, sine } from './signals.ts';

/** One value for this long, in packets of a tenth of a second, as recorders write them. */
const piece = (at: number, value: number, seconds: number): Packet[] =>
  Array.from({ length: Math.round(seconds * 10) }, (_, n) => ({ at: at + n / 10, samples: steady(value, 0.1) }));
/** One value in a single packet; other packets may begin before its end. */
const oneOf = (at: number, value: number, seconds: number): Packet => ({ at, samples: steady(value, seconds) });

/** The different values between two seconds, rounded: a single value where the sound is steady. */
const between = (sound: Float32Array, start: number, end: number): number[] => [
  ...new Set([...sound.subarray(start * RATE, end * RATE)].map((value) => Math.round(value * 100) / 100)),
];

test('what was left out is silence, and the rest is in its place', async () => {
  const sound = await decode(await matroska([...piece(0, 0.5, 1), ...piece(3, 0.25, 1)]));
  expect(sound.length).toBe(4 * RATE);
  expect([between(sound, 0, 1), between(sound, 1, 3), between(sound, 3, 4)]).toEqual([[0.5], [0], [0.25]]);
});

test('a pause of ten minutes is made a second at a time', async () => {
  const { blocks } = await blocksOf(await matroska([...piece(0, 0.5, 0.1), ...piece(600, 0.25, 0.1)]));
  expect(joined(blocks).length).toBe(600.1 * RATE);
  expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThanOrEqual(RATE);
});

/** The decoder takes a smaller overlap or gap for rounding. */
const JITTER = 0.1;

describe('what was written twice is heard once, to a tenth of a second', () => {
  test('where packets begin before the last one ended', async () => {
    const sound = await decode(await matroska([oneOf(0, 0.5, 4), ...piece(1, 0.9, 3), ...piece(4, 0.25, 1)]));
    expect(Math.abs(sound.length / RATE - 5)).toBeLessThanOrEqual(JITTER);
    expect([between(sound, 0, 4), between(sound, 4 + JITTER, 5)]).toEqual([[0.5], [0.25]]);
  });

  test('where a packet is half old and half new', async () => {
    const half = { at: 1.1, samples: [...steady(0.9, 0.9), ...steady(0.25, 0.9)] };
    const sound = await decode(await matroska([oneOf(0, 0.5, 2), { at: 1, samples: steady(0.9, 0.1) }, half]));
    expect([sound.length, between(sound, 0, 2), between(sound, 2, 2.9)]).toEqual([2.9 * RATE, [0.5], [0.25]]);
  });
});

test('the time before the first sound is none of it', async () => {
  const sound = await decode(await matroska(piece(600, 0.5, 1)));
  expect([sound.length, between(sound, 0, 1)]).toEqual([RATE, [0.5]]);
});

test('what is off by less than a tenth of a second is rounding: not a sample is lost or made', async () => {
  const packet = sine(440, RATE, RATE / 50); // of 20 ms
  const offset = fc.integer({ min: -40, max: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(offset, { minLength: 1, maxLength: 20 }), async (offsets) => {
      let at = 0;
      const packets = offsets.map((ms, n) => {
        at = n === 0 ? 0 : Math.max(at, n / 50 + ms / 1000);
        return { at, samples: packet };
      });
      expect((await decode(await matroska(packets))).length).toBe(packet.length * packets.length);
    }),
    { numRuns: 30 },
  );
});

// ffmpeg removes an encoder's delay at the start and its padding at the end; the built-in decoders keep both.
test.each([
  ['opus-mono.ogg', 0.021],
  ['opus-mono.webm', 0.021],
  ['opus-stereo.ogg', 0.021],
  ['vbr-xing.mp3', 0.12],
  ['flac-s16-8k-mono.flac', 0],
  ['mulaw-8k-stereo.wav', 0],
  ['pcm-s16-cut.wav', 0.001],
  ['streamed-by-sox.wav', 0],
  ['streamed-by-ffmpeg.wav', 0],
  ['sizes-zero.wav', 0],
])('%s is as long as what ffmpeg decodes of it, to %f s', async (name, within) => {
  const { sampleRate, blocks } = await blocksOf(fileOf(call(name)));
  const seconds = joined(blocks).length / sampleRate;
  expect(Math.abs(seconds - (factsOf(name).decodedSeconds ?? 0))).toBeLessThanOrEqual(within);
});
