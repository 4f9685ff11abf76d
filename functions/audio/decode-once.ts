import { cannotRead, isUnreadable, NoCall, tooLittleHeard } from './cannot-read.ts';
import { wholeHearingOf } from './formats.ts';
import type { Job } from './job.ts';
import type { Measure } from './measure.ts';
import { damaged, type EngineName, isShort, tooLittle, tornSeconds } from './plan.ts';
import type { Probed } from './probe.ts';
import { allSilent, listeningTo } from './weight.ts';

/** A film may be larger than the space that ffmpeg has for a file. Then only its packets are checked. */
const MAX_DECODED_BYTES = 100_000_000;

/**
 * The engine that decoded a whole file; undefined where no engine can. `misses`: the sound that the first engine
 * missed.
 */
export interface DecodedOnce {
  by: EngineName;
  seconds: number;
  misses: string[];
}

/**
 * Decodes a file that would be passed on, with the built-in engine or ffmpeg: its table may list packets that no
 * decoder can read.
 * @throws AftercallError `unreadable`, with the decoded seconds and the seconds that the bytes must hold, where both
 * engines miss more than 1 % and half a second of the sound, and where more than ten minutes of sound are all silent
 */
export const decodeOnce = async (job: Job<unknown>): Promise<DecodedOnce | undefined> => {
  const { file, probe, engine, ffmpeg, rules, lease } = job;
  if (probe.uncompressed || file.bytes > MAX_DECODED_BYTES) return undefined;
  const read = probe.facts.seconds;
  const unread = probe.counted && read !== undefined ? tooLittle(probe, read, rules) : undefined;
  const misses: string[] = unread ? [unread] : [];
  let mayGrow = unread !== undefined;
  const listening = listeningTo(file, rules);
  const decode = async (by: EngineName, measure: () => Promise<Measure>): Promise<DecodedOnce | undefined> => {
    try {
      const { seconds, peak } = await measure();
      const little = tooLittle(probe, seconds, rules);
      if (little) mayGrow = true;
      const miss = little ?? missOf(probe, seconds, by);
      const silent = miss ? undefined : allSilent(seconds, peak);
      if (silent) throw new NoCall(silent);
      if (!miss) return { by, seconds, misses };
      misses.push(`${by}: ${miss}`);
    } catch (error) {
      if (!isUnreadable(error) || error instanceof NoCall) throw error;
      misses.push(`${by}: ${error.message}`);
    }
    return undefined;
  };
  const heard = probe.decodable ? await decode('built-in', () => engine.measure({ file }, listening)) : undefined;
  if (heard) return heard;
  if (ffmpeg) {
    await using opened = await ffmpeg.open(file, lease);
    const pcm = () => opened.decode(wholeHearingOf(probe.container));
    const second = await decode('ffmpeg', () => engine.measure({ pcm: pcm() }, listening));
    if (second) return second;
  }
  if (misses.length > 0) throw (mayGrow ? tooLittleHeard : cannotRead)(misses.join('; '));
  return undefined;
};

/** The missing part of the seconds that were counted packet by packet. ffmpeg leaves out an AMR's pause frames. */
const missOf = (probe: Probed, heard: number, by: EngineName): string | undefined => {
  const there = probe.counted && probe.container !== 'amr' ? (probe.facts.seconds ?? 0) : 0;
  return isShort(heard + tornSeconds(by, probe), there) ? damaged(heard, there) : undefined;
};
