import { registerMp3Encoder } from '@mediabunny/mp3-encoder';
import { AudioSample, AudioSampleSource, BufferTarget, Mp3OutputFormat, Output, Quality } from 'mediabunny';
import { cannotRead } from './cannot-read.ts';
import { resampler } from './resample.ts';
import type { Sound } from './sound.ts';

registerMp3Encoder();

/** The settings for encoding MP3: mono, constant bit rate, in equal parts. */
export interface Recipe {
  kbps: number;
  /** Hertz. */
  sampleRate: number;
  parts: number;
  /** How much of the source is encoded, from its start. */
  seconds: number;
}

/**
 * Encodes sound and hands on each part as soon as it is complete.
 * @returns the seconds of sound in the source, including those after the recipe's end
 */
export const encodeMp3 = async (
  { sampleRate: sourceRate, blocks }: Sound,
  recipe: Recipe,
  keep: (part: Uint8Array<ArrayBuffer>, fed: { seconds: number; peak: number }) => Promise<void>,
): Promise<{ seconds: number }> => {
  const { sampleRate, parts, seconds } = recipe;
  const resample = resampler(sourceRate, sampleRate);
  const totalFrames = Math.round(seconds * sampleRate);
  const endFrame = Math.round(seconds * sourceRate);
  const partEnds = Array.from({ length: parts }, (_, n) => Math.round(((n + 1) * totalFrames) / parts));
  partEnds[parts - 1] = Number.POSITIVE_INFINITY; // the last part also gets the rest of the filters

  let part = await openPart(recipe);
  let [partNumber, written, heard] = [0, 0, 0];
  const write = async (sound: Float32Array): Promise<void> => {
    const room = (partEnds[partNumber] as number) - written;
    await part.add(sound.subarray(0, room));
    written += Math.min(sound.length, room);
    if (sound.length <= room) return;
    await part.close(keep);
    part = await openPart(recipe);
    partNumber += 1;
    await write(sound.subarray(room));
  };

  for await (const block of blocks) {
    const kept = block.subarray(0, Math.max(0, endFrame - heard));
    heard += block.length;
    await write(resample.push(kept));
  }
  await write(resample.flush());
  await part.close(keep);
  return { seconds: heard / sourceRate };
};

/** Small enough to be freed soon, and large enough that passing it to the encoder's thread costs little. */
const BATCH_SECONDS = 4;

const openPart = async ({ kbps, sampleRate }: Recipe) => {
  const target = new BufferTarget();
  const output = new Output({ format: new Mp3OutputFormat(), target });
  const source = new AudioSampleSource({
    codec: 'mp3',
    quality: new Quality({ bitrate: kbps * 1000, bitrateMode: 'constant' }),
  });
  output.addAudioTrack(source);
  await output.start();

  const batch = new Float32Array(BATCH_SECONDS * sampleRate);
  let [filled, frames, peak] = [0, 0, 0];
  const encode = async () => {
    const data = batch.slice(0, filled);
    using sample = new AudioSample({
      data,
      format: 'f32',
      numberOfChannels: 1,
      sampleRate,
      timestamp: frames / sampleRate,
    });
    frames += filled;
    filled = 0;
    await source.add(sample);
  };
  return {
    async add(sound: Float32Array) {
      for (let at = 0; at < sound.length; ) {
        const piece = sound.subarray(at, at + batch.length - filled);
        batch.set(piece, filled);
        for (let n = 0; n < piece.length; n += 1) {
          const size = Math.abs(piece[n] as number);
          if (size > peak) peak = size;
        }
        filled += piece.length;
        at += piece.length;
        if (filled === batch.length) await encode();
      }
    },
    async close(keep: (part: Uint8Array<ArrayBuffer>, fed: { seconds: number; peak: number }) => Promise<void>) {
      if (filled > 0) await encode();
      if (frames === 0) throw cannotRead('there is no sound in it');
      await output.finalize();
      if (!target.buffer) throw new Error('the encoder gave nothing');
      await keep(new Uint8Array(target.buffer), { seconds: frames / sampleRate, peak });
    },
  };
};
