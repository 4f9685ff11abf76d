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
 * Handles a message from a dead-letter queue: marks the rows of its memos and keeps its body in the row for a replay. A
 * memo that may have been sent is parked. A recording without a row gets one, so that no recording disappears silently.
 * A memo that is stored, or that waits for our own fault to be fixed, gets a new message.
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
      await recordings.send([letter]); // `store` drops the recording and deletes its bytes, which `tend` may not
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
      const note = { reason: `given up: its message went to the dead-letter queue while the memo was ${row.state}` };
      const deadLetter = JSON.stringify(letter);
      const moved = await ledger.move(id, {
        from: row.state,
        to,
        where: { generation: row.generation },
        set: { deadLetter },
        note,
      });
      if (!moved)
        throw new AftercallError('conflict', 'the memo has changed meanwhile: try again', {
          memo: id,
          retryable: true,
        });
      log.error('dead letter', { step: 'tend', memo: id, outcome: 'dead-letter' });
    }
    return { kind: 'done', outcome: 'dead-lettered' };
  };

/** The rows of a message. Makes a recording's row where `store` has not made it. */
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
