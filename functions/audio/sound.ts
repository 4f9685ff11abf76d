import {
  ADTS,
  type AudioSample,
  AudioSampleSink,
  CustomSource,
  FLAC,
  Input,
  type InputAudioTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny';
import type { AudioFile, Pcm } from '../core/ports.ts';
import { cannotRead } from './cannot-read.ts';
import { withTrueSizes } from './headers.ts';

/** Mono sound from its first moment to its last, without holes. */
export interface Sound {
  sampleRate: number;
  blocks: AsyncIterable<Float32Array>;
}

export interface SoundOptions {
  channel: 'both' | 'left' | 'right';
  /** More than this is refused, however little of it is in the file. */
  maxSeconds: number;
}

/** Not ALL_FORMATS: a playlist (HLS) would have its own addresses fetched. */
const FORMATS = [WAVE, MP3, OGG, WEBM, MATROSKA, MP4, QTFF, FLAC, ADTS];
/** No honest header asks for more at once. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** A file as mediabunny reads it: by ranges, keeping little. Dispose of it with `using`. */
export const openInput = async (given: AudioFile): Promise<Input> => {
  const file = await withTrueSizes(given);
  return new Input({
    formats: FORMATS,
    source: new CustomSource({
      getSize: () => file.bytes,
      read(start, end) {
        if (end - start > MAX_READ_BYTES) throw cannotRead('a header asks for more than any file needs');
        return file.read(start, end);
      },
      prefetchProfile: 'network',
      maxCacheSize: 8 * 1024 * 1024,
      handleUnhandledError: () => {}, // of reads ahead that nobody waits for; whoever needs the bytes asks again
    }),
  });
};

/** The sound of a file's track. */
export const soundOfTrack = async (track: InputAudioTrack, options: SoundOptions): Promise<Sound> => {
  const samples = new AudioSampleSink(track).samples();
  const first = await samples.next();
  if (first.done) throw cannotRead('there is no sound in it');
  const { sampleRate, timestamp } = first.value;
  return { sampleRate, blocks: inTime(first.value, samples, timestamp, options) };
};

/** The sound of raw PCM. */
export const soundOfPcm = ({ chunks, sampleRate, channels }: Pcm, { channel, maxSeconds }: SoundOptions): Sound => {
  const blocks = async function* () {
    let rest = new Uint8Array();
    let frames = 0;
    for await (const chunk of chunks) {
      const bytes = Buffer.concat([rest, chunk]);
      const whole = Math.floor(bytes.length / (2 * channels));
      const data = new Int16Array(whole * channels); // a copy: an array of words must begin at an even address
      new Uint8Array(data.buffer).set(bytes.subarray(0, data.byteLength));
      rest = bytes.subarray(data.byteLength);
      frames += whole;
      if (frames / sampleRate > maxSeconds) throw tooLong(maxSeconds);
      yield mono(data, channels, channel, 32_768);
    }
  };
  return { sampleRate, blocks: blocks() };
};

/** Follows the timestamps: what a recorder left out while nobody spoke is silence, what it wrote twice is heard once. */
async function* inTime(
  first: AudioSample,
  rest: AsyncGenerator<AudioSample>,
  startSeconds: number,
  { channel, maxSeconds }: SoundOptions,
): AsyncGenerator<Float32Array> {
  const { sampleRate } = first;
  const jitter = JITTER_SECONDS * sampleRate;
  let frames = 0;
  for (let next: IteratorResult<AudioSample> = { done: false, value: first }; !next.done; next = await rest.next()) {
    using sample = next.value;
    if (sample.sampleRate !== sampleRate) throw cannotRead('its sample rate changes on the way');
    const due = Math.round((sample.timestamp - startSeconds) * sampleRate);
    if ((due + sample.numberOfFrames) / sampleRate > maxSeconds) throw tooLong(maxSeconds);
    for (const silence of due - frames > jitter ? silences(due - frames, sampleRate) : []) {
      yield silence;
      frames += silence.length;
    }
    const again = frames - due > jitter ? Math.min(frames - due, sample.numberOfFrames) : 0;
    yield mono(interleaved(sample), sample.numberOfChannels, channel).subarray(again);
    frames += sample.numberOfFrames - again;
  }
}

/** Timestamps are rounded to milliseconds in some containers, and to a packet in others. */
const JITTER_SECONDS = 0.1;

/** So many frames of nothing, in blocks of a second at most. */
function* silences(frames: number, sampleRate: number): Generator<Float32Array> {
  for (let missing = frames; missing > 0; missing -= sampleRate) yield new Float32Array(Math.min(missing, sampleRate));
}

const interleaved = (sample: AudioSample): Float32Array => {
  const data = new Float32Array(sample.numberOfFrames * sample.numberOfChannels);
  sample.copyTo(data, { planeIndex: 0, format: 'f32' });
  return data;
};

/** One side of a stereo call, or the mean of all channels. */
const mono = (data: Float32Array | Int16Array, channels: number, channel: SoundOptions['channel'], fullScale = 1) => {
  const side = channels === 2 && channel !== 'both' ? Number(channel === 'right') : undefined;
  const [first, end] = side === undefined ? [0, channels] : [side, side + 1];
  const weight = 1 / ((end - first) * fullScale);
  const sound = new Float32Array(data.length / channels);
  for (let frame = 0; frame < sound.length; frame += 1) {
    let sum = 0;
    for (let at = first; at < end; at += 1) sum += data[frame * channels + at] as number;
    sound[frame] = sum * weight;
  }
  return sound;
};

const tooLong = (maxSeconds: number) => cannotRead(`too long: more than ${maxSeconds} s`);
