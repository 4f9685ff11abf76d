import { expect, test } from 'vitest';
import { digestOf, recordingOf } from '../../../local/chaos/recording.ts';
import { sniffMemo } from '../../../local/sandbox/formats.ts';

const call = 'a'.repeat(32);
const other = 'b'.repeat(32);

test('a recording is a WAV of a second that Linq takes, the same each time for one call and no other call’s', async () => {
  const wav = recordingOf(call);
  expect((await sniffMemo(wav)).name).toBe('WAV');
  // RIFF: the bytes after the first eight; fmt: 8,000 samples a second, two bytes each; data: the rest of the file.
  expect([wav.readUInt32LE(4), wav.readUInt32LE(24), wav.readUInt32LE(28), wav.readUInt32LE(40)]).toEqual([
    wav.length - 8,
    8000,
    16_000,
    16_000,
  ]);
  expect(digestOf(recordingOf(call))).toBe(digestOf(wav));
  expect(digestOf(recordingOf(other))).not.toBe(digestOf(wav));
});
