import { chatKey, payloadKey } from '../model/keys.ts';
import { audioOf, firstPartId, inboxOf, type Memo, type MemoState, messagesOf, partId } from '../model/memo.ts';
import type { LinqErasure } from '../model/messages.ts';
import type { AudioStore, KeyValueStore, Ledger, Log, MemosQueue } from '../ports/ports.ts';
import { noteErasedParts } from './erased-parts.ts';

export interface EraseMemosPorts {
  ledger: Pick<Ledger, 'get' | 'leaveTombstone' | 'forgetReceipts'>;
  keyValues: Pick<KeyValueStore, 'write' | 'remove'>;
  audio: Pick<AudioStore, 'removeAll' | 'count'>;
  memos: Pick<MemosQueue, 'sendErasure'>;
  log: Log;
}

export interface Erased {
  memos: { id: string; state: MemoState }[];
  objects: number;
  /** Copies that Linq is asked to delete. `send` asks within seconds, or as soon as it can. */
  linqCopies: number;
  /** Memos that could not be erased now, with the reason. */
  left: { memo: string; reason: string }[];
}

/**
 * Erases memos with all parts of their recordings: audio and recordings in the bucket, rows (a tombstone remains),
 * receipts, and Linq's copies. A memo in `sending` is left for the next request, since Linq's answer must find its row.
 * A dry run counts the same and changes nothing.
 */
export const eraseMemos =
  (ports: EraseMemosPorts) =>
  async (rows: readonly Memo[], dryRun = false): Promise<Erased> => {
    const erased: Erased = { memos: [], objects: 0, linqCopies: 0, left: [] };
    const prefixes = new Set<string>();
    const calls = Map.groupBy(rows, ({ id }) => firstPartId(id));
    for (const [first, known] of calls) {
      const of = Math.max(...known.map(({ part }) => part?.of ?? 1));
      if (of > 1 && !dryRun) await noteErasedParts(ports.keyValues, first, of); // before the parts are read
      const parts = await wholeCall(ports.ledger, first, known, of);
      if (parts.some(({ state }) => state === 'sending')) {
        erased.left.push(...parts.map(({ id }) => ({ memo: id, reason: BUSY })));
        continue;
      }
      erased.linqCopies += parts.reduce((copies, memo) => copies + copiesAtLinq(memo), 0);
      const own = parts.flatMap(({ id }) => [inboxOf(id), audioOf(id)]);
      for (const prefix of own) {
        if (!prefixes.has(prefix)) erased.objects += await ports.audio[dryRun ? 'count' : 'removeAll'](prefix);
        prefixes.add(prefix);
      }
      for (const memo of parts) {
        const gone = dryRun || (await forget(ports, memo));
        if (gone) erased.memos.push({ id: memo.id, state: memo.state });
        else erased.left.push({ memo: memo.id, reason: 'the memo has changed meanwhile: try again' });
      }
    }
    return erased;
  };

const BUSY = 'the memo is being sent at this moment: try again in a minute';

/** The rows of all parts of a call, since the parts share their audio. Each part appears once. */
const wholeCall = async (
  ledger: Pick<Ledger, 'get'>,
  first: string,
  known: readonly Memo[],
  of: number,
): Promise<Memo[]> => {
  const ids = Array.from({ length: of }, (_, index) => partId(first, index + 1));
  const missing = ids.filter((id) => known.every((row) => row.id !== id));
  const others = await Promise.all(missing.map((id) => ledger.get(id)));
  return [...known, ...others.filter((row) => row !== undefined)];
};

/** Deletes the row last: an erasure that crashes half-way is repeated by the row. */
const forget = async ({ ledger, keyValues, memos, log }: EraseMemosPorts, memo: Memo): Promise<boolean> => {
  const { id, target } = memo;
  const atLinq = erasureAtLinq(memo);
  if (atLinq) await memos.sendErasure(atLinq);
  if (target && 'line' in target) await keyValues.remove(chatKey(target));
  if (memo.inspected) await keyValues.remove(payloadKey(id));
  await ledger.forgetReceipts(id, messagesOf(memo));
  if (!(await ledger.leaveTombstone(id, memo))) return false;
  log.info('erased', { step: 'erase', memo: id, outcome: 'erased' });
  return true;
};

/**
 * The copies of a memo that `send` must delete at Linq: our upload, Linq's copy of our URL, the files of messages whose
 * file id is unknown, and after an unknown attempt, files in the chat with the memo's name. Undefined where there are
 * none.
 */
export const erasureAtLinq = (memo: Memo): LinqErasure | undefined => {
  const { id, state, chat, linq, uploaded, unknownSince, attemptedAt } = memo;
  const attachments = [...new Set([linq?.attachmentId, uploaded].filter((known) => known !== undefined))];
  const messages = messagesOf(memo).filter((message) => message !== linq?.messageId || !linq.attachmentId);
  const since = unknownSince ?? attemptedAt;
  const inDoubt = unknownSince !== undefined || state === 'unknown' || state === 'parked';
  const look = inDoubt && chat && since && attemptedAt ? { look: { chat, since, attemptedAt } } : {};
  if (attachments.length + messages.length === 0 && !('look' in look)) return undefined;
  return { v: 1, erase: { memo: id, attachments, ...(messages.length > 0 && { messages }), ...look } };
};

const copiesAtLinq = (memo: Memo): number => {
  const { attachments = [], messages = [], look } = erasureAtLinq(memo)?.erase ?? {};
  return attachments.length + messages.length + (look ? 1 : 0);
};

/** "2 memos would be erased (1 failed, 1 sent), with 3 objects; Linq would be asked to delete 1 copy; 1 is left". */
export const erasureInWords = (
  { counts, objects, linqCopies, left }: Pick<Erased, 'objects' | 'linqCopies' | 'left'> & { counts: Counts },
  dryRun: boolean,
): string => {
  const states = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const memos = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const verb = (one: boolean, done: string) => (dryRun ? `would be ${done}` : `${one ? 'is' : 'are'} ${done}`);
  const clauses = [
    memos > 0 &&
      `${several(memos, 'memo')} ${verb(memos === 1, 'erased')} (${states.join(', ')}), with ${several(objects, 'object')}`,
    linqCopies > 0 && `Linq ${verb(true, 'asked')} to delete ${several(linqCopies, 'copy', 'copies')}`,
    left.length > 0 && `${several(left.length, 'memo')} ${verb(left.length === 1, 'left')}`,
  ];
  return clauses.filter(Boolean).join('; ') || 'no memo matches';
};

type Counts = Readonly<Record<string, number>>;
/** How many memos of each state. */
export const countsOf = (memos: readonly { state: string }[]): Counts => {
  const counts: Record<string, number> = {};
  for (const { state } of memos) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

const several = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
