import type { AudioRules } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import type { Listening } from './listening.ts';
import type { PacketCount } from './packet-count.ts';

// Silence and gaps need almost no bytes: a file of some kilobytes can last hours, and would need hours of work.

/** An hour of silence with half a minute of speech has more, as Opus of 16 kb/s. */
const LEAST_BYTES_PER_SECOND = 16;
/** A recording up to this length needs some seconds of work, and is accepted with however few bytes. */
const THIN_SECONDS = 10 * 60;
/** −60 dB of full scale: nobody can hear sound whose peak is lower. */
export const SILENT = 0.001;

const mostSeconds = (bytes: number): number => Math.max(THIN_SECONDS, bytes / LEAST_BYTES_PER_SECOND);

/** Why a file with so much sound in so few bytes is no call; undefined where it may be one. */
export const tooThin = (seconds: number, bytes: number): string | undefined =>
  seconds > mostSeconds(bytes) ? `no call: ${lengthOf(seconds)} of sound in ${bytes} bytes` : undefined;

/** Why long sound with so low a peak is no call; undefined where it may be one. */
export const allSilent = (seconds: number, peak: number): string | undefined =>
  seconds > THIN_SECONDS && peak < SILENT
    ? `no call: nothing can be heard in ${lengthOf(seconds)} of sound`
    : undefined;

/** Why an AMR without any frame of speech is no call, however short. A decoder makes no sound of such frames. */
export const onlyPauses = (frames: number | undefined): string | undefined =>
  frames === undefined
    ? undefined
    : `no call: nothing can be heard, since every frame of the AMR is comfort noise or no data (${frames} frames)`;

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

/** Why the count of a file's packets shows that it is no call; undefined where it may be one. */
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

/** So many steps take half of a probe's time limit. Six hours of AAC in chunks of a second need fifty million. */
const MAX_STEPS = 3_000_000_000;

/** Why the built-in engine does not read a table: for each packet, it adds up the sizes from the chunk's beginning. */
export const tooManySteps = ({ packets, steps = 0 }: PacketCount): string | undefined =>
  steps > MAX_STEPS
    ? `its table has ${packets} packets in chunks that are too long for the built-in engine`
    : undefined;

/** A correct packet holds at least 2.5 ms of sound, mostly 20 ms: six hours are about a million packets. */
const MAX_PACKETS = 2_000_000;

/** Why a file of so many packets is no call; undefined where it may be one. */
export const tooManyPackets = (packets: number): string | undefined =>
  packets > MAX_PACKETS ? `no call: about ${Math.round(packets / 1e6)} million packets` : undefined;

const lengthOf = (seconds: number): string =>
  seconds >= 3600 ? `${Math.round(seconds / 360) / 10} hours` : `${Math.round(seconds / 60)} minutes`;
