import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SoundOptions, soundOfPcm } from '../../functions/audio/sound.ts';
import { ALL, all, decode, matroska, type Packet, pcmOf, RATE, steady } from './hearing.ts';
import { joined, peakOf } from './signals.ts';

async function* chunksOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Decodes raw PCM that comes in these chunks. */
const hearPcm = async (chunks: Iterable<Uint8Array>, channels: number, options: Partial<SoundOptions> = {}) =>
  joined(await all(soundOfPcm({ sampleRate: RATE, channels, chunks: chunksOf(chunks) }, { ...ALL, ...options })));

test('of a stereo call the mean of both sides is heard, from a file and from PCM', async () => {
  const samples = steady(0.5, 1, 2).map((left, n) => (n % 2 === 0 ? left : 0.25));
  for (const sound of [await decode(await matroska([{ at: 0, samples }], 2)), await hearPcm([pcmOf(samples)], 2)]) {
    expect(sound.length).toBe(RATE);
    expect(peakOf(sound.map((heard) => heard - 0.375))).toBeLessThan(0.001);
  }
});

test.each([1, 3, 6])('of %i channels the mean is heard', async (channels) => {
  const samples = Array.from({ length: channels * 100 }, (_, n) => (n % channels === 0 ? 0.6 : 0));
  const sound = await hearPcm([pcmOf(samples)], channels);
  expect(peakOf(sound.map((heard) => heard - 0.6 / channels))).toBeLessThan(0.001);
});

test('PCM is the same however its bytes are cut, in the middle of a sample too', async () => {
  const samples = Array.from({ length: 300 }, (_, n) => Math.sin(n));
  const words = pcmOf(samples);
  const bytes = new Uint8Array(words.length + 1).subarray(1); // words at odd addresses, as in a larger buffer
  bytes.set(words);
  const cuts = fc.array(fc.nat(bytes.length), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.constantFrom(1, 2, 3), async (cuts, channels) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const sound = await hearPcm(
        edges.slice(1).map((end, n) => bytes.subarray(edges[n], end)),
        channels,
      );
      expect(sound.length).toBe(300 / channels);
      const wanted = sound.map((_, frame) => {
        const values = samples.slice(frame * channels, (frame + 1) * channels);
        return values.reduce((sum, value) => sum + value, 0) / channels;
      });
      expect(peakOf(sound.map((value, n) => value - (wanted[n] as number)))).toBeLessThan(1e-4);
    }),
  );
});

test('full scale is full scale', async () => {
  const extremes = new Uint8Array(Int16Array.from([-32_768, 0, 32_767]).buffer);
  expect([...(await hearPcm([extremes], 1))]).toEqual([-1, 0, 32_767 / 32_768]);
});

describe('more than is wanted is refused', () => {
  const refused = { code: 'unreadable', message: 'too long: more than 2 s' };
  const short = steady(0.5, 0.1);
  test.each<[string, Packet[]]>([
    ['for what is in it', [{ at: 0, samples: steady(0.5, 2.1) }]],
    [
      'for what was left out, before any of that is made',
      [
        { at: 0, samples: short },
        { at: 500, samples: short },
      ],
    ],
  ])('%s', async (_, packets) => {
    await expect(decode(await matroska(packets), { maxSeconds: 2 })).rejects.toMatchObject(refused);
  });

  test('of PCM, and no more of it is asked for', async () => {
    let asked = 0;
    const second = pcmOf(steady(0, 1));
    const long = (function* () {
      for (; asked < 1000; asked += 1) yield second;
    })();
    await expect(hearPcm(long, 1, { maxSeconds: 2 })).rejects.toMatchObject(refused);
    expect(asked).toBe(2);
  });

  test('but not what is just as long', async () => {
    const samples = steady(0.5, 2);
    expect(await decode(await matroska([{ at: 0, samples }]), { maxSeconds: 2 })).toHaveLength(2 * RATE);
    expect(await hearPcm([pcmOf(samples)], 1, { maxSeconds: 2 })).toHaveLength(2 * RATE);
  });
});
