import { createHash } from 'node:crypto';
import { audioOf, inboxOf, type Memo } from './memo.ts';
import type { RecordingMessage } from './messages.ts';
import type { AudioStore, Clock, Ledger, Log, MemosQueue, Notes } from './ports.ts';
import { canonicalNumber, type Recording } from './recording.ts';
import { isoTime } from './timing.ts';

export interface EraseMemosPorts {
  ledger: Ledger;
  notes: Notes;
  audio: Pick<AudioStore, 'removeAll'>;
  memos: Pick<MemosQueue, 'sendErasure'>;
  clock: Clock;
  log: Log;
}

/** Whom or what an erasure is about. */
export type Erasable = { phone: string } | { call: string };

export interface Erased {
  memos: string[];
  objects: number;
  /** Copies that Linq was asked to delete; `send` does that within moments, or as soon as it can. */
  linqCopies: number;
  /** Memos that could not be erased now, with the reason. */
  left: { memo: string; why: string }[];
}

/** Longer than any message of the time before may wait: fourteen days in its queue, and fourteen in the dead letters. */
const WATCHED_MS = 28 * 24 * 60 * 60 * 1000;

/**
 * Erases memos: their audio and whatever bytes of their recordings are in the bucket, their rows but for a tombstone, and
 * Linq's copies. What is with Linq at this very moment is left for the next time, since its answer must find its row.
 */
export const eraseMemos = ({ ledger, audio, memos, log }: Omit<EraseMemosPorts, 'notes' | 'clock'>) => {
  return async (rows: readonly Memo[]): Promise<Erased> => {
    const erased: Erased = { memos: [], objects: 0, linqCopies: 0, left: [] };
    for (const row of rows) {
      if (row.state === 'sending') {
        erased.left.push({ memo: row.id, why: 'it is being sent at this moment: try again in a minute' });
        continue;
      }
      const attachments = attachmentsOf(row);
      // What leads to the rest goes last: an erasure that dies half-way finds it again.
      if (attachments.length > 0) await memos.sendErasure({ v: 1, erase: { memo: row.id, attachments } });
      erased.objects += await audio.removeAll(audioOf(row.id));
      erased.objects += await audio.removeAll(inboxOf(row.recording));
      erased.linqCopies += attachments.length;
      if (!(await ledger.entomb(row.id, row))) {
        erased.left.push({ memo: row.id, why: 'it has moved on meanwhile: try again' });
        continue;
      }
      erased.memos.push(row.id);
      log.info('erased', { step: 'api', memo: row.id, outcome: 'erased' });
    }
    return erased;
  };
};

/** Linq's copies of a memo's audio: the one that we uploaded, and the one that it made of our URL. */
export const attachmentsOf = ({ linq, uploaded }: Memo): string[] => [
  ...new Set([linq?.attachmentId, uploaded].filter((id) => id !== undefined)),
];

/** What is still queued must not make rows anew: whatever came before this moment and is about the same is dropped. */
export const watchFor = ({ notes, clock }: Pick<EraseMemosPorts, 'notes' | 'clock'>, erasable: Erasable) =>
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

const noteOfErasure = (erasable: Erasable): string => {
  const facts = 'phone' in erasable ? ['phone', canonicalNumber(erasable.phone)] : ['call', erasable.call];
  return `erased#${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}`;
};
