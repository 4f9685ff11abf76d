import '../../functions/audio/decoders.ts'; // mediabunny decodes with these
import { BufferTarget, EncodedAudioPacketSource, EncodedPacket, MkvOutputFormat, Output } from 'mediabunny';
import { type Sound, type SoundOptions, withSoundOf } from '../../functions/audio/sound.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { fileOf } from './calls.ts';
import { joined } from './signals.ts';
import { heardIn } from './tones.ts';

/** The sample rate of all files made here. */
export const RATE = 8000;

export const ALL: SoundOptions = { maxSeconds: Number.POSITIVE_INFINITY };

export const pcmOf = (samples: ArrayLike<number>): Uint8Array =>
  new Uint8Array(Int16Array.from(samples, (value) => Math.round(value * 32_767)).buffer);

/** This many seconds of one value in every channel. */
export const steady = (value: number, seconds: number, channels = 1): number[] =>
  new Array(Math.round(seconds * RATE) * channels).fill(value);

export interface Packet {
  /** In seconds of the file's time. */
  at: number;
  /** All channels, interleaved. */
  samples: ArrayLike<number>;
}

/** A Matroska of PCM with its packets at the given times, as from a recorder that omits pauses. */
export const matroska = async (packets: readonly Packet[], channels = 1): Promise<AudioFile> => {
  const target = new BufferTarget();
  const output = new Output({ format: new MkvOutputFormat(), target });
  const source = new EncodedAudioPacketSource('pcm-s16');
  output.addAudioTrack(source);
  await output.start();
  const decoderConfig = { codec: 'pcm-s16', numberOfChannels: channels, sampleRate: RATE };
  for (const { at, samples } of packets) {
    const packet = new EncodedPacket(pcmOf(samples), 'key', at, samples.length / channels / RATE);
    await source.add(packet, { decoderConfig });
  }
  await output.finalize();
  return fileOf(new Uint8Array(target.buffer ?? new ArrayBuffer()));
};

/** All blocks of a file's sound, in order. */
export const blocksOf = (file: AudioFile, options: Partial<SoundOptions> = {}) =>
  withSoundOf(file, { ...ALL, ...options }, async (sound) => ({
    sampleRate: sound.sampleRate,
    blocks: await all(sound),
  }));

export const decode = async (file: AudioFile, options?: Partial<SoundOptions>): Promise<Float32Array> =>
  joined((await blocksOf(file, options)).blocks);

export const all = async (sound: Sound): Promise<Float32Array[]> => {
  const blocks: Float32Array[] = [];
  for await (const block of sound.blocks) blocks.push(block.slice());
  return blocks;
};

/** The tone in each second of a file made by `tones`: see tones.ts. */
export const heardInFile = (bytes: Uint8Array): Promise<number[]> =>
  withSoundOf(fileOf(bytes), ALL, async (sound) => heardIn(joined(await all(sound)), sound.sampleRate));
