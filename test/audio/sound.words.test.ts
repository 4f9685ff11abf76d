import { describe, expect, test } from 'vitest';
import { withSoundOf } from '../../functions/audio/sound.ts';
import type { AudioFile } from '../../functions/core/ports.ts';
import { allCalls, call, callFile, fileOf } from './calls.ts';
import { ALL, all, hear, pcmOf, RATE } from './hearing.ts';
import { joined, minus, peakOf } from './signals.ts';

// 16-bit PCM in a WAV is not left to the general reader, which hears it too.

const hearWords = (file: AudioFile, options = ALL) =>
  withSoundOf(file, options, async (sound) => ({ sampleRate: sound.sampleRate, sound: joined(await all(sound)) }));

const WORDS = allCalls.filter(({ codec, container }) => codec === 'pcm_s16le' && container === 'wav');

describe('is heard as the general reader hears it', () => {
  test.each(WORDS)('$file', async ({ file, sampleRate }) => {
    for (const channel of ['both', 'left', 'right'] as const) {
      const options = { ...ALL, channel };
      const heard = await hearWords(callFile(file), options);
      const wanted = await hear(callFile(file), options);
      expect(heard.sampleRate).toBe(sampleRate);
      expect(heard.sound.length).toBe(wanted.length);
      expect(peakOf(minus(heard.sound, wanted))).toBeLessThan(1e-6);
    }
  });
});

/** Four minutes that do not repeat, behind a fixture's head and so many bytes more. */
const SAMPLES = Float32Array.from({ length: 240 * RATE }, (_, n) => Math.sin(n * n));
const longFile = (extra: number): Uint8Array => {
  const head = call('pcm-s16-8k-mono.wav').subarray(0, 44);
  const words = pcmOf(SAMPLES);
  const file = new Uint8Array(44 + extra + words.length);
  file.set(head.subarray(0, 36));
  const view = new DataView(file.buffer);
  if (extra > 0) {
    file.set(Buffer.from('note'), 36);
    view.setUint32(40, extra - 8, true);
  }
  file.set(Buffer.from('data'), 36 + extra);
  view.setUint32(40 + extra, words.length, true);
  file.set(words, 44 + extra);
  return file;
};

test.each([0, 10, 70, 30_000])('a long one comes whole and in order, %i bytes later', async (extra) => {
  const file = fileOf(longFile(extra));
  const { sound } = await hearWords(file);
  expect(sound.length).toBe(SAMPLES.length);
  expect(peakOf(minus(sound, SAMPLES))).toBeLessThan(1e-4);
  expect(file.reads()).toBeLessThanOrEqual(1 + Math.ceil(file.bytes / (2 * 1024 * 1024))); // its head, and 2 MB at a time
});

test('what stands behind the sound is not heard', async () => {
  const file = call('pcm-s16-8k-mono.wav');
  const { sound } = await hearWords(fileOf(file));
  const behind = Uint8Array.from([
    ...file,
    ...Buffer.from('LIST\xff\x0f\0\0', 'latin1'),
    ...new Uint8Array(4096).fill(99),
  ]);
  expect((await hearWords(fileOf(behind))).sound).toEqual(sound);
});

describe('a read that fails', () => {
  const away = new Error('S3 is away');
  /** Its head and the first of its chunks come. */
  const failing = (): AudioFile => {
    const file = fileOf(longFile(0));
    return { bytes: file.bytes, read: (start, end) => (start > 44 ? Promise.reject(away) : file.read(start, end)) };
  };

  test('is thrown on as it was, not heard as an end', async () => {
    await expect(hearWords(failing())).rejects.toBe(away);
  });

  test('is nobody’s business where it was read ahead and not wanted', async () => {
    const frames = await withSoundOf(failing(), ALL, async ({ blocks }) => {
      for await (const block of blocks) return block.length;
    });
    expect(frames).toBeGreaterThan(0); // vitest itself fails where a rejection is not handled
  });
});
