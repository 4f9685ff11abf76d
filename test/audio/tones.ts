import { mp3Blocks } from '../../functions/audio/decoders.ts';
import type { SampleFormat } from '../../functions/audio/pcm.ts';
import type { Fitted, FittedPart } from '../../functions/core/ports/ports.ts';
import { joined, sine } from './signals.ts';

/** Another tone each second, so that a test can tell which second it decodes, and whether the second is whole. */
export const TONES = [400, 900, 1600];
export const RATE = 8000;

/** One second of each tone, mono. */
export const tones = (rate = RATE): Float32Array => joined(TONES.map((hertz) => sine(hertz, rate, rate, 0.5)));

/** The fraction of the sound's power at this frequency: 1 for a pure tone. */
const share = (sound: Float32Array, hertz: number, sampleRate: number): number => {
  let [cos, sin, power] = [0, 0, 0];
  for (let n = 0; n < sound.length; n += 1) {
    const value = sound[n] as number;
    const angle = (2 * Math.PI * hertz * n) / sampleRate;
    cos += value * Math.cos(angle);
    sin += value * Math.sin(angle);
    power += value ** 2;
  }
  return power === 0 ? 0 : (2 * (cos ** 2 + sin ** 2)) / sound.length / power;
};

/** The tone in the middle of each second; 0 where no tone of the list is there, or not alone. */
export const heardIn = (sound: Float32Array, sampleRate: number): number[] =>
  Array.from({ length: Math.round(sound.length / sampleRate) }, (_, second) => {
    const middle = sound.subarray((second + 0.1) * sampleRate, (second + 0.9) * sampleRate);
    return TONES.find((hertz) => share(middle, hertz, sampleRate) > 0.9) ?? 0;
  });

/** The tones in the memo, decoded again. */
export const heardInMemo = async (fitted: Fitted<FittedPart>) => {
  if (fitted.kind !== 'made') return fitted.kind === 'unfit' ? fitted.reason : fitted.kind;
  const [part] = fitted.parts;
  const blocks: Float32Array[] = [];
  for await (const block of mp3Blocks(part?.bytes ?? new Uint8Array())) blocks.push(block.slice());
  return heardIn(joined(blocks), part?.facts.sampleRate ?? 0);
};

/** Samples as a recorder writes them; G.711 follows the tables of the recommendation. */
export const encoded = (samples: Float32Array, format: SampleFormat, littleEndian = true): Uint8Array<ArrayBuffer> => {
  const width = { ulaw: 1, alaw: 1, u8: 1, s8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 }[format];
  const view = new DataView(new ArrayBuffer(samples.length * width));
  for (const [n, value] of samples.entries()) {
    const [at, word] = [n * width, Math.round(value * 32_767)];
    if (format === 'ulaw') view.setUint8(at, ulawOf(word));
    else if (format === 'alaw') view.setUint8(at, alawOf(word));
    else if (format === 'u8') view.setUint8(at, 128 + (word >> 8));
    else if (format === 's8') view.setInt8(at, word >> 8);
    else if (format === 's16') view.setInt16(at, word, littleEndian);
    else if (format === 's24') {
      const bytes = [word & 0x3f, word & 0xff, (word >> 8) & 0xff]; // with noise in the lowest byte
      for (const [index, byte] of (littleEndian ? bytes : bytes.reverse()).entries()) view.setUint8(at + index, byte);
    } else if (format === 's32') view.setInt32(at, Math.round(value * 2_147_483_647), littleEndian);
    else if (format === 'f32') view.setFloat32(at, value, littleEndian);
    else view.setFloat64(at, value, littleEndian);
  }
  return new Uint8Array(view.buffer);
};

const ulawOf = (word: number): number => {
  const size = Math.min(32_635, Math.abs(word)) + 132;
  const exponent = Math.floor(Math.log2(size)) - 7;
  return ~((word < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 15)) & 0xff;
};

const alawOf = (word: number): number => {
  const size = Math.min(32_767, word < 0 ? ~word : word);
  const exponent = size < 256 ? 0 : Math.floor(Math.log2(size)) - 7;
  const mantissa = (exponent === 0 ? size >> 4 : size >> (exponent + 3)) & 15;
  return ((word < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55;
};
