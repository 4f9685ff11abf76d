import { erasedPartsKey, erasureKey, payloadKey } from '../model/keys.ts';
import { audioOf, firstPartId, inboxOf, type Memo, partId } from '../model/memo.ts';
import { memoIdOf, type RecordingMessage } from '../model/messages.ts';
import { DAY_MS, isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore, Ledger, RecordingsQueue, StepVerdict } from '../ports/ports.ts';
import { type EraseMemosPorts, eraseMemos } from './erase-memos.ts';
import { erasedParts, REPEATED_MS } from './erased-parts.ts';

/** The subject of an erasure: a person, or a call. */
export type Erasable = { phone: string } | { call: string };

/** An earlier message waits at most fourteen days in its queue and fourteen in the dead-letter queue. */
export const REMEMBERED_MS = 28 * DAY_MS;

/** A recording, by the id of its memo without a target. */
type ErasedRecording = { recording: string };
/** Later than every event, so that every repeat of this recording's event is dropped. */
const ALWAYS = '9999-12-31T23:59:59.999Z';

export type ClearErasedPorts = EraseMemosPorts & { keyValues: Pick<KeyValueStore, 'read'> };
export type DropErasedPorts = ClearErasedPorts & {
  ledger: Pick<Ledger, 'open'>;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  clock: Clock;
};

/** A recording that came within this time is not checked: an erasure is unlikely, and `storeRecording` checks again. */
const JUST_COME_MS = 60_000;

type Step = (message: RecordingMessage, receives: number, lease: AbortSignal) => Promise<StepVerdict>;

/**
 * Wraps a step on recordings: a recording that was queued before its erasure is dropped, with its bytes and everything
 * that an earlier run has made from the recording. A memo in `sending` stays until its erasure is requested again. A recording that
 * has only just come is not checked here: `storeRecording` checks each recording after its own writes.
 */
export const dropErased = (ports: DropErasedPorts, step: Step): Step => {
  const clear = clearErased(ports);
  return async (message, receives, lease) => {
    const ageMs = ports.clock.nowMs() - Date.parse(message.receivedAt);
    const hasJustCome = receives === 1 && ageMs < JUST_COME_MS && message.target !== 'ask' && !message.replay;
    if (hasJustCome || !(await wasErased(ports.keyValues, message))) return step(message, receives, lease);
    const id = memoIdOf(message);
    if (message.target === 'ask')
      await ports.keyValues.write(erasureKey({ recording: id }), { at: ALWAYS }, REPEATED_MS);
    else await openRow(ports.ledger, id, message);
    await clear(id);
    return { kind: 'done', outcome: 'erased' };
  };
};

/**
 * Makes the row of a recording that has none yet: the erasure then leaves a tombstone, which drops later repeats of the
 * event. A recording whose source must be asked first gets its rows later, under other ids; for it, the erasure's key
 * is written instead.
 */
const openRow = (ledger: Pick<Ledger, 'open'>, id: string, { recording, target, receivedAt }: RecordingMessage) =>
  ledger.open({
    id,
    state: 'received',
    recording,
    receivedAt,
    ...(target !== undefined && target !== 'ask' && { target }),
  });

/**
 * Deletes what is left of a memo that was erased while a run worked on it: rows of its parts, bytes, the payload, copies at Linq.
 */
export const clearErased = (ports: ClearErasedPorts) => {
  const { ledger, keyValues } = ports;
  const erase = eraseMemos(ports);
  return async (id: string): Promise<void> => {
    const first = await ledger.get(id);
    // The rows of the first parts may be gone already while the row of a later part exists.
    const of = first?.part?.of ?? (await erasedParts(keyValues, id)) ?? 1;
    const ids = Array.from({ length: of - 1 }, (_, index) => partId(id, index + 2));
    const rows = [first, ...(await Promise.all(ids.map((later) => ledger.get(later))))];
    const { left } = await erase(rows.filter((row) => row !== undefined));
    if (left.length > 0) return;
    for (const prefix of [inboxOf(id), audioOf(id)]) await ports.audio.removeAll(prefix);
    await keyValues.remove(payloadKey(id));
  };
};

/** Records the erasure for 28 days, so that messages queued earlier are dropped. */
export const rememberErasure = (
  { keyValues, clock }: { keyValues: KeyValueStore; clock: Clock },
  erasable: Erasable,
): Promise<void> => keyValues.write(erasureKey(erasable), { at: isoTime(clock.nowMs()) }, REMEMBERED_MS);

/**
 * Whether a recording came before an erasure of its caller, its called party, its recipient or its call. One request.
 */
export const wasErased = async (
  keyValues: Pick<KeyValueStore, 'readAll'>,
  { recording, target, receivedAt }: Pick<RecordingMessage, 'recording' | 'target' | 'receivedAt'>,
): Promise<boolean> => {
  const found = await keyValues.readAll(erasureKeysOf({ recording, ...(target && { target }) }));
  return found.some((note) => note?.at !== undefined && note.at >= receivedAt);
};

/**
 * The same for a memo's row. An erasure finds rows through an index, which may not show new rows yet; and a run may
 * write the row of a later part after the erasure of its call. So `send` checks before it opens a chat and before every
 * POST, and drops the memo's message. The sweep then gives the overdue row to `store`, which erases it.
 */
export const isErased = async (
  keyValues: Pick<KeyValueStore, 'read' | 'readAll'>,
  { id, part, recording, target, createdAt, receivedAt = createdAt }: Memo,
): Promise<boolean> =>
  (part !== undefined && (await erasedParts(keyValues, id)) !== undefined) ||
  wasErased(keyValues, { recording, receivedAt, ...(target && { target }) });

/** The keys that `isErased` reads. */
export const erasureKeysOfMemo = ({ id, part, recording, target }: Memo): string[] => [
  ...(part ? [erasedPartsKey(firstPartId(id))] : []),
  ...erasureKeysOf({ recording, ...(target && { target }) }),
];

/** Gives a row that its erasure has missed to `store`, which erases it with all parts of its call. */
export const queueErased = (
  recordings: Pick<RecordingsQueue, 'send'>,
  { recording, target, createdAt, receivedAt = createdAt }: Memo,
): Promise<void> => recordings.send([{ v: 1, recording, receivedAt, ...(target && { target }) }]);

/** The keys of the erasures that a recording belongs to. */
const erasureKeysOf = ({ recording, target }: Pick<RecordingMessage, 'recording' | 'target'>): string[] => {
  const { from, to, callId } = recording;
  const erasables: (Erasable | ErasedRecording)[] = [
    ...[from, to, handleOf(target)].flatMap((phone) => (phone ? { phone } : [])),
    ...(callId ? [{ call: callId }] : []),
    ...(target === 'ask' ? [{ recording: memoIdOf({ recording, target }) }] : []),
  ];
  return erasables.map(erasureKey);
};

const handleOf = (target: RecordingMessage['target']): string | undefined =>
  target !== undefined && target !== 'ask' && 'handle' in target ? target.handle : undefined;
