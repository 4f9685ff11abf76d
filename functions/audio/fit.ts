import { type AudioFacts, type AudioRules, NOT_TAKEN } from '../core/model/audio.ts';
import type { AudioDecoder, AudioFitter, Clock, FittedPart } from '../core/ports/ports.ts';
import { cannotRead, isUnreadable, NoCall, tooLittleHeard } from './cannot-read.ts';
import { cut } from './cut.ts';
import { decodeOnce } from './decode-once.ts';
import type { Hearing } from './engine.ts';
import type { HireEngine } from './engine-threads.ts';
import { fileFrom } from './find-stream.ts';
import { hearingOf } from './formats.ts';
import type { Job, Outcome } from './job.ts';
import { askedOnce, isLong } from './long-work.ts';
import { type EngineName, isShort, outsideOf, type Plan, planFor, recipeFor } from './plan.ts';
import type { Probed } from './probe.ts';
import { earlyEnd, notesOf, shortfall } from './shortfall.ts';
import { allSilent, listeningTo } from './weight.ts';

export interface FitterOptions {
  engine: HireEngine;
  /** The second engine, where there is one. */
  ffmpeg?: AudioDecoder | undefined;
  rules: AudioRules;
  clock: Clock;
}

/**
 * Makes any recording fit: looks at its bytes, passes on what Linq takes, puts AAC into an M4A, and makes MP3 of all
 * else, in parts where it is long. What was made is checked; where one engine fails, the other tries.
 */
export const audioFitter = ({ engine: hire, ffmpeg, rules, clock }: FitterOptions): AudioFitter => ({
  async fit(file, keep, lease, onLong) {
    const begunMs = clock.nowMs();
    let original: AudioFacts = { type: 'application/octet-stream', bytes: file.bytes };
    if (file.bytes === 0) return { kind: 'unfit', reason: 'not audio: the recording is empty', original };
    if (file.bytes > rules.maxSourceBytes) return { kind: 'unfit', reason: `too large: ${file.bytes} bytes`, original };
    const long = askedOnce(onLong);
    const engine = hire(lease, file.bytes, long);
    try {
      const probe = await engine.probe(file);
      if (probe.kind === 'unfit') {
        if (!probe.unknown) return { kind: 'unfit', reason: probe.reason, original };
        if (!ffmpeg) return { kind: 'unfit', reason: `${probe.reason}, and there is no ffmpeg to ask`, original };
        const outcome = await askFfmpeg({ file, engine, ffmpeg, rules, keep, lease });
        if (typeof outcome === 'string') {
          const reason = outcome ? `${probe.reason}; to ffmpeg ${outcome}` : probe.reason;
          return { kind: 'unfit', reason, original };
        }
        const fitting = { ...outcome.fitting, ms: clock.nowMs() - begunMs };
        return { kind: 'made', parts: outcome.parts, original: { ...original, ...outcome.original }, fitting };
      }
      original = probe.facts;
      const plan = planFor(probe, rules, ffmpeg !== undefined);
      if (plan.do === 'reject')
        return { kind: 'unfit', reason: plan.reason, original, ...(plan.mayGrow && { mayGrow: true }) };
      if (isLong(probe, plan)) await long();

      const outcome = await follow(plan, {
        file: fileFrom(file, probe.start ?? 0),
        probe,
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
      return { kind: 'unfit', reason: error.message, original, ...(error.retryable && { mayGrow: true }) };
    }
  },
});

const follow = async <Kept>(plan: Exclude<Plan, { do: 'reject' }>, job: Job<Kept>): Promise<Outcome<Kept>> => {
  switch (plan.do) {
    case 'pass':
    case 'cut': {
      const heard = await decodeOnce(job);
      // What only one of two decoders hears may be heard by one of two telephones.
      if (heard && heard.misses.length > 0)
        return convert({ reason: heard.misses.join('; '), engines: [heard.by] }, job);
      if (plan.do === 'cut') return cut(plan, job, notesOf(earlyEnd(job.probe)));
      return { passAs: plan.naming, fitting: { done: 'passed', ...notesOf(earlyEnd(job.probe)) } };
    }
    case 'remux':
      return remux(plan.reason, job);
    case 'convert':
      return convert(plan, job);
  }
};

/** What the first look cannot name ffmpeg may know; else the reason, empty where ffmpeg does not know it either. */
const askFfmpeg = async <Kept>(
  job: Omit<Job<Kept>, 'probe'>,
): Promise<Extract<Outcome<Kept>, { parts: unknown }> | string> => {
  const facts: AudioFacts = { type: 'application/octet-stream', bytes: job.file.bytes };
  const probe: Probed = { kind: 'audio', container: 'unknown', facts, decodable: false, video: false };
  try {
    const outcome = await convert(
      { reason: 'a format that ffmpeg alone knows', engines: ['ffmpeg'] },
      { ...job, probe },
    );
    return 'parts' in outcome ? outcome : '';
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return error.message.startsWith(NOT_TAKEN) ? error.message : '';
  }
};

/** AAC that would make several memos is better encoded anew, where that can be done. */
const remux = async <Kept>(reason: string, job: Job<Kept>): Promise<Outcome<Kept>> => {
  const { file, probe, engine, ffmpeg } = job;
  const heard = await decodeOnce(job);
  // Fragments behind a table of samples, say: packets that the walk over the file did not find.
  if (heard && isShort(probe.facts.seconds ?? 0, heard.seconds) && probe.counted)
    return convert({ reason, engines: [heard.by] }, job);
  const parts: Kept[] = [];
  const keep = async (part: FittedPart) => void parts.push(await job.keep(part));
  try {
    const remuxed = await engine.remux(file, ffmpeg ? 1 : Number.POSITIVE_INFINITY, keep);
    if (remuxed) {
      const notes = await shortfall(remuxed.seconds, 'built-in', job);
      return { parts, fitting: { done: 'remuxed', reason, ...notes } };
    }
  } catch (error) {
    if (!isUnreadable(error) || !ffmpeg) throw error;
  }
  return convert({ reason, engines: probe.decodable ? ['built-in', 'ffmpeg'] : ['ffmpeg'] }, job);
};

const convert = async <Kept>(
  plan: { reason: string; engines: readonly EngineName[] },
  job: Job<Kept>,
): Promise<Outcome<Kept>> => {
  const failures: string[] = [];
  let mayGrow = false;
  for (const name of plan.engines) {
    try {
      return await convertWith(name, plan.reason, job);
    } catch (error) {
      if (!isUnreadable(error) || error instanceof NoCall) throw error;
      mayGrow ||= error.retryable;
      failures.push(plan.engines.length > 1 ? `${name}: ${error.message}` : error.message);
    }
  }
  throw (mayGrow ? tooLittleHeard : cannotRead)(failures.join('; '));
};

const convertWith = async <Kept>(name: EngineName, reason: string, job: Job<Kept>): Promise<Outcome<Kept>> => {
  if (name === 'built-in') return convertFrom(() => ({ file: job.file }), false);
  if (!job.ffmpeg) throw cannotRead('there is no ffmpeg');
  const hearing = hearingOf(job.probe.container);
  await using opened = await job.ffmpeg.open(job.file, job.lease);
  return await convertFrom(() => ({ pcm: opened.decode(hearing) }), true);

  /** @param measureFirst whether only hearing all of it tells how long it is */
  async function convertFrom(decode: () => Hearing, measureFirst: boolean): Promise<Outcome<Kept>> {
    const { engine, probe, rules } = job;
    const listening = listeningTo(job.file, rules);
    const known = probe.facts.seconds || undefined; // none reached says nothing of what there is
    const measured = measureFirst || known === undefined ? await engine.measure(decode(), listening) : undefined;
    const silent = measured && allSilent(measured.seconds, measured.peak);
    if (silent) throw new NoCall(silent);
    const seconds = measured?.seconds ?? known ?? 0;
    const outside = outsideOf({ ...probe.facts, seconds }, rules);
    if (outside) throw cannotRead(outside);

    const parts: Kept[] = [];
    const keep = async (part: FittedPart) => void parts.push(await job.keep(part));
    const recipe = recipeFor(seconds, probe.facts.sampleRate);
    const converted = await engine.convert(decode(), listening, recipe, keep);
    const nothing = allSilent(converted.seconds, converted.peak);
    if (nothing) throw new NoCall(nothing);
    // Its header promised less than there was: what came after would be missing.
    if (isShort(seconds, converted.seconds) && !measured) return convertFrom(decode, true);
    const notes = await shortfall(converted.seconds, name, job);
    return {
      parts,
      original: { seconds: Math.round(converted.seconds * 1000) / 1000 },
      fitting: { done: 'converted', reason, engine: name, ...notes },
    };
  }
};
