import type { SampleFormat } from '../../functions/audio/pcm.ts';
import { encoded, RATE, tones } from './tones.ts';

// AIFF, AIFF-C, CAF and AU files of the three tones, with any field of the header replaced.

export type Fields = Record<string, number>;
/** Gets the true fields; returns the fields that the header has instead. */
export type Lie = (truth: Fields) => Fields;

const id = (text: string) => Buffer.from(text, 'latin1');
const number = (value: number, bytes: 2 | 4 | 8) => {
  const buffer = Buffer.alloc(bytes);
  const whole = Math.max(0, Math.floor(value));
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(Math.min(whole, Number.MAX_SAFE_INTEGER)));
  else buffer.writeUIntBE(Math.min(256 ** bytes - 1, whole), 0, bytes);
  return buffer;
};
const WIDTHS: Readonly<Record<SampleFormat, number>> = {
  ...{ ulaw: 1, alaw: 1, u8: 1, s8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 },
};
const told = (truth: Fields, lie: Lie): Record<string, number> => ({ ...truth, ...lie(truth) });

/** The compression type of an AIFF-C; an AIFF has none. */
export interface AiffKind {
  format: SampleFormat;
  compression?: string;
}
const LITTLE = new Set(['sowt']);

export const aiffOf = ({ format, compression }: AiffKind, lie: Lie = () => ({}), behind = Buffer.alloc(0)): Buffer => {
  const width = WIDTHS[format];
  const data = encoded(tones(), format, LITTLE.has(compression ?? ''));
  const pad = Buffer.alloc(data.length % 2);
  const comm = compression ? 18 + 4 + 2 : 18;
  const said = told(
    {
      formBytes: 4 + 8 + comm + 16 + data.length + pad.length + behind.length,
      ...{ frames: data.length / width, bits: width * 8, soundBytes: 8 + data.length, offset: 0, block: 0 },
    },
    lie,
  );
  const field = (name: string, bytes: 2 | 4) => number(said[name] ?? 0, bytes);
  const rate = Buffer.concat([number(16_383 + 12, 2), number(RATE * 2 ** (31 - 12), 4), Buffer.alloc(4)]);
  return Buffer.concat([
    ...[id('FORM'), field('formBytes', 4), id(compression ? 'AIFC' : 'AIFF')],
    ...[id('COMM'), number(comm, 4), number(1, 2), field('frames', 4), field('bits', 2), rate],
    ...(compression ? [id(compression), Buffer.alloc(2)] : []),
    ...[id('SSND'), field('soundBytes', 4), field('offset', 4), field('block', 4), data, pad, behind],
  ]);
};

export interface CafKind {
  format: SampleFormat;
  littleEndian?: boolean;
}

export const cafOf = ({ format, littleEndian = false }: CafKind, lie: Lie = () => ({}), behind = Buffer.alloc(0)) => {
  const width = WIDTHS[format];
  const data = encoded(tones(), format, littleEndian);
  const said = told(
    { packetBytes: width, packetFrames: 1, bits: width * 8, dataBytes: 4 + data.length, edits: 0 },
    lie,
  );
  const field = (name: string, bytes: 4 | 8) => number(said[name] ?? 0, bytes);
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(RATE);
  const codec = format === 'ulaw' || format === 'alaw' ? format : 'lpcm';
  const flags = (format.startsWith('f') ? 1 : 0) | (littleEndian ? 2 : 0);
  return Buffer.concat([
    ...[id('caff'), number(1, 2), number(0, 2), id('desc'), number(32, 8), rate, id(codec), number(flags, 4)],
    ...[field('packetBytes', 4), field('packetFrames', 4), number(1, 4), field('bits', 4)],
    ...[id('data'), field('dataBytes', 8), field('edits', 4), data, behind],
  ]);
};

const ENCODINGS: Partial<Record<SampleFormat, number>> = {
  ...{ ulaw: 1, s8: 2, s16: 3, s24: 4, s32: 5, f32: 6, f64: 7, alaw: 27 },
};

export const auOf = (format: SampleFormat, lie: Lie = () => ({})): Buffer => {
  const data = encoded(tones(), format, false);
  const said = told({ offset: 28, dataBytes: data.length }, lie);
  const field = (name: string) => number(said[name] ?? 0, 4);
  return Buffer.concat([
    ...[id('.snd'), field('offset'), field('dataBytes'), number(ENCODINGS[format] ?? 0, 4)],
    ...[number(RATE, 4), number(1, 4), id('CALL'), data],
  ]);
};
