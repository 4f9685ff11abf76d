import { describe, expect, test } from 'vitest';
import { mp3FrameAt, mp3Header } from '../../functions/audio/mp3-frames.ts';
import { ffmpeg, fileOf, makeFit, readCall } from './fitting.ts';

// The fitter finds sound wherever it begins: behind tags, junk and wrappers.

const text = (words: string) => Buffer.from(words, 'latin1');
/** An ID3v2 tag that declares this size, and has this many bytes. */
const id3 = (says: number, has = says, fill = 0): Buffer =>
  Buffer.concat([
    text('ID3\x03\0\0'),
    Buffer.from([21, 14, 7, 0].map((bit) => (says >> bit) & 0x7f)),
    Buffer.alloc(has, fill),
  ]);
const noise = (bytes: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, n) => (n * 7919 + (n >> 3)) & 0x7f));
/** A WAV of MP3 (format tag 85). */
const riff = (data: Buffer): Buffer => {
  const header = Buffer.alloc(58);
  header.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  header.writeUInt32LE(50 + data.length, 4);
  header.writeUInt32LE(30, 16);
  header.writeUInt16LE(85, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.write('data', 50);
  header.writeUInt32LE(data.length, 54);
  return Buffer.concat([header, data]);
};

const TAGGED = readCall('vbr-xing.mp3');
const MP3 = Buffer.from(TAGGED.subarray(TAGGED.indexOf(Buffer.of(0xff, 0xf3))));
const BEFORE: [what: string, before: Buffer][] = [
  ['a padded tag whose size leaves one zero out', id3(100, 101)],
  ['a padded tag whose size leaves 3000 zeros out', id3(100, 3100)],
  ['two tags', Buffer.concat([id3(200), id3(300)])],
  ['two padded tags and zeros', Buffer.concat([id3(200), id3(300, 400)])],
  ['a tag that says more than it has', id3(2000, 100)],
  ['a tag that says more than the file has', id3(5_000_000, 10)],
  ['a tag of a hundred kilobytes, and zeros', id3(100_000, 100_500, 0x41)],
  ['line feeds', text('\r\n\r\n')],
  ['eight bytes of ff', Buffer.alloc(8, 0xff)],
  ['thousands of zeros', Buffer.alloc(5000)],
  ['60,000 zeros', Buffer.alloc(60_000)],
  ['junk', noise(20_000)],
  ['the end of a frame', Buffer.from(readCall('cbr-128k-44k1-stereo.mp3').subarray(700, 950))],
];

describe('an MP3 is one', () => {
  test.each(BEFORE)('behind %s', async (_, before) => {
    const fitted = await makeFit(Buffer.concat([before, MP3]));
    expect(fitted).toMatchObject({ original: { codec: 'mp3', seconds: expect.closeTo(3.6, 0) } });
    expect(fitted.kind).not.toBe('unfit');
    if (fitted.kind !== 'made') return;
    expect(fitted.parts.map(({ bytes }) => Buffer.from(bytes).equals(MP3))).toEqual([true]);
    expect(fitted.fitting.reason).toMatch(/^\d+ bytes that are no sound stand before it$/);
  });

  test('in a WAV', async () => {
    const fitted = await makeFit(riff(MP3));
    expect(fitted).toMatchObject({ kind: 'made', original: { codec: 'mp3', seconds: expect.closeTo(3.6, 0) } });
  });

  test('with a first frame of another channel mode, and without an index', async () => {
    const bytes = Buffer.from(readCall('cbr-128k-44k1-stereo.mp3'));
    const start = bytes.indexOf(0xff);
    const first = mp3FrameAt(bytes, start)?.size ?? 0;
    const plain = bytes.subarray(start + first); // the first frame is the index
    plain[3] = ((plain[3] ?? 0) & 0x3f) ^ 0x40;
    const second = mp3FrameAt(plain, 0)?.size ?? 0;
    plain[second + 3] = (plain[second + 3] ?? 0) & 0x3f;
    const fitted = await makeFit(plain);
    expect(fitted).toMatchObject({ kind: 'as-it-is', original: { type: 'audio/mpeg' } });
    expect(fitted).not.toHaveProperty('fitting.notes');
  });

  test('whose tag speaks of an "Info" and whose frames have no index: no note says that it ends early', async () => {
    const tag = id3(100);
    tag.write('TXXX: Info, Xing', 20);
    const fitted = await makeFit(Buffer.concat([tag, readCall('vbr-no-header.mp3')]));
    expect(fitted).toMatchObject({ kind: 'as-it-is' });
    expect(fitted).not.toHaveProperty('fitting.notes');
  });

  test('whose index counts more frames than there are, in a file that is whole: no note either', async () => {
    const bytes = Buffer.from(MP3);
    bytes.writeUInt32BE(9999, bytes.indexOf('Xing') + 8);
    expect(await makeFit(bytes)).not.toHaveProperty('fitting.notes');
  });
});

const OTHERS = [
  'adts-16k-mono.aac',
  'flac-s16-8k-mono.flac',
  'opus-mono.ogg',
  'amr-nb.amr',
  'pcm-s16-8k-mono.wav',
  'mulaw-8k-stereo.wav',
];
const JUNK: [string, Buffer][] = [
  ['zeros', Buffer.alloc(3000)],
  ['60 kB of junk', noise(60_000)],
  ['line feeds', text('\n\n')],
  ['a padded tag', id3(50, 300)],
];
describe.each(OTHERS)('%s is found', (name) => {
  test.each(JUNK)('behind %s', async (_, before) => {
    const fitted = await makeFit(Buffer.concat([before, readCall(name)]));
    const plain = await makeFit(readCall(name));
    expect(fitted.kind === 'unfit' ? fitted.reason : fitted.kind).toBe('made');
    expect(fitted.original.seconds).toBeCloseTo(plain.original.seconds ?? 0, 1);
    expect(fitted.original.codec).toBe(plain.original.codec);
  });
});

test('junk alone is no sound', async () => {
  expect(await makeFit(noise(200_000))).toMatchObject({
    kind: 'unfit',
    reason: 'not audio: unknown bytes, and there is no ffmpeg to ask',
  });
});

test.skipIf(!ffmpeg)(
  'what the first look cannot name is asked of ffmpeg, and stays unknown where it knows nothing',
  async () => {
    const layer2 = Buffer.concat([Buffer.alloc(3000), readCall('layer2-16k-mono.mp2')]);
    expect(await makeFit(layer2)).toMatchObject({
      kind: 'unfit',
      reason: 'not audio: unknown bytes, and there is no ffmpeg to ask',
    });
    const fitted = await makeFit(layer2, { second: ffmpeg });
    expect(fitted).toMatchObject({ kind: 'made', fitting: { engine: 'ffmpeg' } });
    const seconds = (await makeFit(readCall('layer2-16k-mono.mp2'))).original.seconds ?? 0;
    expect(fitted.original.seconds).toBeCloseTo(seconds, 0);
    expect(await makeFit(noise(5000), { second: ffmpeg })).toMatchObject({ reason: 'not audio: unknown bytes' });
  },
);

test('an MP3 with 64 MB of zeros behind its frames is read a megabyte at a time', async () => {
  let reads = 0;
  const bytes = 64 * 1024 ** 2;
  const file = {
    bytes,
    read: async (start: number, end: number) => {
      reads += 1;
      const piece = Buffer.alloc(end - start);
      if (start < MP3.length) piece.set(MP3.subarray(start, end));
      return piece;
    },
  };
  expect((await mp3Header(file))?.seconds).toBeCloseTo((await mp3Header(fileOf(MP3)))?.seconds ?? 0, 3);
  expect(reads).toBeLessThan(80);
});
