// The framing of Ogg, Matroska and MP4, as far as tests build files by hand.

/** An MP4 box of this type with this content. */
export const box = (type: string, content: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
};

/** A Matroska element of this id with this content. */
export const ebml = (id: number, content: Uint8Array | readonly Uint8Array[]): Buffer => {
  const body = content instanceof Uint8Array ? content : Buffer.concat(content);
  const idBytes = id.toString(16).length % 2 === 0 ? id.toString(16) : `0${id.toString(16)}`;
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(body.length) | (1n << 56n));
  return Buffer.concat([Buffer.from(idBytes, 'hex'), size, body]);
};

/** The packets of a page: the bytes of each, or a count of packets that each have one byte. */
type Packets = readonly Uint8Array[] | { count: number; byte: number };
const layOut = (packets: Packets): { laces: number[]; body: Buffer } => {
  if ('count' in packets) {
    const { count, byte } = packets;
    return { laces: new Array<number>(count).fill(1), body: Buffer.alloc(count, byte) };
  }
  const laces = packets.flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ]);
  return { laces, body: Buffer.concat(packets) };
};

/** Ogg pages of one stream (RFC 3533, 6); a packet may be longer than a page. */
export const oggPages = (pages: readonly { packets: Packets; granule: number }[]): Buffer[] => {
  const out: Buffer[] = [];
  for (const [index, { packets, granule }] of pages.entries()) {
    const { laces, body } = layOut(packets);
    let at = 0;
    for (let from = 0; from < laces.length; from += 255) {
      const some = laces.slice(from, from + 255);
      const length = some.reduce((sum, lace) => sum + lace, 0);
      const isLast = from + 255 >= laces.length;
      const flags = (from > 0 ? 1 : 0) | (index === 0 ? 2 : 0) | (index === pages.length - 1 && isLast ? 4 : 0);
      out.push(page(flags, isLast ? BigInt(granule) : -1n, out.length, some, body.subarray(at, at + length)));
      at += length;
    }
  }
  return out;
};

const page = (flags: number, granule: bigint, sequence: number, laces: readonly number[], body: Uint8Array): Buffer => {
  const head = Buffer.alloc(27 + laces.length);
  head.write('OggS');
  head.writeUInt8(flags, 5);
  head.writeBigInt64LE(granule, 6);
  head.writeUInt32LE(1, 14);
  head.writeUInt32LE(sequence, 18);
  head.writeUInt8(laces.length, 26);
  head.set(laces, 27);
  const whole = Buffer.concat([head, body]);
  whole.writeUInt32LE(oggCrc(whole), 22);
  return whole;
};

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc >>> 0;
});
const oggCrc = (bytes: Uint8Array): number => {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC[((crc >>> 24) ^ byte) & 0xff] as number)) >>> 0;
  return crc;
};
