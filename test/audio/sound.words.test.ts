import { BufferSource, Input, WAVE } from 'mediabunny';
import { describe, expect, test } from 'vitest';
import { type SoundOptions, soundOfTrack, withSoundOf } from '../../functions/audio/sound.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { allCalls, call, callFile, fileOf } from './calls.ts';
import { ALL, all, blocksOf, pcmOf, RATE } from './hearing.ts';
import { joined, minus, peakOf } from './signals.ts';

// Our own code reads uncompressed sound. mediabunny, which reads it too, gives the second opinion.

const hearWords = async (file: AudioFile, options = ALL) => {
  const { sampleRate, blocks } = await blocksOf(file, options);
  return { sampleRate, sound: joined(blocks) };
};

const hearByMediabunny = async (name: string, options: SoundOptions) => {
  using input = new Input({ formats: [WAVE], source: new BufferSource(call(name)) });
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error('no track');
  return joined(await all(await soundOfTrack(track, options)));
};

/** mediabunny believes the sizes in the header, and these files have wrong ones. */
const UNTRUE = ['pcm-s16-cut.wav', 'sizes-zero.wav', 'streamed-by-ffmpeg.wav', 'streamed-by-sox.wav'];
const PLAIN = allCalls.filter(
  ({ codec, container, file }) => container === 'wav' && /^pcm_/.test(codec ?? '') && !UNTRUE.includes(file),
);

describe('is heard as mediabunny hears it', () => {
  test.each(PLAIN)('$file', async ({ file, sampleRate }) => {
    const heard = await hearWords(callFile(file), ALL);
    const wanted = await hearByMediabunny(file, ALL);
    expect(heard.sampleRate).toBe(sampleRate);
    expect(heard.sound.length).toBe(wanted.length);
    expect(peakOf(minus(heard.sound, wanted))).toBeLessThan(1e-6);
  });
});

/** Four minutes that never repeat, after a fixture's head and this many more bytes. */
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
  expect(file.reads()).toBeLessThanOrEqual(1 + Math.ceil(file.bytes / (2 * 1024 * 1024))); // the head, then 2 MB a read
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
  /** A file of which the head and the first chunk can be read, and no more. */
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
