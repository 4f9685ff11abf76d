import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { MPEGDecoder } from 'mpg123-decoder';
import { OpusDecoder } from 'opus-decoder';

/** The sound of one packet, one plane for each channel. */
export interface Decoded {
  channelData: Float32Array[];
  samplesDecoded: number;
  /** Hertz. */
  sampleRate: number;
}
export interface Decoder {
  decode(packet: Uint8Array): Decoded | Promise<Decoded>;
  free(): void;
}

/** Decoders besides PCM, µ-law and A-law, which mediabunny reads itself. No AAC decoder has a permissive licence. */
const DECODERS: Readonly<Record<string, (config: AudioDecoderConfig) => Decoder & { ready: Promise<void> }>> = {
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

/** A decoder for a codec that mediabunny does not read itself; undefined where it does, or where there is none. */
export const openDecoder = async (codec: string, config: AudioDecoderConfig): Promise<Decoder | undefined> => {
  const decoder = Object.hasOwn(DECODERS, codec) ? DECODERS[codec]?.(config) : undefined;
  await decoder?.ready;
  return decoder;
};

/** All sound of an MP3 that we made, mono, by the decoder alone, without our own code that cuts frames. */
export async function* mp3Blocks(bytes: Uint8Array): AsyncGenerator<Float32Array> {
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  try {
    for (let at = 0; at < bytes.length; at += MP3_BLOCK_BYTES) {
      const { channelData } = decoder.decode(bytes.subarray(at, at + MP3_BLOCK_BYTES));
      if (channelData[0]) yield channelData[0];
    }
  } finally {
    decoder.free();
  }
}
const MP3_BLOCK_BYTES = 16 * 1024;

/** For more than two channels, the Opus header has a table of the channels (RFC 7845, 5.1.1). */
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
