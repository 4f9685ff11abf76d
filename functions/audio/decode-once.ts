import { cannotRead, isUnreadable, tooLittleHeard } from './cannot-read.ts';
import type { Job } from './fit.ts';
import type { Measure } from './measure.ts';
import { type EngineName, tooLittle } from './plan.ts';
import { allSilent, listeningTo } from './weight.ts';

/** A film may be larger than the room that ffmpeg has for a file; its packets alone are looked at then. */
const MAX_DECODED_BYTES = 100_000_000;

/**
 * Decodes what would be sent as it is, with whatever decoder is at hand: a table may list packets that no decoder reads.
 * @throws AftercallError `unreadable`, with both lengths, where too little of it can be heard
 */
export const decodeOnce = async ({ file, look, engine, ffmpeg, rules, lease }: Job<unknown>): Promise<void> => {
  if (look.uncompressed || file.bytes > MAX_DECODED_BYTES) return;
  const read = look.facts.seconds;
  const unread = look.counted && read !== undefined ? tooLittle(look, read, rules) : undefined;
  const failures: string[] = unread ? [unread] : [];
  let mayGrow = unread !== undefined;
  const listening = listeningTo(file, rules);
  const isEnough = async (name: EngineName, hear: () => Promise<Measure>): Promise<boolean> => {
    try {
      const { seconds, peak } = await hear();
      const little = tooLittle(look, seconds, rules);
      const why = little ?? allSilent(seconds, peak);
      if (little) mayGrow = true;
      if (why) failures.push(`${name}: ${why}`);
      return why === undefined;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      failures.push(`${name}: ${error.message}`);
      return false;
    }
  };
  if (look.decodable && (await isEnough('built-in', () => engine.measure({ file }, listening)))) return;
  if (ffmpeg) {
    await using opened = await ffmpeg.open(file, lease);
    if (await isEnough('ffmpeg', () => engine.measure({ pcm: opened.hear(1) }, listening))) return;
  }
  if (failures.length > 0) throw (mayGrow ? tooLittleHeard : cannotRead)(failures.join('; '));
};
