import type { AudioFacts, AudioRules, Fitting } from '../core/audio.ts';
import type { AudioDecoder, AudioFile, AudioFitter, Clock, FittedPart } from '../core/ports.ts';
import { cannotRead, isUnreadable } from './cannot-read.ts';
import { cut } from './cut.ts';
import { decodeOnce } from './decode-once.ts';
import type { Engine, Hearing } from './engine.ts';
import type { HireEngine } from './engine-threads.ts';
import { fileFrom } from './find-stream.ts';
import { isOgg, type Naming } from './formats.ts';
import { gainFor } from './level.ts';
import type { Looked } from './look.ts';
import type { Measure } from './measure.ts';
import {
  type EngineName,
  endsEarly,
  isShort,
  outsideOf,
  type Plan,
  planFor,
  recipeFor,
  tenths,
  tooLittle,
} from './plan.ts';

export interface FitterOptions {
  engine: HireEngine;
  /** The second engine, where there is one. */
  ffmpeg?: AudioDecoder | undefined;
  rules: AudioRules;
  clock: Clock;
}

/** One recording on its way, and who works on it. */
export interface Job<Kept> {
  file: AudioFile;
  look: Looked;
  engine: Engine;
  ffmpeg: AudioDecoder | undefined;
  rules: AudioRules;
  keep(part: FittedPart): Promise<Kept>;
  lease: AbortSignal;
}

/** What came of following a plan; how long it took is added by whoever knows when it began. */
type Done = Omit<Fitting, 'ms'>;
export type Outcome<Kept> = { original?: Partial<AudioFacts>; fitting: Done } & (
  | { parts: Kept[] }
  | { passAs: Naming }
);

/**
 * Makes any recording fit: looks at its bytes, passes on what Linq takes, puts AAC into an M4A, and makes MP3 of all
 * else, in parts where it is long. What was made is checked; where one engine fails, the other tries.
 */
export const audioFitter = ({ engine: hire, ffmpeg, rules, clock }: FitterOptions): AudioFitter => ({
  async fit(file, keep, lease) {
    const begunMs = clock.nowMs();
    let original: AudioFacts = { type: 'application/octet-stream', bytes: file.bytes };
    if (file.bytes === 0) return { kind: 'unfit', why: 'not audio: the recording is empty', original };
    if (file.bytes > rules.maxSourceBytes) return { kind: 'unfit', why: `too large: ${file.bytes} bytes`, original };
    const engine = hire(lease, file.bytes);
    try {
      const look = await engine.look(file);
      if (look.kind === 'unfit') {
        const outcome = look.unknown && ffmpeg && (await askFfmpeg({ file, engine, ffmpeg, rules, keep, lease }));
        if (!outcome || !('parts' in outcome)) return { kind: 'unfit', why: look.why, original };
        const fitting = { ...outcome.fitting, ms: clock.nowMs() - begunMs };
        return { kind: 'made', parts: outcome.parts, original: { ...original, ...outcome.original }, fitting };
      }
      original = look.facts;
      const plan = planFor(look, rules, ffmpeg !== undefined);
      if (plan.do === 'reject') return { kind: 'unfit', why: plan.why, original };

      const outcome = await follow(plan, {
        file: fileFrom(file, look.start ?? 0),
        look,
        engine,
        ffmpeg,
        rules,
        keep,
        lease,
      });
      const fitting = { ...outcome.fitting, ms: clock.nowMs() - begunMs };
      original = { ...original, ...outcome.original };
      if ('parts' in outcome) return { kind: 'made', parts: outcome.parts, original, fitting };
      return { kind: 'as-it-is', extension: outcome.passAs.extension, original, fitting };
    } catch (error) {
      // What no engine can read will not be read better tomorrow; all else is ours, and is tried again.
      if (!isUnreadable(error)) throw error;
      return { kind: 'unfit', why: error.message, original };
    }
  },
});

const follow = async <Kept>(plan: Exclude<Plan, { do: 'reject' }>, job: Job<Kept>): Promise<Outcome<Kept>> => {
  switch (plan.do) {
    case 'pass':
      await decodeOnce(job);
      return { passAs: plan.naming, fitting: { done: 'passed', ...notesOf(earlyEnd(job.look)) } };
    case 'cut':
      return cut(plan, job, notesOf(earlyEnd(job.look)));
    case 'remux':
      return remux(plan.why, job);
    case 'convert':
      return convert(plan, job);
  }
};

/** What the first look cannot name ffmpeg may know; undefined where it does not either. */
const askFfmpeg = async <Kept>(job: Omit<Job<Kept>, 'look'>): Promise<Outcome<Kept> | undefined> => {
  const facts: AudioFacts = { type: 'application/octet-stream', bytes: job.file.bytes };
  const look: Looked = { kind: 'audio', container: 'unknown', facts, decodable: false, video: false };
  try {
    return await convert({ why: 'a format that ffmpeg alone knows', engines: ['ffmpeg'] }, { ...job, look });
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
};

/** AAC that would make several memos is better encoded anew, where that can be done. */
const remux = async <Kept>(why: string, job: Job<Kept>): Promise<Outcome<Kept>> => {
  const { file, look, engine, ffmpeg } = job;
  await decodeOnce(job);
  const parts: Kept[] = [];
  const keep = async (part: FittedPart) => void parts.push(await job.keep(part));
  try {
    const remuxed = await engine.remux(file, ffmpeg ? 1 : Number.POSITIVE_INFINITY, keep);
    if (remuxed) {
      const notes = await shortfall(remuxed.seconds, 'built-in', job);
      return { parts, fitting: { done: 'remuxed', why, ...notes } };
    }
  } catch (error) {
    if (!isUnreadable(error) || !ffmpeg) throw error;
  }
  return convert({ why, engines: look.decodable ? ['built-in', 'ffmpeg'] : ['ffmpeg'] }, job);
};

const convert = async <Kept>(
  plan: { why: string; engines: readonly EngineName[]; elsePass?: Naming },
  job: Job<Kept>,
): Promise<Outcome<Kept>> => {
  const failures: string[] = [];
  for (const name of plan.engines) {
    try {
      return await convertWith(name, plan, job);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      failures.push(plan.engines.length > 1 ? `${name}: ${error.message}` : error.message);
    }
  }
  throw cannotRead(failures.join('; '));
};

const convertWith = async <Kept>(
  name: EngineName,
  { why, elsePass }: { why: string; elsePass?: Naming },
  job: Job<Kept>,
): Promise<Outcome<Kept>> => {
  if (name === 'built-in') return convertFrom(() => ({ file: job.file }), false);
  if (!job.ffmpeg) throw cannotRead('there is no ffmpeg');
  const channels = job.rules.channel !== 'both' && job.look.facts.channels === 2 ? 2 : 1;
  await using opened = await job.ffmpeg.open(job.file, job.lease);
  return await convertFrom(() => ({ pcm: opened.hear(channels) }), true);

  /** @param measureFirst whether only hearing all of it tells how long it is */
  async function convertFrom(hear: () => Hearing, measureFirst: boolean): Promise<Outcome<Kept>> {
    const { engine, look, rules } = job;
    const known = look.facts.seconds || undefined; // none reached says nothing of what there is
    const measured =
      measureFirst || known === undefined || rules.levelLoudness || rules.trimSilence
        ? await engine.measure(hear(), rules)
        : undefined;
    const seconds = measured?.seconds ?? known ?? 0;
    const outside = outsideOf({ ...look.facts, seconds }, rules);
    if (outside) throw cannotRead(outside);

    const kept = measured && rules.trimSilence ? trimmed(measured) : { startSeconds: 0, endSeconds: seconds };
    const gainDb = measured && rules.levelLoudness ? gainFor(measured.lufs) : 0;
    const changes = gainDb !== 0 || kept.startSeconds > 0 || kept.endSeconds < seconds || picksChannel(look, rules);
    if (elsePass && !changes) return { passAs: elsePass, fitting: { done: 'passed', ...notesOf(earlyEnd(look)) } };

    const parts: Kept[] = [];
    const keep = async (part: FittedPart) => void parts.push(await job.keep(part));
    const converted = await engine.convert(hear(), rules, recipeFor(kept, look.facts.sampleRate, gainDb), keep);
    // Its header promised less than there was: what came after would be missing.
    if (isShort(seconds, converted.seconds) && !measured) return convertFrom(hear, true);
    const notes = await shortfall(converted.seconds, name, job);
    return {
      parts,
      original: { seconds: Math.round(converted.seconds * 1000) / 1000 },
      fitting: { done: 'converted', why, engine: name, ...notes },
    };
  }
};

/** Less than this is no silence worth a cut; and so much of it stays, so that nobody is cut off in mid-breath. */
const MIN_SILENCE_SECONDS = 0.5;
const KEPT_SILENCE_SECONDS = 0.25;

const trimmed = ({ audible: { start, end }, seconds }: Pick<Measure, 'audible' | 'seconds'>) => ({
  startSeconds: start > MIN_SILENCE_SECONDS ? start - KEPT_SILENCE_SECONDS : 0,
  endSeconds: seconds - end > MIN_SILENCE_SECONDS ? end + KEPT_SILENCE_SECONDS : seconds,
});

const picksChannel = ({ facts }: Looked, { channel }: AudioRules): boolean =>
  channel !== 'both' && facts.channels === 2;

/** Headers, the index and the packet that was torn apart; more that cannot be read is damage. */
const isMuch = ({ unread, of }: { unread: number; of: number }): boolean => unread > Math.max(4096, of / 10);

/**
 * Whether all was heard that there is to hear. A file that was cut off ends early for everybody, and is sent with a note.
 * @throws AftercallError `unreadable` where sound is there that was not heard, or where too little was heard
 */
const shortfall = async (heard: number, by: EngineName, job: Job<unknown>): Promise<Pick<Done, 'notes'>> => {
  const { file, look, engine } = job;
  const there = look.facts.seconds ?? 0;
  const promised = Math.max(look.promisedSeconds ?? 0, there);
  const short = isShort(heard, promised);
  // ffmpeg leaves out the frames of an AMR that say "pause", and the last packet where it was torn apart.
  const isMissing =
    by === 'built-in'
      ? look.counted && isShort(heard, there)
      : isShort(heard + TORN_SECONDS, there) && look.container !== 'amr';
  if (isMissing) throw cannotRead(damaged(heard, promised));
  if (by === 'built-in' && (short || isOgg(look.container)) && !look.uncompressed) {
    const { unread, of } = await engine.unreadBytes(file);
    if (isMuch({ unread, of })) throw cannotRead(`damaged: ${tenths(heard)} s of it can be heard`);
  }
  const little = tooLittle(look, heard, job.rules);
  if (little) throw cannotRead(little);
  // Where ffmpeg heard more than the walk over the packets found, the walk says nothing of the end.
  if (short && by === 'ffmpeg' && isShort(there, heard)) throw cannotRead(damaged(heard, promised));
  return short ? notesOf([endsAfter(heard, promised)]) : {};
};

const TORN_SECONDS = 0.5;

const damaged = (heard: number, promised: number): string =>
  `damaged: ${tenths(heard)} of ${tenths(promised)} s can be heard`;

const earlyEnd = (look: Looked): string[] =>
  endsEarly(look) ? [endsAfter(look.facts.seconds ?? 0, look.promisedSeconds ?? 0)] : [];

const endsAfter = (heard: number, promised: number): string =>
  `the recording ends after ${tenths(heard)} of ${tenths(promised)} s`;

const notesOf = (notes: string[]): Pick<Done, 'notes'> => (notes.length > 0 ? { notes } : {});
