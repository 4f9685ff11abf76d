import { createHash } from 'node:crypto';
import { inboxOf } from './memo.ts';
import type { RecordingMessage } from './messages.ts';
import type { AudioStore, Clock, Notes, StepVerdict } from './ports.ts';
import { canonicalNumber, type Recording } from './recording.ts';
import { isoTime } from './timing.ts';

/** Whom or what an erasure is about. */
export type Erasable = { phone: string } | { call: string };

/** Longer than any message of the time before may wait: fourteen days in its queue, and fourteen in the dead letters. */
export const WATCHED_MS = 28 * 24 * 60 * 60 * 1000;

type Step = (message: RecordingMessage, receives: number, lease: AbortSignal) => Promise<StepVerdict>;

/** Before every step on a recording: what was queued before an erasure and is about the same is dropped, with its bytes. */
export const dropErased =
  ({ notes, audio }: { notes: Pick<Notes, 'read'>; audio: Pick<AudioStore, 'removeAll'> }, step: Step): Step =>
  async (message, receives, lease) => {
    if (!(await wasErased(notes, message))) return step(message, receives, lease);
    await audio.removeAll(inboxOf(message.recording));
    return { kind: 'done', outcome: 'erased' };
  };

/** What is still queued must not make rows anew: whatever came before this moment and is about the same is dropped. */
export const watchFor = ({ notes, clock }: { notes: Notes; clock: Clock }, erasable: Erasable): Promise<void> =>
  notes.write(noteOfErasure(erasable), { at: isoTime(clock.nowMs()) }, WATCHED_MS);

/** Whether a recording that came before an erasure is about what was erased. */
export const wasErased = async (
  notes: Pick<Notes, 'read'>,
  { recording, receivedAt }: Pick<RecordingMessage, 'recording' | 'receivedAt'>,
): Promise<boolean> => {
  const found = await Promise.all(erasablesOf(recording).map((erasable) => notes.read(noteOfErasure(erasable))));
  return found.some((note) => note?.at !== undefined && note.at >= receivedAt);
};

const erasablesOf = ({ from, to, callId }: Recording): Erasable[] => [
  ...[from, to].flatMap((phone) => (phone ? { phone } : [])),
  ...(callId ? [{ call: callId }] : []),
];

/** A hash: no number may stand in a key. Some sources write numbers without their plus sign. */
const noteOfErasure = (erasable: Erasable): string => {
  const facts =
    'phone' in erasable ? ['phone', canonicalNumber(erasable.phone).replace(/^\+/, '')] : ['call', erasable.call];
  return `erased#${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}`;
};
