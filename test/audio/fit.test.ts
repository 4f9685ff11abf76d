import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Fitted, FittedPart } from '../../functions/core/ports/ports.ts';
import { facts, ffmpeg, ffmpegPath, makeFit, readCall } from './fitting.ts';

// Every recording of test/fixtures/audio/calls, compared with what ffprobe and ffmpeg report (facts.json there).

const AS_IT_IS: Readonly<Record<string, string>> = {
  'aac-16k-mono.caf': 'audio/x-caf',
  'aac-44k1-stereo.m4a': 'audio/x-m4a',
  'aac-damaged.m4a': 'audio/x-m4a', // one packet of noise: every player plays the file
  'aac-moov-first.m4a': 'audio/x-m4a',
  'aac-moov-last.m4a': 'audio/x-m4a',
  'adts-16k-mono.aac': 'audio/aac',
  'amr-nb.amr': 'audio/amr',
  'amr-nb-with-pauses.amr': 'audio/amr',
  'cbr-128k-44k1-stereo.mp3': 'audio/mpeg',
  'extensible-s24-16k-mono.wav': 'audio/wav',
  'extensible-s32-8k-stereo.wav': 'audio/wav',
  'id3v2-with-cover.mp3': 'audio/mpeg',
  'list-before-data.wav': 'audio/wav',
  'mpeg25-8k-mono.mp3': 'audio/mpeg',
  'opus-mono.caf': 'audio/x-caf',
  'pcm-s16-16k-mono.wav': 'audio/wav',
  'pcm-s16-44k1-stereo.wav': 'audio/wav',
  'pcm-s16-48k-mono.wav': 'audio/wav',
  'pcm-s16-8k-mono.aiff': 'audio/aiff',
  'pcm-s16-8k-mono.caf': 'audio/x-caf',
  'pcm-s16-8k-mono.wav': 'audio/wav',
  'pcm-s16-8k-stereo.wav': 'audio/wav',
  'pcm-s24-8k-stereo.wav': 'audio/wav',
  'pcm-s32-16k-mono.wav': 'audio/wav',
  'pcm-u8-16k-stereo.wav': 'audio/wav',
  'pcm-u8-8k-mono.wav': 'audio/wav',
  'short-200-ms.wav': 'audio/wav',
  'silent.wav': 'audio/wav',
  'vbr-no-header.mp3': 'audio/mpeg',
  'vbr-xing-cut.mp3': 'audio/mpeg',
  'vbr-xing.mp3': 'audio/mpeg',
};
const REMUXED = [
  'aac-16k-mono.3gp',
  'aac-16k-mono.mkv',
  'aac-16k-mono.mov',
  'aac-cut.m4a',
  'aac-fragmented.mp4',
  'video-aac.mp4',
];
const CONVERTED = [
  'alaw-8k-stereo.wav',
  'flac-s16-8k-mono.flac',
  'flac-s24-8k-stereo.flac',
  'float32-8k-mono.wav',
  'float64-8k-mono.wav',
  'layer2-16k-mono.mp2',
  'mp3-16k-mono.mp4',
  'mulaw-8k-mono.aifc',
  'mulaw-8k-mono.au',
  'mulaw-8k-mono.wav',
  'mulaw-8k-stereo.wav',
  'opus-cut.ogg',
  'opus-damaged.ogg',
  'opus-damaged.webm',
  'opus-mono.ogg',
  'opus-mono.webm',
  'opus-named.mp3',
  'opus-stereo.ogg',
  'opus-streamed.webm',
  'pcm-s16-8k-6-channels.wav',
  'pcm-s16-8k-mono.mkv',
  'pcm-s16-8k-mono.mov',
  'pcm-s16-cut.wav',
  'pcm-u8-8k-24-channels.wav',
  'rf64.wav',
  'sizes-zero.wav',
  'streamed-by-ffmpeg.wav',
  'streamed-by-sox.wav',
  'video-opus.webm',
];
/** Converted where there is ffmpeg; else rejected with these words. */
const NEEDS_FFMPEG: Readonly<Record<string, string>> = {
  'adpcm-ima-8k-mono.wav': 'this codec needs the ffmpeg layer: adpcm_ima_wav in wav',
  'adpcm-ms-8k-stereo.wav': 'this codec needs the ffmpeg layer: adpcm_ms in wav',
  'alac-8k-mono.m4a': 'this codec needs the ffmpeg layer: alac in m4a',
  'amr-nb.3gp': 'this codec needs the ffmpeg layer: samr in 3gp',
  'amr-wb.amr': 'this codec needs the ffmpeg layer: amr-wb in amr',
  'flac-8k-mono.ogg': 'no sound can be read in this oga file without the ffmpeg layer',
  'flac-damaged.flac': 'damaged: ',
  'gsm-8k-mono.wav': 'this codec needs the ffmpeg layer: gsm_ms in wav',
  'opus-chained.ogg': 'damaged: ',
  'opus-damaged-block-header.webm': 'damaged: ',
  'opus-damaged-page-header.ogg': 'damaged: ',
  'pcm-s16-8k-mono.w64': 'no sound can be read in this w64 file without the ffmpeg layer',
  'speex-16k-mono.ogg': 'no sound can be read in this spx file without the ffmpeg layer',
  'vorbis-8k-mono.ogg': 'this codec needs the ffmpeg layer: vorbis in ogg',
  'vorbis-8k-mono.webm': 'this codec needs the ffmpeg layer: vorbis in webm',
  'wmav2-16k-mono.wma': 'no sound can be read in this asf file without the ffmpeg layer',
};
/** Rejected with these words, and with the second text where ffmpeg has tried. */
const REJECTED: Readonly<Record<string, readonly [without: string, withFfmpeg?: string]>> = {
  'flac-cut.flac': ['not whole: 0.8 of 2 s can be heard'], // less than half of the sound is there
  'headerless-gsm.gsm': ['not audio: unknown bytes'],
  'headerless-mulaw.ulaw': ['not audio: unknown bytes'],
  'opus-cut.webm': ['not whole: 0 of 3.5 s can be heard', 'damaged: 2.1 of 3.5 s can be heard'],
  'video-aac-moov-lost.mp4': [
    'no sound can be read in this mp4 file',
    'ffmpeg hears nothing in it: moov atom not found',
  ],
  'video-without-sound.mp4': ['not audio: a video without sound'],
};
/**
 * Files where ffmpeg by itself omits what other decoders decode or skip silently: pauses of an AMR, a damaged packet.
 */
const SECONDS: Readonly<Record<string, number>> = {
  'amr-nb-with-pauses.amr': 5,
  'opus-damaged.ogg': 3.5,
  'opus-damaged-block-header.webm': 3.5,
  'opus-damaged-page-header.ogg': 3.5,
};

const secondsOf = (name: string): number =>
  SECONDS[name] ?? facts.find(({ file }) => file === name)?.decodedSeconds ?? Number.NaN;
/** An MP3 is up to three frames longer than its input, an AAC file one packet; headers round. */
const isAbout = (seconds: number | undefined, expected: number) => {
  expect(seconds).toBeGreaterThan(expected - 0.12);
  expect(seconds).toBeLessThan(expected + 0.25);
};

/** Seconds of sound that ffmpeg decodes from the whole file; ffmpeg must print no error. */
const decodedByFfmpeg = (bytes: Uint8Array): number => {
  const options = ['-v', 'error', '-xerror', '-i', 'pipe:0', '-f', 's16le', '-ac', '1', '-ar', '8000', 'pipe:1'];
  const { stdout, stderr, status } = spawnSync(ffmpegPath ?? '', options, { input: bytes, maxBuffer: 1e9 });
  expect([status, stderr.toString()]).toEqual([0, '']);
  return stdout.length / 16_000;
};

const partsOf = (fitted: Fitted<FittedPart>): FittedPart[] => {
  expect(fitted).toMatchObject({ kind: 'made' });
  return fitted.kind === 'made' ? fitted.parts : [];
};

const isPlayable = (parts: readonly FittedPart[], extension: 'mp3' | 'm4a', seconds: number) => {
  expect(parts).toHaveLength(1);
  for (const part of parts) {
    const codec = extension === 'mp3' ? 'mp3' : 'aac';
    const type = extension === 'mp3' ? 'audio/mpeg' : 'audio/x-m4a';
    expect(part).toMatchObject({ extension, facts: { type, codec, bytes: part.bytes.length } });
    isAbout(part.facts.seconds, seconds);
    if (ffmpegPath) isAbout(decodedByFfmpeg(part.bytes), seconds);
  }
};

test('the table names every fixture once', () => {
  const named = [AS_IT_IS, NEEDS_FFMPEG, REJECTED].flatMap(Object.keys).concat(REMUXED, CONVERTED);
  expect(named.sort()).toEqual(facts.map(({ file }) => file).sort());
});

test.each(Object.entries(AS_IT_IS))('%s is %s, and passes as it is', async (name, type) => {
  const fitted = await makeFit(readCall(name));
  expect(fitted).toMatchObject({ kind: 'as-it-is', original: { type }, fitting: { done: 'passed' } });
  isAbout(fitted.original.seconds, secondsOf(name));
});

test.each(REMUXED)('%s becomes M4A, packet by packet', async (name) => {
  const fitted = await makeFit(readCall(name));
  expect(fitted).toMatchObject({ fitting: { done: 'remuxed' }, original: { codec: 'aac' } });
  isPlayable(partsOf(fitted), 'm4a', secondsOf(name));
});

test.each(CONVERTED)('%s becomes MP3', async (name) => {
  const fitted = await makeFit(readCall(name));
  expect(fitted).toMatchObject({ fitting: { done: 'converted', engine: 'built-in' } });
  const parts = partsOf(fitted);
  isPlayable(parts, 'mp3', secondsOf(name));
  expect(Math.max(...(parts[0]?.waveform ?? []))).toBeGreaterThan(20); // the memo is not silent
});

test.each(Object.entries(NEEDS_FFMPEG))('%s without ffmpeg: %s', async (name, reason) => {
  expect(await makeFit(readCall(name))).toMatchObject({
    kind: 'unfit',
    reason: expect.stringMatching(starting(reason)),
  });
});

test.each(Object.entries(REJECTED))('%s is rejected: %s', async (name, [reason]) => {
  expect(await makeFit(readCall(name))).toMatchObject({ kind: 'unfit', reason: expect.stringContaining(reason) });
});

describe.skipIf(!ffmpeg)('with ffmpeg', () => {
  test.each(Object.keys(NEEDS_FFMPEG))('%s becomes MP3', async (name) => {
    const fitted = await makeFit(readCall(name), { second: ffmpeg });
    expect(fitted).toMatchObject({ fitting: { done: 'converted', engine: 'ffmpeg' } });
    isPlayable(partsOf(fitted), 'mp3', secondsOf(name));
  });

  test.each(Object.entries(REJECTED))('%s is rejected all the same: %s', async (name, [without, reason = without]) => {
    const fitted = await makeFit(readCall(name), { second: ffmpeg });
    expect(fitted).toMatchObject({ kind: 'unfit', reason: expect.stringContaining(reason) });
  });
});

describe('a recording that was cut off is sent, and its row says where it ends', () => {
  test.each([
    ['aac-cut.m4a', 3.5],
    ['vbr-xing-cut.mp3', 3.6],
  ])('%s', async (name, promised) => {
    const fitted = await makeFit(readCall(name));
    const notes = fitted.kind === 'unfit' ? [] : fitted.fitting.notes;
    expect(notes).toEqual([expect.stringMatching(/^the recording ends after 2(\.\d)? of \d\.\d s$/)]);
    expect(notes?.[0]).toContain(`of ${promised} s`);
  });
});

const starting = (words: string): RegExp => new RegExp(`^${words.replace(/[().]/g, '\\$&')}`);
