import { type AudioFacts, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { AudioFile, FittedPart, Pcm } from '../core/ports/ports.ts';
import { cannotRead } from './cannot-read.ts';
import { mp3Blocks } from './decoders.ts';
import { encodeMp3, type Recipe } from './encode.ts';
import { M4A, MP3, type Naming } from './formats.ts';
import type { Listening } from './listening.ts';
import { loudest, type Measure, measure, peaksOf, waveformOf } from './measure.ts';
import { isShort } from './plan.ts';
import { type Probe, probe, unreadBytes } from './probe.ts';
import { remuxAac } from './remux.ts';
import { type Sound, soundOfPcm, withSoundOf } from './sound.ts';
import { SILENT } from './weight.ts';

/** Where sound comes from: a file that the built-in decoders read, or the second engine's PCM. */
export type Hearing = { file: AudioFile } | { pcm: Pcm };
export type Keep = (part: FittedPart) => Promise<void>;

/**
 * All that is done to sound. Whatever it throws but what a `read` or a `keep` threw is the file's fault, or this
 * engine's grasp of it.
 */
export interface Engine {
  probe(file: AudioFile): Promise<Probe>;
  /** How much of a file's media the packets that can be read leave over: much of it says damage, not an early end. */
  unreadBytes(file: AudioFile): Promise<{ unread: number; of: number }>;
  measure(from: Hearing, listening: Listening): Promise<Measure>;
  /** @returns the seconds of sound in the source, and the peak of what was encoded, as a part of full scale */
  convert(from: Hearing, listening: Listening, recipe: Recipe, keep: Keep): Promise<{ seconds: number; peak: number }>;
  remux(file: AudioFile, maxParts: number, keep: Keep): Promise<{ seconds: number } | undefined>;
}

export const engine: Engine = {
  probe,
  unreadBytes,

  measure: (from, listening) => decode(from, listening, measure),

  convert: (from, listening, recipe, keep) =>
    decode(from, listening, async (sound) => {
      let peak = 0;
      const { seconds } = await encodeMp3(sound, recipe, async (bytes, fed) => {
        peak = Math.max(peak, fed.peak);
        await keep(await checkedMp3(bytes, fed, recipe.sampleRate));
      });
      return { seconds, peak };
    }),

  remux: (file, maxParts, keep) =>
    remuxAac(file, maxParts, async (bytes, seconds) => {
      const facts = await checked(bytes, M4A, seconds);
      await keep({ bytes, extension: M4A.extension, facts });
    }),
};

const decode = <T>(from: Hearing, listening: Listening, use: (sound: Sound) => Promise<T>): Promise<T> =>
  'pcm' in from ? use(soundOfPcm(from.pcm, listening)) : withSoundOf(from.file, listening, use);

/** Decodes what was encoded, all of it: it must play as long as what went in, and must not have fallen silent. */
const checkedMp3 = async (
  bytes: Uint8Array<ArrayBuffer>,
  fed: { seconds: number; peak: number },
  sampleRate: number,
): Promise<FittedPart> => {
  const facts = await checked(bytes, MP3, fed.seconds);
  const { seconds, slices } = await peaksOf({ sampleRate, blocks: mp3Blocks(bytes) });
  if (isShort(seconds, fed.seconds)) throw badResult(`it plays ${seconds} of ${fed.seconds} s`);
  // A file of floats may go far beyond full scale, where the encoder cannot follow.
  if (fed.peak > SILENT && loudest(slices) < Math.min(1, fed.peak) / 10) throw badResult('it is silent');
  if (facts.sampleRate !== sampleRate) throw badResult(`its sample rate is ${facts.sampleRate}`);
  return { bytes, extension: MP3.extension, facts, waveform: waveformOf(slices) };
};

/** Looks at a result as Linq will: by its content. */
const checked = async (bytes: Uint8Array, naming: Naming, seconds: number): Promise<AudioFacts> => {
  if (bytes.length > MAX_MEMO_BYTES) throw badResult(`it has ${bytes.length} bytes`);
  const seen = await probe(fileOf(bytes));
  if (seen.kind === 'unfit') throw badResult(seen.reason);
  if (seen.takenAs?.extension !== naming.extension) throw badResult(`it is ${seen.facts.type}`);
  if (isShort(seen.facts.seconds ?? 0, seconds)) throw badResult(`it has ${seen.facts.seconds} of ${seconds} s`);
  return seen.facts;
};

const badResult = (reason: string) => cannotRead(`the result did not pass its check: ${reason}`);

const fileOf = (bytes: Uint8Array): AudioFile => ({
  bytes: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
});
