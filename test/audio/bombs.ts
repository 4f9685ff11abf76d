import {
  bytesOf,
  cluster,
  ftyp,
  lacedBlock,
  matroska,
  mp4,
  opusHead,
  opusTags,
  simpleBlock,
  u32,
} from './bomb-containers.ts';
import { box, oggPages } from './wrappings.ts';

// Files that are small, or contain little sound, and claim hours of work. Code makes each, to show its structure.

const HOUR = 3600;

/** FLAC frames of a constant: eight seconds of silence in thirteen bytes. */
export const flacOfSilence = (hours: number): Uint8Array<ArrayBuffer> => {
  const [rate, blockSize] = [8000, 65_535];
  const frames = Math.ceil((hours * HOUR * rate) / blockSize);
  const info = Buffer.alloc(34);
  info.writeUInt16BE(blockSize, 0);
  info.writeUInt16BE(blockSize, 2);
  const total = BigInt(frames * blockSize);
  info.writeBigUInt64BE((BigInt(rate) << 44n) | (0n << 41n) | (15n << 36n) | total, 10);
  const parts = [Buffer.from('fLaC\x80\0\0\x22', 'latin1'), info];
  for (let n = 0; n < frames; n += 1) {
    const head = Buffer.from([0xff, 0xf8, 0x74, 0x08, ...utf8Number(n), (blockSize - 1) >> 8, (blockSize - 1) & 0xff]);
    const body = Buffer.concat([head, Buffer.from([crc8(head), 0x00, 0, 0])]);
    const check = Buffer.alloc(2);
    check.writeUInt16BE(crc16(body));
    parts.push(body, check);
  }
  return bytesOf(parts);
};

/**
 * Opus in Ogg: packets of one byte, each this many milliseconds. A packet that has only its table of contents is
 * silence (RFC 6716, 3.2.1).
 */
export const oggOpusOfTinyPackets = (packets: number, packetMs: 2.5 | 20 | 60): Uint8Array<ArrayBuffer> => {
  const toc = { 2.5: 0x80, 20: 0x98, 60: 0x58 }[packetMs];
  const samples = packetMs * 48;
  return bytesOf(
    oggPages([
      { packets: [opusHead()], granule: 0 },
      { packets: [opusTags()], granule: 0 },
      ...Array.from({ length: Math.ceil(packets / 255) }, (_, page) => {
        const count = Math.min(255, packets - page * 255);
        return { packets: { count, byte: toc }, granule: (page * 255 + count) * samples };
      }),
    ]),
  );
};

/** Opus in Ogg: a few packets on pages whose positions are hours apart. */
export const oggOpusHoursApart = (hours: number, packets = 6): Uint8Array<ArrayBuffer> =>
  bytesOf(
    oggPages([
      { packets: [opusHead()], granule: 0 },
      { packets: [opusTags()], granule: 0 },
      ...Array.from({ length: packets }, (_, n) => ({
        packets: [Buffer.of(0x98, 0xff, 0xfe)],
        granule: Math.round((n * hours * HOUR * 48_000) / (packets - 1)) + 960,
      })),
    ]),
  );

/** Matroska: a few Opus packets whose clusters are hours apart. */
export const matroskaHoursApart = (hours: number, packets = 6): Uint8Array<ArrayBuffer> =>
  matroska(
    Array.from({ length: packets }, (_, n) =>
      cluster(Math.round((n * hours * HOUR * 1000) / (packets - 1)), [simpleBlock(Buffer.of(0x98, 0xff, 0xfe))]),
    ),
  );

/** Matroska: blocks of 256 laced packets of one byte each. */
export const matroskaOfLaces = (packets: number, packetMs = 20): Uint8Array<ArrayBuffer> =>
  matroska(
    Array.from({ length: Math.ceil(packets / 256) }, (_, n) =>
      cluster(n * 256 * packetMs, [lacedBlock(Array.from({ length: 256 }, () => 0x98))]),
    ),
  );

/** Matroska: nothing but empty clusters. */
export const matroskaOfEmptyClusters = (clusters: number): Uint8Array<ArrayBuffer> =>
  matroska([cluster(0, [simpleBlock(Buffer.of(0x98))]), ...Array.from({ length: clusters }, (_, n) => cluster(n, []))]);

/** MP4 whose table lists this many packets of AAC, each of one second, all in one chunk, but has no bytes for them. */
export const mp4OfHugeTable = (
  samples: number,
  { constant, bytesEach = 0 }: { constant: boolean; bytesEach?: number },
): Uint8Array<ArrayBuffer> => {
  const sizes = () => new Uint32Array(samples).fill(bytesEach << 24); // big-endian, below 256
  const stsz = constant
    ? box('stsz', u32(0, 1, samples))
    : box('stsz', Buffer.concat([u32(0, 0, samples), Buffer.from(sizes().buffer)]));
  return mp4(samples, { stts: u32(0, 1, samples, 8000), stsz, stsc: u32(0, 1, 1, samples, 1) });
};

/** MP4 of few packets, each as long as the clock of the file allows. */
export const mp4HoursApart = (samples: number): Uint8Array<ArrayBuffer> =>
  mp4(samples, {
    stts: u32(0, 1, samples, 0x7fff_ffff),
    stsz: box('stsz', u32(0, 6, samples)),
    stsc: u32(0, 1, 1, samples, 1),
  });

/** MP4 of nested boxes. */
export const mp4OfDeepBoxes = (depth: number): Uint8Array<ArrayBuffer> => {
  // Written from the inside out: each box is a header and the previous box.
  const inner = Buffer.alloc(8 * depth);
  for (let n = 0; n < depth; n += 1) {
    inner.writeUInt32BE(8 * (depth - n), 8 * n);
    inner.write(n % 2 === 0 ? 'udta' : 'meta', 8 * n + 4);
  }
  return bytesOf([ftyp(), box('moov', inner)]);
};

/** MP4 that contains only fragments. */
export const mp4OfFragments = (fragments: number): Uint8Array<ArrayBuffer> => {
  const head = mp4(0, { stts: u32(0, 0), stsz: box('stsz', u32(0, 0, 0)), stsc: u32(0, 0) }, true);
  const fragment = Buffer.concat([
    box(
      'moof',
      Buffer.concat([
        box('mfhd', u32(0, 1)),
        box('traf', Buffer.concat([box('tfhd', u32(0x020000, 1)), box('trun', u32(0x301, 1, 0x70, 8000, 1))])),
      ]),
    ),
    box('mdat', Buffer.of(0)),
  ]);
  return bytesOf([head, ...Array.from({ length: fragments }, () => fragment)]);
};

/** ADTS frames of silence, each as small as possible. */
export const adtsOfTinyFrames = (frames: number): Uint8Array<ArrayBuffer> => {
  const body = Buffer.from([0x01, 0x40, 0x20, 0x07]); // one channel, silent
  const size = 7 + body.length;
  const frame = Buffer.concat([
    Buffer.from([0xff, 0xf1, 0x6c, 0x40 | (size >> 11), (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f, 0xfc]),
    body,
  ]);
  return bytesOf(Array.from({ length: frames }, () => frame));
};

/** AMR frames of the type "no data". */
export const amrOfPauses = (frames: number): Uint8Array<ArrayBuffer> =>
  bytesOf([Buffer.from('#!AMR\n'), Buffer.alloc(frames, 0x7c)]);

/** Empty MP3 frames of 8 kb/s. */
export const mp3OfSilence = (hours: number): Uint8Array<ArrayBuffer> => {
  const frame = Buffer.alloc(24);
  frame.writeUInt32BE(0xfff314c4); // MPEG-2, 8 kb/s, 24 kHz, mono
  return bytesOf(Array.from({ length: Math.ceil((hours * HOUR * 24_000) / 576) }, () => frame));
};

/** A WAV that contains only empty chunks. */
export const wavOfChunks = (chunks: number): Uint8Array<ArrayBuffer> =>
  bytesOf([
    Buffer.from('RIFF\xff\xff\xff\xffWAVE', 'latin1'),
    ...Array.from({ length: chunks }, () => Buffer.from('junk\0\0\0\0', 'latin1')),
  ]);

/** A number in the coding of FLAC's frame headers. */
const utf8Number = (value: number): number[] => {
  if (value < 0x80) return [value];
  if (value < 0x800) return [0xc0 | (value >> 6), 0x80 | (value & 0x3f)];
  return [0xe0 | (value >> 12), 0x80 | ((value >> 6) & 0x3f), 0x80 | (value & 0x3f)];
};

const crc8 = (bytes: Uint8Array): number => {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
};

const crc16 = (bytes: Uint8Array): number => {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x8005) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
};
