import { type AudioFacts, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { AudioFile, FittedPart, Pcm } from '../core/ports/ports.ts';
import { cannotRead } from './cannot-read.ts';
import { mp3Blocks } from './decoders.ts';
import { encodeMp3, type Recipe } from './encode.ts';
import { M4A, MP3, type Naming } from './formats.ts';
import type { Listening } from './listening.ts';
import { loudest, type Measure, measure, peaksOf, waveformOf } from './measure.ts';
import { isShort } from './plan.ts';
import { type Probe, probe } from './probe.ts';
import { unreadBytes } from './probe-container.ts';
import { remuxAac } from './remux.ts';
import { type Sound, soundOfPcm, withSoundOf } from './sound.ts';
import { SILENT } from './weight.ts';

/** The source of sound: a file for the built-in decoders, or the second engine's PCM. */
export type Hearing = { file: AudioFile } | { pcm: Pcm };
export type Keep = (part: FittedPart) => Promise<void>;

/**
 * All work on sound. Errors of `read` and `keep` are thrown on. Every other error means that the file is damaged or
 * that the engine cannot read it.
 */
export interface Engine {
  probe(file: AudioFile): Promise<Probe>;
  /** How many bytes of a file's media are in no readable packet. Many such bytes mean damage, few an early end. */
  unreadBytes(file: AudioFile): Promise<{ unread: number; of: number }>;
  measure(from: Hearing, listening: Listening): Promise<Measure>;
  /** @returns the seconds of sound in the source, and the peak of the encoded sound, as a part of full scale */
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

/** Decodes the whole result: it must play as long as its source, and must not be silent. */
const checkedMp3 = async (
  bytes: Uint8Array<ArrayBuffer>,
  fed: { seconds: number; peak: number },
  sampleRate: number,
): Promise<FittedPart> => {
  const facts = await checked(bytes, MP3, fed.seconds);
  const { seconds, slices } = await peaksOf({ sampleRate, blocks: mp3Blocks(bytes) });
  if (isShort(seconds, fed.seconds)) throw badResult(`it plays ${seconds} of ${fed.seconds} s`);
  // A file of floats may go far beyond full scale, which the encoder cannot represent.
  if (fed.peak > SILENT && loudest(slices) < Math.min(1, fed.peak) / 10) throw badResult('it is silent');
  if (facts.sampleRate !== sampleRate) throw badResult(`its sample rate is ${facts.sampleRate}`);
  return { bytes, extension: MP3.extension, facts, waveform: waveformOf(slices) };
};

/** Probes a result by its content, as Linq does. */
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
