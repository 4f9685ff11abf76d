import { describe, expect, test } from 'vitest';
import { aiffHeader } from '../../functions/audio/aiff-header.ts';
import { amrHeader } from '../../functions/audio/amr-header.ts';
import { cafHeader } from '../../functions/audio/caf-header.ts';
import { lastGranule, mediaBytes } from '../../functions/audio/extent.ts';
import { wavHeader } from '../../functions/audio/wav-header.ts';
import { allCalls, type CallFacts, call, callFile, factsOf, fileOf } from './calls.ts';

const wav = (name: string) => wavHeader(callFile(name));

/** Our name for a codec of ffmpeg. */
const codecOf = ({ codec }: CallFacts) =>
  (codec ?? '')
    .replace(/^pcm_(mu|a)law$/, (_, law) => (law === 'mu' ? 'ulaw' : 'alaw'))
    .replace(/^pcm_([usf]\d+).*/, 'pcm-$1');

const TOLD = allCalls.filter(({ container, headerSeconds }) => container === 'wav' && headerSeconds !== null);

describe('a WAV', () => {
  test.each(TOLD.filter(({ file }) => file !== 'rf64.wav'))('$file is what ffprobe says', async (facts) => {
    const { pcm: _pcm, ...header } = (await wav(facts.file)) ?? {};
    expect(header).toEqual({
      codec: codecOf(facts),
      sampleRate: facts.sampleRate,
      channels: facts.channels,
      // The seconds that ffmpeg decodes: for MS ADPCM ffprobe computes from the byte rate, and is 1 % off.
      seconds: expect.closeTo(facts.decodedSeconds ?? 0, 3),
      promisedSeconds: expect.closeTo(facts.decodedSeconds ?? 0, 3),
      sizesTrue: true,
    });
  });

  test.each(allCalls.filter(({ container }) => container === 'wav'))(
    '$file has plain samples, or none',
    async (facts) => {
      const { start, end, ...found } = (await wav(facts.file))?.pcm ?? { start: 0, end: 0 };
      const plain = /^pcm_(mulaw|alaw|[usf]\d+)/.exec(facts.codec ?? '')?.[1]?.replace('mulaw', 'ulaw');
      const { sampleRate, channels } = facts;
      expect(found).toEqual(plain ? { format: plain, bigEndian: false, sampleRate, channels } : {});
      if (!plain) return;
      expect(start).toBe(Buffer.from(call(facts.file)).indexOf('data') + 8);
      const frameBytes = (channels ?? 0) * (plain === 'ulaw' || plain === 'alaw' ? 1 : Number(plain.slice(1)) / 8);
      expect((end - start) / frameBytes / (sampleRate ?? 0)).toBeCloseTo(facts.decodedSeconds ?? 0, 3);
    },
  );

  test.each(['streamed-by-ffmpeg.wav', 'streamed-by-sox.wav', 'sizes-zero.wav'])(
    '%s promises nothing, and is as long as the bytes that are there',
    async (name) => {
      const header = await wav(name);
      expect(header).toMatchObject({ codec: 'pcm-s16', sizesTrue: false });
      expect(header?.seconds).toBeCloseTo(factsOf(name).decodedSeconds ?? 0, 3);
      expect(header).not.toHaveProperty('promisedSeconds');
    },
  );

  test('rf64.wav, whose sizes stand in a chunk of their own, is as long as those say', async () => {
    const seconds = factsOf('rf64.wav').decodedSeconds ?? 0;
    expect(await wav('rf64.wav')).toMatchObject({ seconds, promisedSeconds: seconds, sizesTrue: false });
  });

  test('that was cut promises more than it has', async () => {
    const header = await wav('pcm-s16-cut.wav');
    expect(header?.sizesTrue).toBe(false);
    expect(header?.seconds).toBeCloseTo(factsOf('pcm-s16-cut.wav').decodedSeconds ?? 0, 3);
    expect(header?.promisedSeconds).toBe(factsOf('pcm-s16-8k-stereo.wav').headerSeconds);
  });

  /** A WAV with other values in its head; the code finds the chunk sizes by the chunk names. */
  const rewritten = (name: string, says: { tag?: number; fact?: number; data?: number; byteRate?: number }) => {
    const file = call(name);
    const view = new DataView(file.buffer);
    const body = (id: string) => Buffer.from(file).indexOf(id) + 8;
    if (says.tag !== undefined) view.setUint16(body('fmt '), says.tag, true);
    if (says.byteRate !== undefined) view.setUint32(body('fmt ') + 8, says.byteRate, true);
    if (says.fact !== undefined) view.setUint32(body('fact'), says.fact, true);
    if (says.data !== undefined) view.setUint32(body('data') - 4, says.data, true);
    return wavHeader(fileOf(file));
  };

  // As `ffmpeg … -f wav - | cat` writes them: sizes of 0xFFFFFFFF, a fact chunk of 0 or none, and for ADPCM a byte rate
  // of 16,000 where 4096 is true. Other programs leave the data's size at 0, or guess in the fact chunk.
  test.each([
    ['adpcm-ima-8k-mono.wav', 0xffff_ffff, 0],
    ['adpcm-ms-8k-stereo.wav', 0xffff_ffff, 0],
    ['gsm-8k-mono.wav', 0xffff_ffff, 0],
    ['gsm-8k-mono.wav', 0, 0],
    ['gsm-8k-mono.wav', 0xffff_ffff, 28_160],
  ])(
    'of compressed sound that was streamed (%s, %i bytes, %i frames) is as long as its packets',
    async (name, data, fact) => {
      const header = await rewritten(name, { data, fact, byteRate: 16_000 });
      // Exact to one packet: the last packet is padded.
      expect(Math.abs((header?.seconds ?? 0) - (factsOf(name).decodedSeconds ?? 0))).toBeLessThan(0.13);
      expect(header).not.toHaveProperty('promisedSeconds');
    },
  );

  test('of MP3 is as long as its fact chunk says, whatever its byte rate', async () => {
    const header = await rewritten('mulaw-8k-mono.wav', { tag: 85, fact: 12_000, byteRate: 0 });
    expect(header).toMatchObject({ codec: 'mp3', seconds: 1.5, promisedSeconds: 1.5 });
  });

  test.each([0, 16_001, 0xffff_ffff])(
    'of PCM is as long as its frames, and not true to itself, with a byte rate of %i',
    async (byteRate) => {
      const seen = await rewritten('pcm-s16-8k-mono.wav', { byteRate });
      expect(seen).toMatchObject({ codec: 'pcm-s16', seconds: 3.5, sizesTrue: false });
    },
  );

  test('with a chunk of an odd size is read on from the even place behind it', async () => {
    const file = call('pcm-s16-8k-mono.wav');
    const odd = Buffer.from('note\x03\0\0\0abc\0', 'latin1'); // RIFF pads the chunk; its size excludes the padding
    const padded = Uint8Array.from([...file.subarray(0, 36), ...odd, ...file.subarray(36)]);
    padded.set(
      [padded.length - 8].flatMap((size) => [size & 255, (size >> 8) & 255, size >> 16, 0]),
      4,
    );
    const plain = await wavHeader(fileOf(file));
    const pcm = { ...plain?.pcm, start: 44 + odd.length, end: padded.length };
    expect(await wavHeader(fileOf(padded))).toEqual({ ...plain, pcm });
  });

  test('without a format is none', async () => {
    const file = call('pcm-s16-8k-mono.wav');
    file.set(Buffer.from('junk'), 12);
    expect(await wavHeader(fileOf(file))).toBeUndefined();
  });

  test('of a codec that nobody knows names it by its number', async () => {
    const file = call('pcm-s16-8k-mono.wav');
    file[20] = 0x99;
    expect((await wavHeader(fileOf(file)))?.codec).toBe('wav-0x99');
  });
});

test.each(['pcm-s16-8k-mono.aiff', 'mulaw-8k-mono.aifc'])(
  'the AIFF %s is what ffprobe says, behind an odd chunk too',
  async (name) => {
    const facts = factsOf(name);
    const file = call(name);
    const odd = Buffer.from('NAME\0\0\0\x03abc\0', 'latin1');
    const longer = Buffer.concat([file.subarray(0, 12), odd, file.subarray(12)]);
    longer.writeUInt32BE(longer.length - 8, 4);
    for (const bytes of [file, longer]) {
      expect(await aiffHeader(fileOf(bytes))).toMatchObject({
        codec: codecOf(facts),
        sampleRate: facts.sampleRate,
        channels: facts.channels,
        seconds: expect.closeTo(facts.headerSeconds ?? 0, 3),
        sizesTrue: true,
      });
    }
  },
);

test.each([
  ['pcm-s16-8k-mono.caf', 'lpcm', 0],
  ['opus-mono.caf', 'opus', 0],
  ['aac-16k-mono.caf', 'aac', 1024], // frames before the sound: ffmpeg decodes them, the packet table omits them
])('the CAF %s is what ffprobe says', async (name, codec, primingFrames) => {
  const facts = factsOf(name);
  const rate = facts.sampleRate ?? 0;
  expect(await cafHeader(callFile(name))).toMatchObject({
    codec,
    sampleRate: rate,
    channels: facts.channels,
    seconds: expect.closeTo((facts.decodedSeconds ?? 0) - primingFrames / rate, 5),
    sizesTrue: true,
  });
});

test.each([2n ** 62n, -(2n ** 62n)])('a CAF with a packet table of %i frames has no sound', async (frames) => {
  const file = call('opus-mono.caf');
  new DataView(file.buffer).setBigInt64(Buffer.from(file).indexOf('pakt') + 12 + 8, frames);
  expect((await cafHeader(fileOf(file)))?.seconds).toBe(0);
});

describe('an AMR', () => {
  test.each([
    ['amr-nb.amr', 'amr', 3.52],
    ['amr-wb.amr', 'amr-wb', 3.5],
    // Half a second of silence, the call of 3.5 s and one second more: make.sh. ffmpeg omits the pauses.
    ['amr-nb-with-pauses.amr', 'amr', 5],
  ])('%s is as long as its frames, those that say nothing included', async (name, codec, seconds) => {
    const { sampleRate } = factsOf(name);
    expect(await amrHeader(callFile(name))).toEqual({ codec, sampleRate, channels: 1, seconds, sizesTrue: true });
  });

  test('that was cut in the middle of a frame ends with the frame before, and says so', async () => {
    const file = call('amr-nb.amr');
    const cut = file.slice(0, 6 + 100 * 32 + 31); // a frame of 12.2 kb/s has 32 bytes (RFC 4867)
    expect(await amrHeader(fileOf(cut))).toMatchObject({
      seconds: 2,
      sizesTrue: false,
    });
  });

  test('of another kind is none', async () => {
    expect(await amrHeader(callFile('pcm-s16-8k-mono.wav'))).toBeUndefined();
  });
});

// The granule positions of Opus count 48,000 a second; ffprobe reads the same value from the last page.
test.each(['opus-mono.ogg', 'opus-stereo.ogg', 'opus-chained.ogg', 'vorbis-8k-mono.ogg', 'flac-8k-mono.ogg'])(
  'the last granule of %s says how long it is',
  async (name) => {
    const { codec, sampleRate, headerSeconds } = factsOf(name);
    const perSecond = codec === 'opus' ? 48_000 : (sampleRate ?? 0);
    const seconds = ((await lastGranule(callFile(name))) ?? 0) / perSecond;
    expect(Math.abs(seconds - (headerSeconds ?? 0))).toBeLessThan(0.001);
  },
);

test('a file without an Ogg page has no granule', async () => {
  expect(await lastGranule(callFile('aac-cut.m4a'))).toBeUndefined();
});

// The sizes of the `mdat` boxes in `ffprobe -v trace`, less eight bytes for each box's head, up to the end of the file.
test.each([
  ['aac-moov-first.m4a', 10_942 - 8],
  ['aac-moov-last.m4a', 10_942 - 8],
  ['aac-cut.m4a', 7156 - 994], // where the contents of the box begin
  ['aac-fragmented.mp4', 3266 + 3076 + 3153 + 1471 - 4 * 8],
  ['opus-mono.webm', 15_746], // the whole file, since it is no MP4
  ['pcm-s16-8k-mono.wav', 56_044],
])('of %s, %i bytes can be sound', async (name, bytes) => {
  expect(await mediaBytes(callFile(name))).toBe(bytes);
});
