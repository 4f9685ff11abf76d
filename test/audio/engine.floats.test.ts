import { expect, test } from 'vitest';
import { engine } from '../../functions/audio/engine.ts';
import type { FittedPart } from '../../functions/core/ports/ports.ts';
import { call, fileOf } from './calls.ts';

const SECONDS = 2;
const RATE = 8000;

/** A WAV of 32-bit floats of any value: the header of a fixture, with another format and length. */
const floats = (valueAt: (frame: number) => number) => {
  const frames = SECONDS * RATE;
  const bytes = new Uint8Array(44 + frames * 4);
  bytes.set(call('pcm-s16-8k-mono.wav').subarray(0, 44));
  const view = new DataView(bytes.buffer);
  view.setUint32(4, bytes.length - 8, true);
  view.setUint16(20, 3, true); // IEEE float
  view.setUint32(28, RATE * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 32, true);
  view.setUint32(40, frames * 4, true);
  for (let frame = 0; frame < frames; frame += 1) view.setFloat32(44 + frame * 4, valueAt(frame), true);
  return fileOf(bytes);
};
const tone = (frame: number) => 0.5 * Math.sin((2 * Math.PI * 440 * frame) / RATE);
const once = (value: number) => (frame: number) => (frame === RATE ? value : tone(frame));

test.each<[string, (frame: number) => number]>([
  ['twenty times full scale', (frame) => 20 * tone(frame)],
  ['as large as 16-bit numbers', (frame) => 32_768 * tone(frame)],
  ['NaN once', once(Number.NaN)],
  ['Infinity once', once(Number.POSITIVE_INFINITY)],
  ['1e30 once', once(1e30)],
])('floats that are %s are heard, and the memo plays', async (_, valueAt) => {
  const parts: FittedPart[] = [];
  const recipe = { kbps: 64, sampleRate: 16_000, parts: 1, seconds: SECONDS };
  const keep = async (part: FittedPart) => void parts.push(part);

  await engine.convert({ file: floats(valueAt) }, { maxSeconds: 60 }, recipe, keep);

  // The first quarter of the tone is as loud as the tone, although louder values follow.
  const waveform = parts[0]?.waveform ?? [];
  expect(Math.max(...waveform.slice(10, 40))).toBeGreaterThan(40);
});
