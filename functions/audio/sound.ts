import {
  ADTS,
  AudioSampleSink,
  CustomSource,
  EncodedPacketSink,
  FLAC,
  Input,
  type InputAudioTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WEBM,
} from 'mediabunny';
import type { AudioFile, Pcm } from '../core/ports/ports.ts';
import { HEAD_BYTES } from './bytes.ts';
import { cannotRead, noSound } from './cannot-read.ts';
import { type Decoder, openDecoder } from './decoders.ts';
import { readHeader } from './headers.ts';
import type { Listening } from './listening.ts';
import { endOfTags, indexIn, isMp3At, mp3Frames } from './mp3-frames.ts';
import { isSideInfoPossible } from './mp3-side-info.ts';
import { endOfPages } from './ogg-end.ts';
import { frameBytesOf, type PcmLayout, samplesIn } from './pcm.ts';

/** Mono sound from its first moment to its last, without holes. */
export interface Sound {
  sampleRate: number;
  blocks: AsyncIterable<Float32Array>;
}

export type SoundOptions = Listening;

/** Not ALL_FORMATS: a playlist (HLS) would have its own addresses fetched. */
const FORMATS = [MP3, OGG, WEBM, MATROSKA, MP4, QTFF, FLAC, ADTS];
/** No correct header needs more at once. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** Opens a file for mediabunny, which reads ranges and keeps little of them. Dispose of the input with `using`. */
export const openInput = (file: AudioFile): Input =>
  new Input({
    formats: FORMATS,
    source: new CustomSource({
      getSize: () => endOfPages(file),
      read(start, end) {
        if (end - start > MAX_READ_BYTES) throw cannotRead('a header asks for more than any file needs');
        return file.read(start, end);
      },
      prefetchProfile: 'network',
      maxCacheSize: 16 * 1024 * 1024, // with less, mediabunny reads half of a long file twice
      handleUnhandledError: () => {}, // errors of reads ahead: a reader that needs the bytes asks again
    }),
  });

/** Opens a file's sound for as long as `use` takes. */
export const withSoundOf = async <T>(
  file: AudioFile,
  options: SoundOptions,
  use: (sound: Sound) => Promise<T>,
): Promise<T> => {
  const header = await readHeader(file);
  if (header?.pcm) return use(soundOfSamples(header.pcm, chunksOf(file, header.pcm), options));
  const tagsEnd = await endOfTags(file);
  if (isMp3At(await file.read(tagsEnd, Math.min(file.bytes, tagsEnd + HEAD_BYTES)), 0))
    return use(await soundOfPieces(mp3Pieces(file), options));
  using input = openInput(file);
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw noSound();
  return await use(await soundOfTrack(track, options)); // awaited here: the input is disposed of on return
};

/** One request to the bucket. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** The size of a block of work: a block should stay in a processor's cache. */
const BLOCK_BYTES = 64 * 1024;

/** Reads uncompressed sound from start to end; the next chunk is requested before the last one is used. */
async function* chunksOf(file: AudioFile, { start, end }: { start: number; end: number }): AsyncGenerator<Uint8Array> {
  const read = (at: number) => {
    const chunk = at < end ? file.read(at, Math.min(end, at + CHUNK_BYTES)) : undefined;
    chunk?.catch(() => {}); // the error is thrown where the chunk is awaited
    return chunk;
  };
  let next = read(start);
  for (let at = start; next; ) {
    const chunk = await next;
    at += chunk.length;
    next = read(at);
    for (let block = 0; block < chunk.length; block += BLOCK_BYTES) yield chunk.subarray(block, block + BLOCK_BYTES);
  }
}

/** The sound of the second engine's PCM: 16-bit, little-endian. */
export const soundOfPcm = ({ chunks, ...pcm }: Pcm, options: SoundOptions): Sound =>
  soundOfSamples({ ...pcm, format: 's16', bigEndian: false }, chunks, options);

/** The sound of uncompressed samples. A chunk may end inside a frame. */
const soundOfSamples = (
  layout: Omit<PcmLayout, 'start' | 'end'>,
  chunks: AsyncIterable<Uint8Array>,
  limit: SoundOptions,
): Sound => {
  const { sampleRate, channels } = layout;
  const frameBytes = frameBytesOf(layout);
  const isNative = layout.format === 's16' && !layout.bigEndian; // so are most long recordings: no sample is copied
  const blocks = async function* () {
    let rest: Uint8Array = new Uint8Array();
    let frames = 0;
    for await (const chunk of chunks) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      const whole = Math.floor(bytes.length / frameBytes);
      rest = bytes.slice(whole * frameBytes);
      frames += whole;
      if (frames / sampleRate > limit.maxSeconds) throw beyond(limit);
      const data = isNative
        ? wordsIn(bytes, whole * channels)
        : samplesIn(bytes.subarray(0, whole * frameBytes), layout);
      const planes = Array.from({ length: channels }, (_, at) => ({ data, at, step: channels }));
      yield mono(planes, whole, isNative ? 1 / 32_768 : 1);
    }
  };
  return { sampleRate, blocks: blocks() };
};

/** Words in the machine's byte order: every machine that runs this is little-endian. Odd addresses need a copy. */
const wordsIn = ({ buffer, byteOffset, byteLength }: Uint8Array, words: number): Int16Array =>
  byteOffset % 2 === 0
    ? new Int16Array(buffer, byteOffset, words)
    : new Int16Array(buffer.slice(byteOffset, byteOffset + byteLength), 0, words);

/** The sound of a file's track. */
export const soundOfTrack = async (track: InputAudioTrack, options: SoundOptions): Promise<Sound> => {
  const config = await track.getDecoderConfig();
  const decoder = config && (await openDecoder((await track.getCodec()) ?? '', config));
  return soundOfPieces(decoder ? decoded(track, decoder) : samplesOf(track), options);
};

const soundOfPieces = async (pieces: AsyncGenerator<Piece>, options: SoundOptions): Promise<Sound> => {
  const first = await pieces.next();
  if (first.done) throw noSound();
  return { sampleRate: first.value.sampleRate, blocks: inTime(first.value, pieces, options) };
};

/** The values of one channel: `data[at + n * step]`. */
interface Plane {
  data: Float32Array | Int16Array;
  at: number;
  step: number;
}

/** A stretch of sound and its place in time. */
interface Piece {
  /** Seconds. */
  timestamp: number;
  sampleRate: number;
  frames: number;
  planes: Plane[];
}

async function* decoded(track: InputAudioTrack, decoder: Decoder): AsyncGenerator<Piece> {
  try {
    for await (const { data: packet, timestamp } of new EncodedPacketSink(track).packets()) {
      const { channelData, samplesDecoded: frames, sampleRate } = await decoder.decode(packet);
      // A packet that cannot be decoded gives no piece: the gap before the next timestamp becomes silence.
      if (frames > 0)
        yield { timestamp, sampleRate, frames, planes: channelData.map((data) => ({ data, at: 0, step: 1 })) };
    }
  } finally {
    decoder.free();
  }
}

/** Our own code finds an MP3's frames: the channel mode may change, and other bytes may stand between frames. */
async function* mp3Pieces(file: AudioFile): AsyncGenerator<Piece> {
  const decoder = await openDecoder('mp3', { codec: 'mp3', numberOfChannels: 2, sampleRate: 44_100 });
  if (!decoder) throw new Error('there is always a decoder of MP3');
  try {
    let [timestamp, count] = [0, 0];
    for await (const { data, samples, sampleRate: rate } of mp3Frames(file)) {
      count += 1;
      if ((count === 1 && indexIn(data)) || !isSideInfoPossible(data)) continue; // no sound to decode
      const { channelData, samplesDecoded: frames, sampleRate } = await decoder.decode(data);
      if (frames > 0)
        yield { timestamp, sampleRate, frames, planes: channelData.map((plane) => ({ data: plane, at: 0, step: 1 })) };
      timestamp += samples / rate;
    }
  } finally {
    decoder.free();
  }
}

/** The sound that mediabunny decodes itself: PCM in a film or a Matroska. */
async function* samplesOf(track: InputAudioTrack): AsyncGenerator<Piece> {
  for await (const sample of new AudioSampleSink(track).samples()) {
    const { timestamp, sampleRate, numberOfChannels: step, numberOfFrames: frames } = sample;
    const data = new Float32Array(frames * step);
    sample.copyTo(data, { planeIndex: 0, format: 'f32' });
    sample.close();
    yield { timestamp, sampleRate, frames, planes: Array.from({ length: step }, (_, at) => ({ data, at, step })) };
  }
}

/** Follows the timestamps: a gap becomes silence, and sound that the file holds twice is used once. */
async function* inTime(first: Piece, rest: AsyncGenerator<Piece>, limit: SoundOptions): AsyncGenerator<Float32Array> {
  const { sampleRate, timestamp: startSeconds } = first;
  const jitter = JITTER_SECONDS * sampleRate;
  let frames = 0;
  for (let next: IteratorResult<Piece> = { done: false, value: first }; !next.done; next = await rest.next()) {
    const { timestamp, frames: length, planes, ...piece } = next.value;
    if (piece.sampleRate !== sampleRate) throw cannotRead('its sample rate changes on the way');
    const due = Math.round((timestamp - startSeconds) * sampleRate);
    if ((due + length) / sampleRate > limit.maxSeconds) throw beyond(limit);
    for (const silence of due - frames > jitter ? silences(due - frames, sampleRate) : []) {
      yield silence;
      frames += silence.length;
    }
    const again = frames - due > jitter ? Math.min(frames - due, length) : 0;
    yield mono(planes, length, 1).subarray(again);
    frames += length - again;
  }
}

/** Timestamps are rounded to milliseconds in some containers, and to a packet in others. */
const JITTER_SECONDS = 0.1;

/** Silence of `frames` frames, in blocks of at most one second. */
function* silences(frames: number, sampleRate: number): Generator<Float32Array> {
  for (let missing = frames; missing > 0; missing -= sampleRate) yield new Float32Array(Math.min(missing, sampleRate));
}

/** The mean of all channels. */
const mono = (planes: readonly Plane[], frames: number, scale: number) => {
  const weight = scale / planes.length;
  const sound = new Float32Array(frames);
  for (const { data, at, step } of planes) {
    for (let n = 0; n < frames; n += 1) sound[n] = (sound[n] as number) + weight * (data[at + n * step] as number);
  }
  return sound;
};

const beyond = ({ maxSeconds, tooLong }: SoundOptions) => cannotRead(tooLong ?? `too long: more than ${maxSeconds} s`);
