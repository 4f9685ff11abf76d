import { AftercallError } from '../model/errors.ts';
import { groupOf, type MemoState } from '../model/memo.ts';
import { type DeadLetter, type LinqErasure, memoIdOf } from '../model/messages.ts';
import { wasErased } from '../operate/drop-erased.ts';
import type { KeyValueStore, Ledger, Log, MemosQueue, RecordingsQueue, StepVerdict } from '../ports/ports.ts';
import { openLaterParts } from '../store/open-later-parts.ts';

export interface HandleDeadLetterPorts {
  ledger: Ledger;
  keyValues: Pick<KeyValueStore, 'read'>;
  recordings: RecordingsQueue;
  memos: MemosQueue;
  log: Log;
}

/**
 * Marks the rows of a message that a queue gave up on, and keeps its body in the row for replay. A memo that may have
 * been sent is parked; a recording that never had a row gets one, so that nothing ends in silence. A memo that only its
 * message has left behind, stored already or waiting for us to fix our key, gets a new one.
 */
export const handleDeadLetter =
  ({ ledger, keyValues, recordings, memos, log }: HandleDeadLetterPorts) =>
  async (letter: DeadLetter): Promise<StepVerdict> => {
    if ('erase' in letter) {
      const { memo, attachments, messages = [] } = letter.erase;
      const reason = [...attachments, ...messages].join(' ');
      log.error('copies are left at Linq', { step: 'tend', memo, outcome: 'not-erased', reason });
      return { kind: 'done', outcome: 'not erased' };
    }
    if ('recording' in letter && (await wasErased(keyValues, letter))) {
      await recordings.send([letter]); // `store` drops it with the bytes that came with it; only it may delete them
      return { kind: 'done', outcome: 'erased' };
    }
    const ends = 'memo' in letter ? SEND_ENDS : STORE_ENDS;
    for (const { id, generation } of await rowsOf(letter, ledger)) {
      const row = await ledger.get(id);
      if (!row || generation < row.generation) continue;
      const isLeft = row.state === 'stored' && (!('memo' in letter) || row.waitingFor === 'us');
      if (isLeft && row.target) {
        await memos.send({ v: 1, memo: id, generation: row.generation }, groupOf(row.target));
        for (const part of await openLaterParts(ledger, row))
          if (part.state === 'stored')
            await memos.send({ v: 1, memo: part.id, generation: part.generation }, groupOf(row.target));
        continue;
      }
      const to = ends[row.state];
      if (!to) continue;
      const note = { reason: `given up: its message went to the dead-letter queue while it was ${row.state}` };
      const deadLetter = JSON.stringify(letter);
      const moved = await ledger.move(id, {
        from: row.state,
        to,
        where: { generation: row.generation },
        set: { deadLetter },
        note,
      });
      if (!moved) throw new AftercallError('conflict', 'the memo has moved on', { memo: id, retryable: true });
      log.error('dead letter', { step: 'tend', memo: id, outcome: 'dead-letter' });
    }
    return { kind: 'done', outcome: 'dead-lettered' };
  };

/** A recording's row is made here where `store` never came so far. */
const rowsOf = async (
  letter: Exclude<DeadLetter, LinqErasure>,
  ledger: Ledger,
): Promise<{ id: string; generation: number }[]> => {
  if ('memo' in letter) return [{ id: letter.memo, generation: letter.generation }];
  const { recording, target, receivedAt, replay } = letter;
  const known = target && target !== 'ask' ? { target } : {};
  const row = await ledger.open({ id: memoIdOf(letter), state: 'received', recording, receivedAt, ...known });
  return row ? [{ id: row.id, generation: replay?.memo === row.id ? replay.generation : 0 }] : [];
};

type Ends = Partial<Record<MemoState, MemoState>>;
const STORE_ENDS: Ends = { received: 'failed' };
const SEND_ENDS: Ends = { received: 'failed', stored: 'failed', sending: 'parked', unknown: 'parked' };
