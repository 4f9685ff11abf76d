import { type AudioRules, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { Recipe } from './encode.ts';
import { hearingOf, holdsAac, type Naming } from './formats.ts';
import type { Probed } from './probe.ts';
import { tooThin } from './weight.ts';

/** What is to be done with a recording; `why` is for its row. */
export type Plan =
  /** `mayGrow`: see `Fitted`. */
  | { do: 'reject'; reason: string; mayGrow?: true }
  | { do: 'pass'; naming: Naming }
  /** Its bytes from where the sound begins. */
  | { do: 'cut'; naming: Naming; reason: string }
  /** AAC goes into an M4A as it is, in parts where it is too large and nothing here can encode it anew. */
  | { do: 'remux'; reason: string }
  /** Decoded by these, the next where one fails, and encoded as MP3. */
  | { do: 'convert'; reason: string; engines: readonly EngineName[] };
export type EngineName = 'built-in' | 'ffmpeg';

export const planFor = (probe: Probed, rules: AudioRules, hasFfmpeg: boolean): Plan => {
  const { facts, decodable, promisedSeconds, uncompressed } = probe;
  // What the built-in engine cannot reach the other may decode.
  const seconds = facts.seconds === undefined ? undefined : Math.max(facts.seconds, promisedSeconds ?? 0);
  const outside = outsideOf({ ...facts, ...(seconds !== undefined && { seconds }) }, rules);
  if (outside) return { do: 'reject', reason: outside };
  // The bytes of uncompressed sound are counted: no engine hears more.
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

const cutOf = ({ start }: Probed): string => `${start} bytes that are no sound stand before it`;

const TOO_LARGE = `larger than ${MAX_MEMO_BYTES} bytes`;

const isTooShort = (seconds: number | undefined, { minSeconds }: AudioRules): boolean =>
  seconds !== undefined && seconds < minSeconds;

/** Why a recording is outside of what a bridge sends, where it is; more may be known once it was heard. */
export const outsideOf = (
  { seconds, sampleRate, channels, bytes }: Probed['facts'],
  rules: AudioRules,
): string | undefined => {
  // Below a telephone's half and above every converter: a header that lies.
  if (sampleRate !== undefined && (sampleRate < 2000 || sampleRate > 384_000))
    return `a sample rate of ${sampleRate} Hz`;
  if (channels === 0) return 'a sound without channels';
  if (isTooShort(seconds, rules)) return `too short: ${Math.round((seconds ?? 0) * 1000) / 1000} s of sound`;
  if (seconds !== undefined && seconds > rules.maxSeconds) return `too long: ${Math.round(seconds)} s of sound`;
  return seconds === undefined ? undefined : tooThin(seconds, bytes);
};

const whyUnfit = (probe: Probed): string | undefined => {
  if (!probe.takenAs) return describe(probe);
  if (probe.facts.bytes > MAX_MEMO_BYTES) return TOO_LARGE;
  // A player that believes an M4A's table looks for sound behind the file's end; an MP3's frames stand for themselves.
  return endsEarly(probe) && probe.container === 'm4a' ? 'it ends before its table does' : undefined;
};

/** Why what can be heard is no recording; undefined where it is one. It has the seconds heard and those declared. */
export const tooLittle = ({ facts, promisedSeconds }: Probed, heard: number, rules: AudioRules): string | undefined => {
  const declared = Math.max(promisedSeconds ?? 0, facts.seconds ?? 0);
  if (heard >= rules.minSeconds && heard >= declared / 2) return undefined;
  return `not whole: ${tenths(heard)} of ${tenths(declared)} s can be heard`;
};

/** ffmpeg may leave out the last packet where it was torn apart: of codecs with long packets, up to half a second. */
export const tornSeconds = (by: EngineName, { container }: Probed): number =>
  by === 'ffmpeg' && !hearingOf(container).closeGaps ? 0.5 : 0;

export const damaged = (heard: number, there: number): string =>
  `damaged: ${tenths(heard)} of ${tenths(there)} s can be heard`;

/** Seconds for a row. */
export const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;

/** Missing sound that counts: more than half a second and more than 1 %. */
export const isShort = (seconds: number, expected: number): boolean =>
  expected - seconds > Math.max(0.5, expected / 100);

export const endsEarly = ({ facts, promisedSeconds }: Probed): boolean =>
  facts.seconds !== undefined && promisedSeconds !== undefined && isShort(facts.seconds, promisedSeconds);

const describe = ({ container, facts: { codec, channels = 0 }, video }: Probed): string =>
  `${codec ?? 'unknown sound'} in ${container}${video ? ' with video' : ''}${channels > 2 ? `, ${channels} channels` : ''}`;

/** The best of these that fits; MP3 of constant bit rate has an exact size. At 8 kHz it would be MPEG-2.5, which few play. */
const KBPS = [64, 48, 40, 32, 24, 16];
const [LOWEST_KBPS] = KBPS.slice(-1) as [number];
/** The encoder's delay, the index in front, and the last frame. */
const OVERHEAD_BYTES = 4096;

const secondsAt = (kbps: number): number => ((MAX_MEMO_BYTES - OVERHEAD_BYTES) * 8) / (kbps * 1000);

/** Mono MP3 that fits: 64 kb/s to 20 minutes, 16 kb/s to 82; a longer recording in equal parts of at most that. */
export const recipeFor = (seconds: number, sourceRate: number | undefined): Recipe => {
  const parts = Math.max(1, Math.ceil(seconds / MAX_PART_SECONDS));
  const kbps = KBPS.find((rate) => seconds / parts <= secondsAt(rate)) ?? LOWEST_KBPS;
  // What a narrow-band call has not cannot be kept, and below 48 kb/s the bits are worth more than the treble.
  const sampleRate = kbps >= 48 && (sourceRate ?? 0) > 16_000 ? 24_000 : 16_000;
  return { kbps, sampleRate, parts, seconds };
};
const MAX_PART_SECONDS = Math.min(82 * 60, secondsAt(LOWEST_KBPS));
