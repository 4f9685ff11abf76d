import { type AudioFacts, type AudioRules, type Fitting, NOT_TAKEN } from '../core/audio.ts';
import type { AudioDecoder, AudioFile, AudioFitter, Clock, FittedPart } from '../core/ports.ts';
import { cannotRead, isUnreadable, NoCall, tooLittleHeard } from './cannot-read.ts';
import { cut } from './cut.ts';
import { decodeOnce } from './decode-once.ts';
import type { Engine, Hearing } from './engine.ts';
import type { HireEngine } from './engine-threads.ts';
import { fileFrom } from './find-stream.ts';
import { hearingOf, type Naming } from './formats.ts';
import { gainFor } from './level.ts';
import { askedOnce, isLong } from './long-work.ts';
import type { Looked } from './look.ts';
import type { Measure } from './measure.ts';
import { type EngineName, isShort, outsideOf, type Plan, planFor, recipeFor } from './plan.ts';
import { earlyEnd, notesOf, shortfall } from './shortfall.ts';
import { allSilent, listeningTo } from './weight.ts';

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
  async fit(file, keep, lease, onLong) {
    const begunMs = clock.nowMs();
    let original: AudioFacts = { type: 'application/octet-stream', bytes: file.bytes };
    if (file.bytes === 0) return { kind: 'unfit', why: 'not audio: the recording is empty', original };
    if (file.bytes > rules.maxSourceBytes) return { kind: 'unfit', why: `too large: ${file.bytes} bytes`, original };
    const long = askedOnce(onLong);
    const engine = hire(lease, file.bytes, long);
    try {
      const look = await engine.look(file);
      if (look.kind === 'unfit') {
        if (!look.unknown) return { kind: 'unfit', why: look.why, original };
        if (!ffmpeg) return { kind: 'unfit', why: `${look.why}, and there is no ffmpeg to ask`, original };
        const outcome = await askFfmpeg({ file, engine, ffmpeg, rules, keep, lease });
        if (typeof outcome === 'string') {
          const why = outcome ? `${look.why}; to ffmpeg ${outcome}` : look.why;
          return { kind: 'unfit', why, original };
        }
        const fitting = { ...outcome.fitting, ms: clock.nowMs() - begunMs };
        return { kind: 'made', parts: outcome.parts, original: { ...original, ...outcome.original }, fitting };
      }
      original = look.facts;
      const plan = planFor(look, rules, ffmpeg !== undefined);
      if (plan.do === 'reject')
        return { kind: 'unfit', why: plan.why, original, ...(plan.mayGrow && { mayGrow: true }) };
      if (isLong(look, plan)) await long();

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
      return { kind: 'unfit', why: error.message, original, ...(error.retryable && { mayGrow: true }) };
    }
  },
});

const follow = async <Kept>(plan: Exclude<Plan, { do: 'reject' }>, job: Job<Kept>): Promise<Outcome<Kept>> => {
  switch (plan.do) {
    case 'pass':
    case 'cut': {
      const heard = await decodeOnce(job);
      // What only one of two decoders hears may be heard by one of two telephones.
      if (heard && heard.misses.length > 0) return convert({ why: heard.misses.join('; '), engines: [heard.by] }, job);
      if (plan.do === 'cut') return cut(plan, job, notesOf(earlyEnd(job.look)));
      return { passAs: plan.naming, fitting: { done: 'passed', ...notesOf(earlyEnd(job.look)) } };
    }
    case 'remux':
      return remux(plan.why, job);
    case 'convert':
      return convert(plan, job);
  }
};

/** What the first look cannot name ffmpeg may know; else the reason, empty where ffmpeg does not know it either. */
const askFfmpeg = async <Kept>(
  job: Omit<Job<Kept>, 'look'>,
): Promise<Extract<Outcome<Kept>, { parts: unknown }> | string> => {
  const facts: AudioFacts = { type: 'application/octet-stream', bytes: job.file.bytes };
  const look: Looked = { kind: 'audio', container: 'unknown', facts, decodable: false, video: false };
  try {
    const outcome = await convert({ why: 'a format that ffmpeg alone knows', engines: ['ffmpeg'] }, { ...job, look });
    return 'parts' in outcome ? outcome : '';
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return error.message.startsWith(NOT_TAKEN) ? error.message : '';
  }
};

/** AAC that would make several memos is better encoded anew, where that can be done. */
const remux = async <Kept>(why: string, job: Job<Kept>): Promise<Outcome<Kept>> => {
  const { file, look, engine, ffmpeg } = job;
  const heard = await decodeOnce(job);
  // Fragments behind a table of samples, say: packets that the walk over the file did not find.
  if (heard && isShort(look.facts.seconds ?? 0, heard.seconds) && look.counted)
    return convert({ why, engines: [heard.by] }, job);
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
  let mayGrow = false;
  for (const name of plan.engines) {
    try {
      return await convertWith(name, plan, job);
    } catch (error) {
      if (!isUnreadable(error) || error instanceof NoCall) throw error;
      mayGrow ||= error.retryable;
      failures.push(plan.engines.length > 1 ? `${name}: ${error.message}` : error.message);
    }
  }
  throw (mayGrow ? tooLittleHeard : cannotRead)(failures.join('; '));
};

const convertWith = async <Kept>(
  name: EngineName,
  { why, elsePass }: { why: string; elsePass?: Naming },
  job: Job<Kept>,
): Promise<Outcome<Kept>> => {
  if (name === 'built-in') return convertFrom(() => ({ file: job.file }), false);
  if (!job.ffmpeg) throw cannotRead('there is no ffmpeg');
  const channels = job.rules.channel !== 'both' && job.look.facts.channels === 2 ? 2 : 1;
  const hearing = hearingOf(job.look.container);
  await using opened = await job.ffmpeg.open(job.file, job.lease);
  return await convertFrom(() => ({ pcm: opened.hear(channels, hearing) }), true);

  /** @param measureFirst whether only hearing all of it tells how long it is */
  async function convertFrom(hear: () => Hearing, measureFirst: boolean): Promise<Outcome<Kept>> {
    const { engine, look, rules } = job;
    const listening = listeningTo(job.file, rules);
    const known = look.facts.seconds || undefined; // none reached says nothing of what there is
    const measured =
      measureFirst || known === undefined || rules.levelLoudness || rules.trimSilence
        ? await engine.measure(hear(), listening)
        : undefined;
    const silent = measured && allSilent(measured.seconds, measured.peak);
    if (silent) throw new NoCall(silent);
    const seconds = measured?.seconds ?? known ?? 0;
    const outside = outsideOf({ ...look.facts, seconds }, rules);
    if (outside) throw cannotRead(outside);

    const kept = measured && rules.trimSilence ? trimmed(measured) : { startSeconds: 0, endSeconds: seconds };
    const gainDb = measured && rules.levelLoudness ? gainFor(measured.lufs) : 0;
    const changes = gainDb !== 0 || kept.startSeconds > 0 || kept.endSeconds < seconds || picksChannel(look, rules);
    if (elsePass && !changes) return { passAs: elsePass, fitting: { done: 'passed', ...notesOf(earlyEnd(look)) } };

    const parts: Kept[] = [];
    const keep = async (part: FittedPart) => void parts.push(await job.keep(part));
    const recipe = recipeFor(kept, look.facts.sampleRate, gainDb);
    const converted = await engine.convert(hear(), listening, recipe, keep);
    const nothing = allSilent(converted.seconds, converted.peak);
    if (nothing) throw new NoCall(nothing);
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
