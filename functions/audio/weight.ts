import type { AudioRules } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import type { Listening } from './listening.ts';
import type { PacketCount } from './packet-count.ts';

// Silence and gaps cost an encoder next to nothing: a file of kilobytes can be hours long, and would be hours of work.

/** Half a minute of speech in an hour of nothing has more, as Opus of 16 kb/s. */
const LEAST_BYTES_PER_SECOND = 16;
/** Up to here a recording is work of seconds, and is what it is, however thin. */
const THIN_SECONDS = 10 * 60;
/** Below −60 dB of full scale nobody hears anything. */
export const SILENT = 0.001;

const mostSeconds = (bytes: number): number => Math.max(THIN_SECONDS, bytes / LEAST_BYTES_PER_SECOND);

/** Why a file that holds so long a sound is no call; undefined where it may be one. */
export const tooThin = (seconds: number, bytes: number): string | undefined =>
  seconds > mostSeconds(bytes) ? `no call: ${lengthOf(seconds)} of sound in ${bytes} bytes` : undefined;

/** Why sound of which so little is heard is no call. */
export const allSilent = (seconds: number, peak: number): string | undefined =>
  seconds > THIN_SECONDS && peak < SILENT
    ? `no call: nothing can be heard in ${lengthOf(seconds)} of sound`
    : undefined;

/** How much of a file is decoded at most: its timestamps and headers may be wrong. */
export const listeningTo = ({ bytes }: AudioFile, { maxSeconds }: AudioRules): Listening => {
  const most = mostSeconds(bytes);
  if (maxSeconds <= most) return { maxSeconds };
  return {
    maxSeconds: most,
    tooLong: `no call: more than ${lengthOf(Math.floor(most))} of sound in ${bytes} bytes`,
  };
};

/** Packets of 5 ms are 200 a second; no recorder of calls makes shorter ones. No codec has more than 400. */
const MAX_PACKETS_PER_SECOND = 250;
const MOST_PACKETS_PER_SECOND = 400;

/** Why a file whose packets were counted is no call, as far as its container alone tells; undefined where it may be one. */
export const noCallByPackets = (
  { packets, soundBytes, isWhole }: PacketCount,
  seconds: number,
  bytes: number,
): string | undefined => {
  if (tooManyPackets(packets)) return tooManyPackets(packets);
  if (!isWhole) return undefined;
  if (soundBytes === 0 && packets > THIN_SECONDS * MOST_PACKETS_PER_SECOND)
    return `no call: ${packets} packets without sound`;
  if (seconds <= THIN_SECONDS || tooThin(seconds, bytes)) return undefined;
  const perSecond = Math.round(packets / seconds);
  if (perSecond > MAX_PACKETS_PER_SECOND) return `no call: ${perSecond} packets a second for ${lengthOf(seconds)}`;
  return seconds > mostSeconds(soundBytes)
    ? `no call: ${lengthOf(seconds)} of sound, of which ${Math.round(soundBytes)} bytes say more than silence`
    : undefined;
};

/** So many steps take half of a look's time. Six hours of AAC, a second in each chunk, are fifty million. */
const MAX_STEPS = 3_000_000_000;

/** Why the built-in engine does not read a table: it adds up the sizes of a chunk from its beginning, for each packet anew. */
export const tooManySteps = ({ packets, steps = 0 }: PacketCount): string | undefined =>
  steps > MAX_STEPS
    ? `its table has ${packets} packets in chunks that are too long for the built-in engine`
    : undefined;

/** An honest packet holds 2.5 ms of sound or more, mostly 20: six hours of such are a million. */
const MAX_PACKETS = 2_000_000;

/** Why a file of so many packets is no call; undefined where it may be one. */
export const tooManyPackets = (packets: number): string | undefined =>
  packets > MAX_PACKETS ? `no call: about ${Math.round(packets / 1e6)} million packets` : undefined;

const lengthOf = (seconds: number): string =>
  seconds >= 3600 ? `${Math.round(seconds / 360) / 10} hours` : `${Math.round(seconds / 60)} minutes`;
