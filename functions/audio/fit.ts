import { type AudioFacts, type AudioRules, NOT_TAKEN } from '../core/model/audio.ts';
import type { AftercallError } from '../core/model/errors.ts';
import type { AudioDecoder, AudioFitter, Clock, Fitted, FittedPart } from '../core/ports/ports.ts';
import { cannotRead, isNoSound, isUnreadable, NoCall, tooLittleHeard } from './cannot-read.ts';
import { cut } from './cut.ts';
import { decodeOnce } from './decode-once.ts';
import type { Hearing } from './engine.ts';
import type { HireEngine } from './engine-threads.ts';
import { fileFrom } from './find-stream.ts';
import { hearingOf } from './formats.ts';
import type { Job, Outcome } from './job.ts';
import { askedOnce, isLong } from './long-work.ts';
import { type EngineName, isShort, outsideOf, type Plan, planFor, recipeFor, tooLittle } from './plan.ts';
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
 * Makes any recording fit: probes its bytes, passes on what Linq accepts, puts AAC into an M4A, and converts everything
 * else to MP3, in parts where it is long. The result is checked; where one engine fails, the other one tries.
 */
export const audioFitter = (options: FitterOptions): AudioFitter => ({
  async fit(file, keep, lease, onLong) {
    const { engine: hire, rules, clock } = options;
    const begunMs = clock.nowMs();
    const original: AudioFacts = { type: 'application/octet-stream', bytes: file.bytes };
    if (file.bytes === 0) return { kind: 'unfit', reason: 'not audio: the recording is empty', original };
    if (file.bytes > rules.maxSourceBytes) return { kind: 'unfit', reason: `too large: ${file.bytes} bytes`, original };
    const long = askedOnce(onLong);
    const work = { file, engine: hire(lease, file.bytes, long), keep, lease };
    const run: Run = { original };
    try {
      const outcome = await fitProbed(options, work, run, long);
      if ('kind' in outcome) return outcome;
      const fitting = { ...outcome.fitting, ms: clock.nowMs() - begunMs };
      const facts = { ...run.original, ...outcome.original };
      if ('parts' in outcome) return { kind: 'made', parts: outcome.parts, original: facts, fitting };
      return { kind: 'as-it-is', extension: outcome.passAs.extension, original: facts, fitting };
    } catch (error) {
      // A recording that no engine can read stays unreadable. Any other error is ours, and the recording is tried
      // again.
      if (!isUnreadable(error)) throw error;
      return {
        kind: 'unfit',
        reason: error.message,
        original: run.original,
        ...(error.retryable && { mayGrow: true }),
      };
    }
  },
});

/** The facts of the recording that are known so far; a later error in the run must not lose them. */
interface Run {
  original: AudioFacts;
}
type Unfit = Extract<Fitted<never>, { kind: 'unfit' }>;

const fitProbed = async <Kept>(
  { ffmpeg, rules }: FitterOptions,
  work: Pick<Job<Kept>, 'file' | 'engine' | 'keep' | 'lease'>,
  run: Run,
  long: () => Promise<void>,
): Promise<Outcome<Kept> | Unfit> => {
  const unfit = (reason: string): Unfit => ({ kind: 'unfit', reason, original: run.original });
  const probe = await work.engine.probe(work.file);
  if (probe.kind === 'unfit') {
    if (!probe.unknown) return unfit(probe.reason);
    if (!ffmpeg) return unfit(`${probe.reason}, and there is no ffmpeg to ask`);
    const outcome = await askFfmpeg({ ...work, ffmpeg, rules });
    if (typeof outcome !== 'string') return outcome;
    return unfit(outcome ? `${probe.reason}; to ffmpeg ${outcome}` : probe.reason);
  }
  run.original = probe.facts;
  const plan = planFor(probe, rules, ffmpeg !== undefined);
  if (plan.do === 'reject') return { ...unfit(plan.reason), ...(plan.mayGrow && { mayGrow: true }) };
  if (isLong(probe, plan)) await long();
  return follow(plan, { ...work, file: fileFrom(work.file, probe.start ?? 0), probe, ffmpeg, rules });
};

const follow = async <Kept>(plan: Exclude<Plan, { do: 'reject' }>, job: Job<Kept>): Promise<Outcome<Kept>> => {
  switch (plan.do) {
    case 'pass':
    case 'cut': {
      const heard = await decodeOnce(job);
      // If one of two decoders misses sound, some telephones may miss it too.
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

/**
 * Tries ffmpeg where the probe does not know the format. @returns a reason, empty where ffmpeg does not know it either
 */
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

/** AAC that would become several memos is encoded anew instead, where an engine can do that. */
const remux = async <Kept>(reason: string, job: Job<Kept>): Promise<Outcome<Kept>> => {
  const { file, probe, engine, ffmpeg } = job;
  const heard = await decodeOnce(job);
  // Some packets were not found, for example those in fragments behind a table of samples.
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
    } catch (thrown) {
      if (!isUnreadable(thrown) || thrown instanceof NoCall) throw thrown;
      const error = isNoSound(thrown) ? withDeclared(job, thrown) : thrown;
      mayGrow ||= error.retryable;
      failures.push(plan.engines.length > 1 ? `${name}: ${error.message}` : error.message);
    }
  }
  throw (mayGrow ? tooLittleHeard : cannotRead)(failures.join('; '));
};

/** A file that declares sound, but was cut off before its first packet ends, says how much is missing. */
const withDeclared = <Kept>({ probe, rules }: Job<Kept>, error: AftercallError): AftercallError =>
  probe.promisedSeconds ? tooLittleHeard(tooLittle(probe, 0, rules) ?? error.message) : error;

const convertWith = async <Kept>(name: EngineName, reason: string, job: Job<Kept>): Promise<Outcome<Kept>> => {
  if (name === 'built-in') return convertFrom(() => ({ file: job.file }), false);
  if (!job.ffmpeg) throw cannotRead('there is no ffmpeg');
  const hearing = hearingOf(job.probe.container);
  await using opened = await job.ffmpeg.open(job.file, job.lease);
  return await convertFrom(() => ({ pcm: opened.decode(hearing) }), true);

  /** @param measureFirst whether the length is known only after decoding everything */
  async function convertFrom(decode: () => Hearing, measureFirst: boolean): Promise<Outcome<Kept>> {
    const { engine, probe, rules } = job;
    const listening = listeningTo(job.file, rules);
    const known = probe.facts.seconds || undefined; // 0 s: no packet was reached, and the length is unknown
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
    // The header declared less sound than there is, so the end would be missing.
    if (isShort(seconds, converted.seconds) && !measured) return convertFrom(decode, true);
    const notes = await shortfall(converted.seconds, name, job);
    return {
      parts,
      original: { seconds: Math.round(converted.seconds * 1000) / 1000 },
      fitting: { done: 'converted', reason, engine: name, ...notes },
    };
  }
};
