import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import type { AudioFile, FittedPart } from '../../functions/core/ports/ports.ts';
import { fileOf, readCall } from './fitting.ts';
import { longCall } from './long-call.ts';

// With real threads: each bad file gets a verdict in time, and the next recording is not affected.

const fitter = audioFitter({
  engine: engineThreads({ probeMs: 10_000, fitMs: 60_000, longAfterMs: 60_000 }),
  rules: { ...AUDIO_RULES, minSeconds: 0.1 },
  clock: { nowMs: Date.now },
});
const made = (file: AudioFile) => fitter.fit(file, async (part: FittedPart) => part, new AbortController().signal);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const wav = readCall('pcm-s16-8k-mono.wav');
/** The call with one field of its header overwritten. */
const header = (at: number, value: number, bytes: 2 | 4): Buffer => {
  const copy = Buffer.from(wav);
  copy.writeUIntLE(value, at, bytes);
  return copy;
};
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);

describe('is rejected with a plain reason', () => {
  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'not audio: the recording is empty'],
    ['one byte', Uint8Array.of(0xff), 'not audio: unknown bytes'],
    ['zeros', new Uint8Array(100_000), 'not audio: unknown bytes'],
    ['text', bytesOf('The recording is not available.'), 'not audio: unknown bytes'],
    [
      'an XML error',
      bytesOf('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
      'not audio: an XML page',
    ],
    ['XML without a prologue', bytesOf('<TwilioResponse/>'), 'not audio: an XML page'],
    ['an HTML page', bytesOf('\r\n  <HTML lang="en">'), 'not audio: an HTML page'],
    ['JSON', bytesOf('{"code":20404}'), 'not audio: JSON'],
    ['JSON in a list', bytesOf('[{"errors":1}]'), 'not audio: JSON'],
    ['a picture', PNG, 'not audio: image/png'],
    ['a picture in the wrapper of AIFF', bytesOf('FORM\0\0\x01\0ILBMBMHD'), 'not audio: unknown bytes'],
    ['a RIFF of another kind', bytesOf('RIFF\x24\0\0\0AVI LIST'), ''],
    ['a WAV header alone', bytesOf('RIFF\x24\0\0\0WAVE'), 'not audio: unknown bytes'],
    ['a WAV header and no data', wav.subarray(0, 44), 'not whole: 0 of 3.5 s can be heard'],
    ['a sample rate of 1 Hz', header(24, 1, 4), 'a sample rate of 1 Hz'],
    ['a sample rate of 10 MHz', header(24, 10_000_000, 4), 'a sample rate of 10000000 Hz'],
    ['no channels', header(22, 0, 2), 'a sound without channels'],
    ['blocks of no bytes', header(32, 0, 2), ''],
    ['a byte rate of nothing', header(28, 0, 4), ''],
    ['a video without sound', readCall('video-without-sound.mp4'), 'not audio: a video without sound'],
    ['an MP4 that lost its table', readCall('video-aac-moov-lost.mp4'), 'no sound can be read in this mp4 file'],
    ['an ID3 tag and nothing after it', Buffer.concat([bytesOf('ID3\x03\0\0\0\0\x7f\x7f'), Buffer.alloc(20_000)]), ''],
    ['an Ogg page and nothing after it', readCall('opus-mono.ogg').subarray(0, 100), ''],
  ])('%s', async (_, bytes, reason) => {
    const verdict = await made(fileOf(bytes));
    if (verdict.kind === 'unfit') expect(verdict.reason).toContain(reason);
    // A file with a false byte rate or block size may also be decoded correctly.
    else expect([reason, verdict.fitting.done]).toEqual(['', expect.stringMatching(/passed|converted/)]);
  });

  test('random bytes, a thousand times', async () => {
    for (let n = 0; n < 1000; n += 1) {
      const verdict = await made(fileOf(randomBytes(2000)));
      if (verdict.kind !== 'unfit') expect(verdict.original.seconds).toBeGreaterThan(0); // two bytes can look like ADTS
    }
  });
});

describe('ends as a good memo', () => {
  test.each([
    ['24 channels', readCall('pcm-u8-8k-24-channels.wav'), 0.25],
    ['a data size of 0xFFFFFFFF', header(40, 0xffff_ffff, 4), 3.5],
    ['sizes of zero', Buffer.from(header(40, 0, 4)).fill(0, 4, 8), 3.5],
    ['a data size larger than the file', header(40, 1_000_000, 4), 3.5],
    ['a name that lies', readCall('opus-named.mp3'), 3.5],
  ])('%s', async (_, bytes, seconds) => {
    const verdict = await made(fileOf(bytes));
    const [part] = verdict.kind === 'made' ? verdict.parts : [];
    expect(part?.facts).toMatchObject({ type: 'audio/mpeg', codec: 'mp3', channels: 1 });
    expect(part?.facts.seconds).toBeGreaterThan(seconds - 0.1);
    expect(part?.facts.seconds).toBeLessThan(seconds + 0.25);
  });

  test('a file that was cut off, with a word on where the sound ends', async () => {
    const cut = header(40, 80_000, 4);
    cut.writeUInt32LE(80_036, 4);
    const verdict = await made(fileOf(cut));
    expect(verdict).toMatchObject({ fitting: { notes: ['the recording ends after 3.5 of 5 s'] } });
  });
});

test('a data size larger than the file, beside a RIFF size that is right, is a wrong size and no cut', async () => {
  const verdict = await made(fileOf(header(40, 1_000_000, 4)));
  expect(verdict).toMatchObject({ kind: 'made', fitting: expect.not.objectContaining({ notes: expect.anything() }) });
});

test('a few bytes that say they are six hours of silence end within the time of a thread', async () => {
  // Ogg/Opus: the same small page repeated, with a granule position far beyond its sound.
  const ogg = Buffer.from(readCall('opus-mono.ogg'));
  const last = ogg.lastIndexOf('OggS');
  ogg.writeBigInt64LE(48_000n * 3600n * 1000n, last + 6);
  const verdict = await made(fileOf(ogg));
  expect(verdict.kind).toMatch(/unfit|made/);
}, 70_000);

test('a file that is more than a day long is rejected before any of it is decoded', async () => {
  const verdict = await made(longCall(wav, 30 * 3600));
  expect(verdict).toMatchObject({ kind: 'unfit', reason: 'too long: 108000 s of sound' });
});

test('after all that, a call still becomes a memo', async () => {
  expect(await made(fileOf(readCall('mulaw-8k-mono.wav')))).toMatchObject({ kind: 'made' });
});

test('what a Matroska calls its codec comes into the row as one plain word', async () => {
  const mkv = Buffer.from(readCall('vorbis-8k-mono.webm'));
  mkv.write('A_\n\x07é\0X', mkv.indexOf('A_VORBIS'), 'utf8');
  const verdict = await made(fileOf(mkv));
  expect(verdict).toMatchObject({ kind: 'unfit', original: { codec: expect.stringMatching(/^[!-~]{2,32}$/) } });
});
