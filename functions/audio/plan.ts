import { type AudioRules, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { Recipe } from './encode.ts';
import { hearingOf, holdsAac, type Naming } from './formats.ts';
import type { Probed } from './probe.ts';
import { tooThin } from './weight.ts';

/** What to do with a recording. `reason` is for its row. */
export type Plan =
  /** `mayGrow`: see `Fitted`. */
  | { do: 'reject'; reason: string; mayGrow?: true }
  | { do: 'pass'; naming: Naming }
  /** Pass on the bytes from the beginning of the sound. */
  | { do: 'cut'; naming: Naming; reason: string }
  /** Put AAC into an M4A; in parts where it is too large and no engine can encode it anew. */
  | { do: 'remux'; reason: string }
  /** Decode with the first engine that succeeds and encode as MP3. */
  | { do: 'convert'; reason: string; engines: readonly EngineName[] };
export type EngineName = 'built-in' | 'ffmpeg';

export const planFor = (probe: Probed, rules: AudioRules, hasFfmpeg: boolean): Plan => {
  const { facts, decodable, promisedSeconds, uncompressed, counted } = probe;
  // The second engine may decode what the built-in engine cannot read.
  const seconds = facts.seconds === undefined ? undefined : Math.max(facts.seconds, promisedSeconds ?? 0);
  // Where all packets were counted, a longer promise means that the file was cut off. An Ogg promises nothing: its
  // length is the time of its last page.
  const there = counted && !OGG.includes(probe.container) ? facts.seconds : seconds;
  const outside = outsideOf({ ...facts, ...(seconds !== undefined && { seconds }) }, rules, there);
  if (outside) return { do: 'reject', reason: outside };
  // The bytes of uncompressed sound are counted, so no engine can find more.
  const little = uncompressed ? tooLittle(probe, facts.seconds ?? 0, rules) : undefined;
  if (little) return { do: 'reject', reason: little, mayGrow: true };

  const engines: EngineName[] = [
    ...(decodable ? ['built-in' as const] : []),
    ...(hasFfmpeg ? ['ffmpeg' as const] : []),
  ];
  const reason = whyUnfit(probe);
  if (probe.takenAs && !reason)
    return probe.start
      ? { do: 'cut', naming: probe.takenAs, reason: cutOf(probe) }
      : { do: 'pass', naming: probe.takenAs };
  const remux = facts.codec === 'aac' && holdsAac(probe.container);
  if (remux && !(engines.length > 0 && reason === TOO_LARGE)) return { do: 'remux', reason: reason ?? describe(probe) };
  if (engines.length > 0) return { do: 'convert', reason: reason ?? describe(probe), engines };
  if (facts.codec !== undefined)
    return { do: 'reject', reason: `this codec needs the ffmpeg layer: ${describe(probe)}` };
  const failure = probe.failure ? `: ${probe.failure}` : '';
  return {
    do: 'reject',
    reason: `no sound can be read in this ${probe.container} file without the ffmpeg layer${failure}`,
  };
};

const OGG: readonly string[] = ['opus', 'ogg', 'oga', 'ogx', 'spx'];

const cutOf = ({ start }: Probed): string => `${start} bytes that are no sound stand before it`;

const TOO_LARGE = `larger than ${MAX_MEMO_BYTES} bytes`;

const isTooShort = (seconds: number | undefined, { minSeconds }: AudioRules): boolean =>
  seconds !== undefined && seconds < minSeconds;

/**
 * Why a recording is outside of the bridge's limits; undefined where it is not. Decoding may show more.
 * @param there how many seconds the bytes hold, where the header promises more
 */
export const outsideOf = (
  { seconds, sampleRate, channels, bytes }: Probed['facts'],
  rules: AudioRules,
  there = seconds,
): string | undefined => {
  // A rate below half of a telephone's, or above every converter's: the header is wrong.
  if (sampleRate !== undefined && (sampleRate < 2000 || sampleRate > 384_000))
    return `a sample rate of ${sampleRate} Hz`;
  if (channels === 0) return 'a sound without channels';
  if (isTooShort(seconds, rules)) return `too short: ${Math.round((seconds ?? 0) * 1000) / 1000} s of sound`;
  if (seconds !== undefined && seconds > rules.maxSeconds) return `too long: ${Math.round(seconds)} s of sound`;
  return there === undefined ? undefined : tooThin(there, bytes);
};

const whyUnfit = (probe: Probed): string | undefined => {
  if (!probe.takenAs) return describe(probe);
  if (probe.facts.bytes > MAX_MEMO_BYTES) return TOO_LARGE;
  // A player that trusts an M4A's table looks for sound behind the file's end. An MP3 has no such table.
  return endsEarly(probe) && probe.container === 'm4a' ? 'the file is shorter than its table says' : undefined;
};

/** Why too little sound can be decoded, with the decoded and the declared seconds; undefined where there is enough. */
export const tooLittle = ({ facts, promisedSeconds }: Probed, heard: number, rules: AudioRules): string | undefined => {
  const declared = Math.max(promisedSeconds ?? 0, facts.seconds ?? 0);
  if (heard >= rules.minSeconds && heard >= declared / 2) return undefined;
  return `not whole: ${tenths(heard)} of ${tenths(declared)} s can be heard`;
};

/** ffmpeg may leave out an incomplete last packet: up to half a second for codecs with long packets. */
export const tornSeconds = (by: EngineName, { container }: Probed): number =>
  by === 'ffmpeg' && !hearingOf(container).closeGaps ? 0.5 : 0;

export const damaged = (heard: number, there: number): string =>
  `damaged: ${tenths(heard)} of ${tenths(there)} s can be heard`;

/** Seconds for a row. */
export const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;

/** Missing sound counts if it is more than half a second and more than 1 %. */
export const isShort = (seconds: number, expected: number): boolean =>
  expected - seconds > Math.max(0.5, expected / 100);

export const endsEarly = ({ facts, promisedSeconds }: Probed): boolean =>
  facts.seconds !== undefined && promisedSeconds !== undefined && isShort(facts.seconds, promisedSeconds);

const describe = ({ container, facts: { codec, channels = 0 }, video }: Probed): string =>
  `${codec ?? 'unknown sound'} in ${container}${video ? ' with video' : ''}${channels > 2 ? `, ${channels} channels` : ''}`;

/**
 * The best rate that fits is used: MP3 of constant bit rate has an exact size. 8 kHz would be MPEG-2.5, which few
 * players know.
 */
const KBPS = [64, 48, 40, 32, 24, 16];
const [LOWEST_KBPS] = KBPS.slice(-1) as [number];
/** The encoder's delay, the index in front, and the last frame. */
const OVERHEAD_BYTES = 4096;

const secondsAt = (kbps: number): number => ((MAX_MEMO_BYTES - OVERHEAD_BYTES) * 8) / (kbps * 1000);

/** Mono MP3 that fits: 64 kb/s to 20 minutes, 16 kb/s to 82; a longer recording in equal parts of at most that. */
export const recipeFor = (seconds: number, sourceRate: number | undefined): Recipe => {
  const parts = Math.max(1, Math.ceil(seconds / MAX_PART_SECONDS));
  const kbps = KBPS.find((rate) => seconds / parts <= secondsAt(rate)) ?? LOWEST_KBPS;
  // A narrow-band call has no high frequencies, and below 48 kb/s the bits are better spent on the low ones.
  const sampleRate = kbps >= 48 && (sourceRate ?? 0) > 16_000 ? 24_000 : 16_000;
  return { kbps, sampleRate, parts, seconds };
};
const MAX_PART_SECONDS = Math.min(82 * 60, secondsAt(LOWEST_KBPS));
