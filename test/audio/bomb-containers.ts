import { box, ebml } from './wrappings.ts';

// The containers that the bombs of bombs.ts are packed in.

export const opusHead = (): Buffer => {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt32LE(48_000, 12);
  return head;
};

export const opusTags = (): Buffer => {
  const tags = Buffer.alloc(16);
  tags.write('OpusTags');
  return tags;
};

export const matroska = (clusters: readonly Buffer[]): Uint8Array<ArrayBuffer> => {
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

export const cluster = (ms: number, blocks: readonly Buffer[]): Buffer => {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(ms));
  return ebml(0x1f43b675, [ebml(0xe7, time), ...blocks]);
};

export const simpleBlock = (packet: Buffer): Buffer => ebml(0xa3, Buffer.concat([Buffer.of(0x81, 0, 0, 0x80), packet]));

/** Packets of one byte each in a block with fixed-size lacing. */
export const lacedBlock = (bytes: readonly number[]): Buffer =>
  ebml(0xa3, Buffer.from([0x81, 0, 0, 0x84, bytes.length - 1, ...bytes]));

export const ftyp = (): Buffer => box('ftyp', Buffer.from('M4A \0\0\0\0M4A isom'));

export const mp4 = (
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

export const u32 = (...values: readonly number[]): Buffer => {
  const words = Buffer.alloc(4 * values.length);
  for (const [n, value] of values.entries()) words.writeUInt32BE(value >>> 0, 4 * n);
  return words;
};

export const bytesOf = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));
