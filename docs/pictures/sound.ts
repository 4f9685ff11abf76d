import { readFileSync } from 'node:fs';
import { MPEGDecoder } from 'mpg123-decoder';

const sample = readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));
/** The sample is an MP3 of 32 kb/s. */
const BYTES_A_SECOND = 4_000;

/** An MP3 of about so many seconds: the sample over and over. */
export const mp3Of = (seconds: number): Buffer => {
  const times = Math.ceil((seconds * BYTES_A_SECOND) / sample.length);
  return Buffer.concat(Array.from({ length: times }, () => sample)).subarray(0, seconds * BYTES_A_SECOND);
};

/** The sample as a WAV of floats, which the bridge makes an MP3, so that the memo has a waveform. */
export const wavOfFloats = async (): Promise<Buffer> => {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  const { channelData, sampleRate } = decoder.decode(sample);
  decoder.free();
  const sound = Buffer.from(channelData[0]?.buffer ?? new ArrayBuffer(0));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + sound.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20); // IEEE floats
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write('data', 36);
  head.writeUInt32LE(sound.length, 40);
  return Buffer.concat([head, sound]);
};
