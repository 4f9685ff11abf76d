import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ffmpeg, makeFit, readCall } from './fitting.ts';
import { matroska, steady } from './hearing.ts';

// Lessons from a public collection of odd files, in small files of our own: sound that a table hides, texts and
// pictures that are not sound, a file inside another file, and unsupported formats.

const own = (name: string) => readFileSync(new URL(`../fixtures/audio/${name}`, import.meta.url));

describe('AAC of which only the first fragment stands in the table of samples', () => {
  const file = own('hybrid-fragments.m4a'); // 3.5 s, of which the table lists 0.7

  test('is rejected without ffmpeg, with both figures: a fifth of a call is no call', async () => {
    expect(await makeFit(file)).toMatchObject({
      kind: 'unfit',
      reason: expect.stringMatching(/^0\.7 of 3\.[3-6] s can be read without ffmpeg/),
    });
  });

  test.skipIf(!ffmpeg)('is heard whole with ffmpeg', async () => {
    const fitted = await makeFit(file, { second: ffmpeg });
    expect(fitted).toMatchObject({ kind: 'made', fitting: { done: 'converted', engine: 'ffmpeg' } });
    expect(fitted.original.seconds).toBeCloseTo(3.5, 1);
    expect(fitted).not.toHaveProperty('fitting.notes');
  });
});

describe('an AMR of pauses alone is no call, however short', () => {
  const REASON =
    /^no call: nothing can be heard, since every frame of the AMR is comfort noise or no data \(25 frames\)$/;
  /** 25 frames of one type (3GPP TS 26.101, 26.201), and behind them perhaps one frame of speech. */
  const amr = (magic: string, type: number, bytes: number, speech?: { type: number; bytes: number }) => {
    const frame = (of: { type: number; bytes: number }) => Buffer.alloc(of.bytes, of.type * 8 + 4).fill(1, 1);
    const frames = Array.from({ length: 25 }, () => frame({ type, bytes }));
    return Buffer.concat([Buffer.from(magic), ...frames, ...(speech ? [frame(speech)] : [])]);
  };
  const KINDS = [
    ['of "no data"', own('pauses.amr')],
    ['of comfort noise', amr('#!AMR\n', 8, 6)],
    ['of "no data", wide-band', amr('#!AMR-WB\n', 15, 1)],
    ['of comfort noise, wide-band', amr('#!AMR-WB\n', 9, 6)],
    ['of lost frames, wide-band', amr('#!AMR-WB\n', 14, 1)],
  ] as const;

  test.each(KINDS)('%s', async (_, file) => {
    expect(await makeFit(file)).toMatchObject({ kind: 'unfit', reason: expect.stringMatching(REASON) });
  });

  test.skipIf(!ffmpeg).each(KINDS)('%s, also with ffmpeg', async (_, file) => {
    expect(await makeFit(file, { second: ffmpeg })).toMatchObject({ reason: expect.stringMatching(REASON) });
  });

  test('but one with a frame of speech is as long as its frames, whatever they say', async () => {
    const file = amr('#!AMR\n', 8, 6, { type: 7, bytes: 32 });
    expect(await makeFit(file)).toMatchObject({ kind: 'as-it-is', original: { codec: 'amr', seconds: 0.52 } });
  });
});

describe('texts and pictures before the sound are not taken for sound that was lost', () => {
  /** FLAC with this much padding behind its first block. */
  const padded = (bytes: Buffer, padding: number): Buffer => {
    const block = Buffer.alloc(4 + padding);
    block.writeUInt32BE(0x0100_0000 + padding);
    const blocks = Buffer.from(bytes);
    const isLast = (blocks[4] ?? 0) >= 0x80;
    if (isLast) block[0] = 0x81;
    blocks[4] = (blocks[4] ?? 0) & 0x7f;
    return Buffer.concat([blocks.subarray(0, 42), block, blocks.subarray(42)]);
  };

  test('of a FLAC that was cut off: it is sent, and the note is true', async () => {
    const whole = readCall('flac-s16-8k-mono.flac');
    const file = padded(whole.subarray(0, Math.round(whole.length * 0.8)), 50_000);
    const fitted = await makeFit(file);
    expect(fitted.kind === 'unfit' ? fitted.reason : fitted.fitting.notes).toEqual([
      expect.stringMatching(/^the recording ends after [\d.]+ of [\d.]+ s$/),
    ]);
  });

  test('of an Ogg: it is whole, without a note', async () => {
    const file = withTags(readCall('opus-mono.ogg'), 60_000);
    const fitted = await makeFit(file);
    expect(fitted.kind === 'unfit' ? fitted.reason : fitted.kind).toBe('made');
    expect(fitted).not.toHaveProperty('fitting.notes');
  });
});

/** An Ogg whose second page is replaced by a page of tags, with as many bytes of text as a picture has. */
const withTags = (bytes: Buffer, length: number): Buffer => {
  const second = bytes.indexOf('OggS', 4);
  const third = bytes.indexOf('OggS', second + 4);
  const packet = Buffer.alloc(length, 0x41);
  packet.write('OpusTags');
  packet.writeUInt32LE(0, 8);
  packet.writeUInt32LE(1, 12);
  packet.writeUInt32LE(length - 20, 16);
  const lacing = Buffer.alloc(Math.floor(length / 255) + 1, 255);
  lacing[lacing.length - 1] = length % 255;
  const page = Buffer.concat([bytes.subarray(second, second + 27), lacing, packet]);
  page[26] = lacing.length;
  page.writeUInt32LE(0, 22);
  page.writeUInt32LE(oggChecksum(page), 22);
  return Buffer.concat([bytes.subarray(0, second), page, bytes.subarray(third)]);
};

/** CRC-32 with the polynomial 04c11db7, neither reflected nor inverted (RFC 3533, 6). */
const oggChecksum = (bytes: Uint8Array): number => {
  let crc = 0;
  for (const byte of bytes) {
    crc = (crc ^ (byte << 24)) >>> 0;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000_0000 ? ((crc << 1) ^ 0x04c1_1db7) >>> 0 : (crc << 1) >>> 0;
  }
  return crc;
};

describe('a format that is not known here', () => {
  const packed = Buffer.concat([
    ...[Buffer.from('tBaK'), Buffer.alloc(76, 1)],
    ...[readCall('pcm-s16-8k-mono.wav').subarray(0, 44), Buffer.alloc(5000, 0x5a)],
  ]);

  test('is not taken for the WAV of which it has the header', async () => {
    expect(await makeFit(packed)).toMatchObject({ reason: 'not audio: unknown bytes, and there is no ffmpeg to ask' });
  });

  test('is said to need ffmpeg, where that is not there', async () => {
    expect(await makeFit(own('short.tta'))).toMatchObject({
      reason: 'not audio: unknown bytes, and there is no ffmpeg to ask',
    });
  });

  test.skipIf(!ffmpeg)('is said to be none of those that are taken, where ffmpeg knows it', async () => {
    const reason = expect.stringMatching(
      /^not audio: unknown bytes; to ffmpeg its format is none of those that are taken \(aac, ac3, /,
    );
    expect(await makeFit(own('short.tta'), { second: ffmpeg })).toMatchObject({ kind: 'unfit', reason });
  });
});

describe.skipIf(!ffmpeg)('what ffmpeg hears of a file with a gap in its timestamps', () => {
  const seconds = async (options: { closeGaps?: boolean }) => {
    const file = await matroska([
      { at: 0, samples: steady(0.3, 1) },
      { at: 3, samples: steady(0.3, 1) },
    ]);
    if (!ffmpeg) throw new Error('there is no ffmpeg');
    await using opened = await ffmpeg.open(file, new AbortController().signal);
    const { chunks, sampleRate } = opened.decode(options);
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.length;
    return bytes / 2 / sampleRate;
  };

  test('is silence in it, where a recorder left out a pause', async () => {
    expect(await seconds({})).toBeCloseTo(4, 1);
  });

  test('is the sound alone, where timestamps say nothing of pauses, as in WMA', async () => {
    expect(await seconds({ closeGaps: true })).toBeCloseTo(2, 1);
  });
});
