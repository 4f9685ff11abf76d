import { erasureKey } from '../model/keys.ts';
import { audioOf, inboxOf, type Memo, partId } from '../model/memo.ts';
import { memoIdOf, type RecordingMessage } from '../model/messages.ts';
import type { Recording } from '../model/recording.ts';
import { DAY_MS, isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore, Ledger, StepVerdict } from '../ports/ports.ts';
import { type EraseMemosPorts, eraseMemos } from './erase-memos.ts';

/** Whom or what an erasure is about. */
export type Erasable = { phone: string } | { call: string };

/** Longer than any message of the time before may wait: fourteen days in its queue, and fourteen in the dead letters. */
export const REMEMBERED_MS = 28 * DAY_MS;

/** By the id of the memo that it has while nobody knows its target. */
type ErasedRecording = { recording: string };
/** Later than any event: every repeat of this recording's event is dropped. */
const ALWAYS = '9999-12-31T23:59:59.999Z';
/** As long as a tombstone stays: longer than any source repeats an event. */
const REPEATED_MS = 400 * DAY_MS;

export type DropErasedPorts = Omit<EraseMemosPorts, 'ledger'> & {
  ledger: EraseMemosPorts['ledger'] & Pick<Ledger, 'open'>;
  keyValues: Pick<KeyValueStore, 'read' | 'write'>;
};

type Step = (message: RecordingMessage, receives: number, lease: AbortSignal) => Promise<StepVerdict>;

/**
 * Before every step on a recording: what was queued before an erasure and is about the same is dropped, with its bytes, and
 * with whatever an earlier run has made of it. A memo that is with Linq stays until its erasure is asked for again.
 */
export const dropErased = (ports: DropErasedPorts, step: Step): Step => {
  const clear = clearErased(ports);
  return async (message, receives, lease) => {
    if (!(await wasErased(ports.keyValues, message))) return step(message, receives, lease);
    const id = memoIdOf(message);
    if (message.target === 'ask')
      await ports.keyValues.write(erasureKey({ recording: id }), { at: ALWAYS }, REPEATED_MS);
    else await openRow(ports.ledger, id, message);
    await clear(id);
    return { kind: 'done', outcome: 'erased' };
  };
};

/**
 * A recording that has no row yet gets one: its erasure leaves the tombstone that a later repeat of the event runs into. The
 * row of a recording that must be asked for its target comes later, under another id: for such a recording there is a note.
 */
const openRow = (ledger: Pick<Ledger, 'open'>, id: string, { recording, target, receivedAt }: RecordingMessage) =>
  ledger.open({
    id,
    state: 'received',
    recording,
    receivedAt,
    ...(target !== undefined && target !== 'ask' && { target }),
  });

/** Takes away what is left of a memo that was erased while somebody was at work on it: parts, bytes, copies at Linq. */
export const clearErased = (ports: EraseMemosPorts) => {
  const erase = eraseMemos(ports);
  return async (id: string): Promise<void> => {
    const rows: Memo[] = [];
    // A later part may stand where the first has gone already.
    for (let part = 1; ; part += 1) {
      const row = await ports.ledger.get(partId(id, part));
      if (row) rows.push(row);
      else if (part > 1) break;
    }
    const { left } = await erase(rows);
    if (left.length > 0) return;
    for (const prefix of [inboxOf(id), audioOf(id)]) await ports.audio.removeAll(prefix);
  };
};

/** What is still queued must not make rows anew: whatever came before this moment and is about the same is dropped. */
export const rememberErasure = (
  { keyValues, clock }: { keyValues: KeyValueStore; clock: Clock },
  erasable: Erasable,
): Promise<void> => keyValues.write(erasureKey(erasable), { at: isoTime(clock.nowMs()) }, REMEMBERED_MS);

/** Whether a recording that came before an erasure is about what was erased: by who called, was called or gets the memo. */
export const wasErased = async (
  keyValues: Pick<KeyValueStore, 'read'>,
  { recording, target, receivedAt }: Pick<RecordingMessage, 'recording' | 'target' | 'receivedAt'>,
): Promise<boolean> => {
  const found = await Promise.all(erasablesOf(recording, target).map((one) => keyValues.read(erasureKey(one))));
  return found.some((note) => note?.at !== undefined && note.at >= receivedAt);
};

/**
 * The same for a memo's row. An erasure finds rows through an index that may not show them yet: so `send` looks before it
 * opens a chat and before every POST. It drops the memo's message; the row, now overdue, is swept to `store`, which erases it.
 */
export const isErased = (
  keyValues: Pick<KeyValueStore, 'read'>,
  { recording, target, createdAt, receivedAt = createdAt }: Memo,
): Promise<boolean> => wasErased(keyValues, { recording, receivedAt, ...(target && { target }) });

const erasablesOf = (recording: Recording, target: RecordingMessage['target']): (Erasable | ErasedRecording)[] => {
  const { from, to, callId } = recording;
  return [
    ...[from, to, handleOf(target)].flatMap((phone) => (phone ? { phone } : [])),
    ...(callId ? [{ call: callId }] : []),
    ...(target === 'ask' ? [{ recording: memoIdOf({ recording, target }) }] : []),
  ];
};

const handleOf = (target: RecordingMessage['target']): string | undefined =>
  target !== undefined && target !== 'ask' && 'handle' in target ? target.handle : undefined;
