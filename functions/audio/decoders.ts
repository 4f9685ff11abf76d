import { FLACDecoder } from '@wasm-audio-decoders/flac';
import {
  type AudioCodec,
  AudioSample,
  CustomAudioDecoder,
  type EncodedPacket,
  type MaybePromise,
  registerDecoder,
} from 'mediabunny';
import { MPEGDecoder } from 'mpg123-decoder';
import { OpusDecoder } from 'opus-decoder';

/** One packet's sound, a plane a channel. What a decoder cannot make sense of is missing from it, and seen by its length. */
interface Decoded {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
}
interface Decoder {
  ready: Promise<void>;
  decode(packet: Uint8Array): MaybePromise<Decoded>;
  free(): void;
}

/** Besides PCM, µ-law and A-law, which mediabunny reads itself. AAC has no decoder here that a permissive licence allows. */
const DECODERS: Partial<Record<AudioCodec, (config: AudioDecoderConfig) => Decoder>> = {
  mp3: () => {
    const decoder = new MPEGDecoder({ enableGapless: false });
    return { ready: decoder.ready, decode: (packet) => decoder.decodeFrame(packet), free: () => decoder.free() };
  },
  opus: (config) => {
    const decoder = new OpusDecoder({ sampleRate: 24_000, ...opusLayout(config) });
    return { ready: decoder.ready, decode: (packet) => decoder.decodeFrame(packet), free: () => decoder.free() };
  },
  flac: () => {
    const decoder = new FLACDecoder();
    return { ready: decoder.ready, decode: (packet) => decoder.decodeFrames([packet]), free: () => decoder.free() };
  },
};

const MEDIABUNNY_READS = /^(pcm-|ulaw$|alaw$)/;

export const isDecodable = (codec: string): boolean => MEDIABUNNY_READS.test(codec) || Object.hasOwn(DECODERS, codec);

class PluggedDecoder extends CustomAudioDecoder {
  private decoder: Decoder | undefined;

  static override supports(codec: AudioCodec): boolean {
    return Object.hasOwn(DECODERS, codec);
  }

  async init() {
    this.decoder = DECODERS[this.codec]?.(this.config);
    await this.decoder?.ready;
  }

  async decode({ data: packet, timestamp }: EncodedPacket) {
    const decoded = await this.decoder?.decode(packet);
    if (!decoded) return;
    const { channelData, samplesDecoded: frames, sampleRate } = decoded;
    if (frames === 0) return;
    const data = new Float32Array(frames * channelData.length);
    for (const [index, plane] of channelData.entries()) data.set(plane.subarray(0, frames), index * frames);
    const shape = { format: 'f32-planar' as const, numberOfChannels: channelData.length, sampleRate, timestamp };
    this.onSample(new AudioSample({ data, ...shape }));
  }

  flush() {}

  close() {
    this.decoder?.free();
  }
}

registerDecoder(PluggedDecoder);

/** More than two channels stand in a table of the Opus header (RFC 7845, 5.1.1), which is the codec's description. */
const opusLayout = ({ numberOfChannels: channels, description }: AudioDecoderConfig) => {
  if (channels <= 2 || !description) return { channels: Math.min(2, channels) };
  const header = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  const [streamCount = 1, coupledStreamCount = 0] = header.subarray(19, 21);
  return {
    channels,
    streamCount,
    coupledStreamCount,
    channelMappingTable: [...header.subarray(21, 21 + channels)],
  };
};
