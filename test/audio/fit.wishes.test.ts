import { describe, expect, test } from 'vitest';
import { engine } from '../../functions/audio/engine.ts';
import type { AudioRules } from '../../functions/core/model/audio.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { ffmpeg, fileOf, makeFit, readCall } from './fitting.ts';
import { longCall } from './long-call.ts';

/** What is heard in a file: nothing of ours is asked but the ears. */
const decode = (file: AudioFile) => engine.measure({ file }, { channel: 'both', maxSeconds: 1000 });
const made = async (bytes: Uint8Array | AudioFile, rules: Partial<AudioRules>) => {
  const fitted = await makeFit(bytes, { rules });
  const [part] = fitted.kind === 'made' ? fitted.parts : [];
  if (!part) throw new Error(`nothing was made: ${JSON.stringify(fitted)}`);
  return { fitted, heard: await decode(fileOf(part.bytes)) };
};

const call = readCall('pcm-s16-8k-mono.wav');
/** The same call in 16-bit PCM, each value through `change`. */
const changed = (wav: Buffer, change: (value: number, frame: number) => number): Buffer => {
  const copy = Buffer.from(wav);
  for (let at = 44, n = 0; at + 2 <= copy.length; at += 2, n += 1)
    copy.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(change(copy.readInt16LE(at), n)))), at);
  return copy;
};
const withSilence = (before: number, after: number): Buffer => {
  const silence = (seconds: number) => Buffer.alloc(Math.round(seconds * 8000) * 2);
  const file = Buffer.concat([call.subarray(0, 44), silence(before), call.subarray(44), silence(after)]);
  file.writeUInt32LE(file.length - 8, 4);
  file.writeUInt32LE(file.length - 44, 40);
  return file;
};

describe('loudness is brought to a phone’s level', () => {
  test.each([
    ['a quiet call', 0.5],
    ['a loud one', 2.5],
  ])('of %s', async (_, factor) => {
    const { fitted, heard } = await made(
      changed(call, (value) => value * factor),
      { levelLoudness: true },
    );
    expect(fitted).toMatchObject({ fitting: { done: 'converted', reason: 'its loudness is to be levelled' } });
    expect(heard.lufs).toBeGreaterThan(-18);
    expect(heard.lufs).toBeLessThan(-14.5);
    expect(heard.peak).toBeLessThan(1);
  });

  test('by twenty decibels at most: what is nearly silence stays that', async () => {
    const whisper = changed(call, (value) => value / 100);
    const before = await decode(fileOf(whisper));
    const { heard } = await made(whisper, { levelLoudness: true });
    expect(heard.lufs - before.lufs).toBeGreaterThan(18);
    expect(heard.lufs - before.lufs).toBeLessThan(21);
  });

  test('and a call that has it already passes as it is', async () => {
    const { lufs } = await decode(fileOf(call));
    const level = changed(call, (value) => value * 10 ** ((-16 - lufs) / 20));
    expect(await makeFit(level, { rules: { levelLoudness: true } })).toMatchObject({
      kind: 'as-it-is',
      fitting: { done: 'passed' },
    });
  });
});

describe('silence at the ends is trimmed', () => {
  test('to a quarter of a second', async () => {
    const { fitted, heard } = await made(withSilence(2, 3), { trimSilence: true });
    expect(fitted).toMatchObject({ original: { seconds: 8.5 }, fitting: { reason: 'its silence is to be trimmed' } });
    const audible = (await decode(fileOf(call))).audible;
    const expected = audible.end - audible.start + 0.5;
    expect(heard.seconds).toBeGreaterThan(expected - 0.1);
    expect(heard.seconds).toBeLessThan(expected + 0.2);
    expect(heard.audible.start).toBeLessThan(0.35);
  });

  test('but less than half a second is left, and the call passes as it is', async () => {
    expect(await makeFit(withSilence(0.2, 0.2), { rules: { trimSilence: true } })).toMatchObject({ kind: 'as-it-is' });
  });

  test('and a call that is silence altogether keeps its length', async () => {
    const silent = changed(call, () => 0);
    expect(await makeFit(silent, { rules: { trimSilence: true } })).toMatchObject({ kind: 'as-it-is' });
  });
});

describe('one side of a stereo call', () => {
  /** Dana is on the left, Sam on the right; here the right is silenced. */
  const stereo = changed(readCall('pcm-s16-8k-stereo.wav'), (value, n) => (n % 2 === 0 ? value : 0));

  test('is heard alone', async () => {
    const { fitted, heard } = await made(stereo, { channel: 'left' });
    expect(fitted).toMatchObject({ fitting: { reason: 'its left channel is to be heard' } });
    const both = await decode(fileOf(stereo));
    expect(heard.peak).toBeGreaterThan(1.7 * both.peak); // the mean of both halves it
  });

  test('which says nothing is silence', async () => {
    const { heard } = await made(stereo, { channel: 'right' });
    expect(heard.peak).toBeLessThan(0.001);
  });

  test('is no question to a mono call', async () => {
    expect(await makeFit(call, { rules: { channel: 'right' } })).toMatchObject({ kind: 'as-it-is' });
  });
});

describe('a wish that nothing here can fulfil keeps no call from arriving', () => {
  const rules = { levelLoudness: true, trimSilence: true };

  test('AAC, which nothing built in decodes, passes as it is', async () => {
    const fitted = await makeFit(readCall('aac-moov-first.m4a'), { rules });
    expect(fitted).toMatchObject({ kind: 'as-it-is', extension: 'm4a' });
  });

  test.skipIf(!ffmpeg)('and is heard by ffmpeg where there is one', async () => {
    const fitted = await makeFit(readCall('aac-moov-first.m4a'), { rules, second: ffmpeg });
    expect(fitted).toMatchObject({ kind: 'made', fitting: { done: 'converted', engine: 'ffmpeg' } });
  });
});

describe('limits', () => {
  test.each<[string, Partial<AudioRules>, string]>([
    ['shorter than the shortest', { minSeconds: 4 }, 'too short: 3.5 s of sound'],
    ['longer than the longest', { maxSeconds: 3 }, 'too long: 4 s of sound'],
    ['larger than the largest', { maxSourceBytes: 56_043 }, 'too large: 56044 bytes'],
  ])('%s is rejected', async (_, rules, reason) => {
    expect(await makeFit(call, { rules })).toMatchObject({ kind: 'unfit', reason });
  });

  test('by default half a second is short and six hours are long', async () => {
    expect(await makeFit(longCall(call, 0.4), { rules: { minSeconds: 0.5 } })).toMatchObject({ kind: 'unfit' });
    expect(await makeFit(longCall(call, 6 * 3600 + 60))).toMatchObject({
      kind: 'unfit',
      reason: 'too long: 21660 s of sound',
    });
  });
});
