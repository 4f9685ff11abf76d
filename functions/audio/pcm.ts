/** How one sample is stored. G.711 counts here too: each of its bytes is one sample. */
export type SampleFormat = 'ulaw' | 'alaw' | 'u8' | 's8' | 's16' | 's24' | 's32' | 'f32' | 'f64';

/** Where uncompressed samples stand in a file, and how they are stored. */
export interface PcmLayout {
  format: SampleFormat;
  bigEndian: boolean;
  /** Hertz. */
  sampleRate: number;
  channels: number;
  /** Byte offsets in the file; `end` is exclusive. */
  start: number;
  end: number;
}

const BYTES: Readonly<Record<SampleFormat, number>> = {
  ...{ ulaw: 1, alaw: 1, u8: 1, s8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 },
};

/** Bytes of one frame: a sample for each channel. */
export const frameBytesOf = ({ format, channels }: Pick<PcmLayout, 'format' | 'channels'>): number =>
  BYTES[format] * channels;

/** Whole frames between `start` and `end`, in seconds. */
export const secondsOf = (layout: PcmLayout): number =>
  Math.floor(Math.max(0, layout.end - layout.start) / frameBytesOf(layout)) / layout.sampleRate;

/** Samples as numbers from −1 to 1, in the order of the bytes; an incomplete last sample is left out. */
export const samplesIn = (bytes: Uint8Array, { format, bigEndian }: Pick<PcmLayout, 'format' | 'bigEndian'>) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleAt = READERS[format];
  const width = BYTES[format];
  const samples = new Float32Array(Math.floor(bytes.length / width));
  for (let n = 0; n < samples.length; n += 1) samples[n] = sampleAt(view, n * width, !bigEndian);
  return samples;
};

type Reader = (view: DataView, at: number, littleEndian: boolean) => number;

/** G.711's µ-law: a sign, three bits of exponent and four of mantissa, all inverted. */
const ULAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -size : size) / 32_768;
});

/** G.711's A-law: the same, with every second bit inverted. */
const ALAW = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const [exponent, mantissa] = [(bits >> 4) & 7, bits & 15];
  const size = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (exponent - 1);
  return (bits & 0x80 ? size : -size) / 32_768;
});

const READERS: Readonly<Record<SampleFormat, Reader>> = {
  ulaw: (view, at) => ULAW[view.getUint8(at)] as number,
  alaw: (view, at) => ALAW[view.getUint8(at)] as number,
  u8: (view, at) => (view.getUint8(at) - 128) / 128,
  s8: (view, at) => view.getInt8(at) / 128,
  s16: (view, at, little) => view.getInt16(at, little) / 32_768,
  s24: (view, at, little) =>
    ((view.getInt8(at + (little ? 2 : 0)) << 16) |
      (view.getUint8(at + 1) << 8) |
      view.getUint8(at + (little ? 0 : 2))) /
    8_388_608,
  s32: (view, at, little) => view.getInt32(at, little) / 2_147_483_648,
  f32: (view, at, little) => view.getFloat32(at, little),
  f64: (view, at, little) => view.getFloat64(at, little),
};
