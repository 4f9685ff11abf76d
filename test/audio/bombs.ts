import { box, ebml, oggPages } from './wrappings.ts';

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

const opusHead = (): Buffer => {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt32LE(48_000, 12);
  return head;
};
const opusTags = (): Buffer => {
  const tags = Buffer.alloc(16);
  tags.write('OpusTags');
  return tags;
};

const matroska = (clusters: readonly Buffer[]): Uint8Array<ArrayBuffer> => {
  const header = ebml(0x1a45dfa3, [
    ebml(0x4286, Buffer.of(1)),
    ebml(0x42f7, Buffer.of(1)),
    ebml(0x42f2, Buffer.of(4)),
    ebml(0x42f3, Buffer.of(8)),
    ebml(0x4282, Buffer.from('matroska')),
    ebml(0x4287, Buffer.of(4)),
    ebml(0x4285, Buffer.of(2)),
  ]);
  const info = ebml(0x1549a966, [ebml(0x2ad7b1, Buffer.from([0x0f, 0x42, 0x40]))]);
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(48_000);
  const track = ebml(0x1654ae6b, [
    ebml(0xae, [
      ebml(0xd7, Buffer.of(1)),
      ebml(0x73c5, Buffer.of(1)),
      ebml(0x83, Buffer.of(2)),
      ebml(0x86, Buffer.from('A_OPUS')),
      ebml(0x63a2, opusHead()),
      ebml(0xe1, [ebml(0xb5, rate), ebml(0x9f, Buffer.of(1))]),
    ]),
  ]);
  return bytesOf([header, ebml(0x18538067, [info, track, ...clusters])]);
};
const cluster = (ms: number, blocks: readonly Buffer[]): Buffer => {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(ms));
  return ebml(0x1f43b675, [ebml(0xe7, time), ...blocks]);
};
const simpleBlock = (packet: Buffer): Buffer => ebml(0xa3, Buffer.concat([Buffer.of(0x81, 0, 0, 0x80), packet]));
/** Packets of one byte each in a block with fixed-size lacing. */
const lacedBlock = (bytes: readonly number[]): Buffer =>
  ebml(0xa3, Buffer.from([0x81, 0, 0, 0x84, bytes.length - 1, ...bytes]));

const ftyp = (): Buffer => box('ftyp', Buffer.from('M4A \0\0\0\0M4A isom'));
const mp4 = (
  samples: number,
  table: { stts: Buffer; stsz: Buffer; stsc: Buffer },
  isFragmented = false,
): Uint8Array<ArrayBuffer> => {
  const media = Buffer.alloc(isFragmented ? 0 : 64, 0x21);
  const moov = (dataAt: number) => {
    const esds = Buffer.from(`00000000${'031900010004114015'}${'00'.repeat(11)}${'05021588060102'}`, 'hex');
    const mp4a = Buffer.concat([
      u32(0),
      Buffer.of(0, 0, 0, 1),
      u32(0, 0),
      Buffer.of(0, 1, 0, 16),
      u32(0, 8000 * 65_536),
      box('esds', esds),
    ]);
    const stbl = Buffer.concat([
      box('stsd', Buffer.concat([u32(0, 1), box('mp4a', mp4a)])),
      box('stts', table.stts),
      box('stsc', table.stsc),
      table.stsz,
      box('stco', isFragmented ? u32(0, 0) : u32(0, 1, dataAt)),
    ]);
    const minf = Buffer.concat([
      box('smhd', u32(0, 0)),
      box('dinf', box('dref', Buffer.concat([u32(0, 1), box('url ', u32(1))]))),
      box('stbl', stbl),
    ]);
    const mdia = Buffer.concat([
      box('mdhd', u32(0, 0, 0, 8000, samples * 8000, 0x55c40000)),
      box('hdlr', Buffer.concat([u32(0, 0), Buffer.from('soun'), u32(0, 0, 0), Buffer.of(0)])),
      box('minf', minf),
    ]);
    const tkhd = box('tkhd', Buffer.concat([u32(7, 0, 0, 1, 0, samples * 1000), Buffer.alloc(60)]));
    const trak = box('trak', Buffer.concat([tkhd, box('mdia', mdia)]));
    const mvhd = box('mvhd', Buffer.concat([u32(0, 0, 0, 1000, samples * 1000), Buffer.alloc(80)]));
    const mvex = isFragmented ? box('mvex', box('trex', u32(0, 1, 1, 0, 0, 0))) : Buffer.alloc(0);
    return box('moov', Buffer.concat([mvhd, trak, mvex]));
  };
  const dataAt = ftyp().length + moov(0).length + 8;
  return bytesOf([ftyp(), moov(dataAt), ...(isFragmented ? [] : [box('mdat', media)])]);
};

const u32 = (...values: readonly number[]): Buffer => {
  const words = Buffer.alloc(4 * values.length);
  for (const [n, value] of values.entries()) words.writeUInt32BE(value >>> 0, 4 * n);
  return words;
};

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

const bytesOf = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));
