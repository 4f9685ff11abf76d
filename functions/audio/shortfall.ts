import type { Fitting } from '../core/model/audio.ts';
import { cannotRead, tooLittleHeard } from './cannot-read.ts';
import { isLikeMp4, isOgg } from './formats.ts';
import type { Job } from './job.ts';
import { damaged, type EngineName, endsEarly, isShort, tenths, tooLittle, tornSeconds } from './plan.ts';
import type { Probed } from './probe.ts';

type Notes = Pick<Fitting, 'notes'>;

/** Headers, the index and one incomplete packet may be unreadable. More unreadable bytes mean damage. */
const isMuch = ({ unread, of }: { unread: number; of: number }): boolean => unread > Math.max(4096, of / 10);

/**
 * Checks that all sound in the file was decoded. A file that was cut off ends early in every player, and is sent with
 * a note.
 * @throws AftercallError `unreadable` where the file holds sound that was not decoded, or where too little was decoded
 */
export const shortfall = async (heard: number, by: EngineName, job: Job<unknown>): Promise<Notes> => {
  const { file, probe, engine } = job;
  const there = probe.facts.seconds ?? 0;
  const promised = Math.max(probe.promisedSeconds ?? 0, there);
  const short = isShort(heard, promised);
  // ffmpeg leaves out the pause frames of an AMR.
  const isMissing =
    by === 'built-in'
      ? probe.counted && isShort(heard, there)
      : isShort(heard + tornSeconds(by, probe), there) && probe.container !== 'amr';
  if (isMissing) throw cannotRead(damaged(heard, promised));
  if (by === 'built-in' && (short || isOgg(probe.container) || isLikeMp4(probe.container)) && !probe.uncompressed) {
    const { unread, of } = await engine.unreadBytes(file);
    // Estimates the whole length: the unread bytes hold as many seconds a byte as the others.
    const all = unread < of ? (heard * of) / (of - unread) : promised;
    if (isMuch({ unread, of })) throw cannotRead(damaged(heard, Math.max(promised, all)));
  }
  const little = tooLittle(probe, heard, job.rules);
  if (little) throw tooLittleHeard(little);
  // If ffmpeg decoded more than the walk over the packets found, the walk cannot show where the sound ends.
  if (short && by === 'ffmpeg' && isShort(there, heard)) throw cannotRead(damaged(heard, promised));
  return short ? notesOf([endsAfter(heard, promised)]) : {};
};

export const earlyEnd = (probe: Probed): string[] =>
  endsEarly(probe) ? [endsAfter(probe.facts.seconds ?? 0, probe.promisedSeconds ?? 0)] : [];

const endsAfter = (heard: number, promised: number): string =>
  `the recording ends after ${tenths(heard)} of ${tenths(promised)} s`;

export const notesOf = (notes: string[]): Notes => (notes.length > 0 ? { notes } : {});
