import { AftercallError } from '../model/errors.ts';
import { groupOf, type Memo, type MemoState, type Target } from '../model/memo.ts';
import { type DeadLetter, type LinqErasure, memoIdOf } from '../model/messages.ts';
import type { WebhookTrace } from '../model/traces.ts';
import { isErased, queueErased, wasErased } from '../operate/drop-erased.ts';
import type { KeyValueStore, Ledger, Log, MemosQueue, RecordingsQueue, StepVerdict } from '../ports/ports.ts';
import { openLaterParts } from '../store/open-later-parts.ts';

export interface HandleDeadLetterPorts {
  ledger: Ledger;
  keyValues: Pick<KeyValueStore, 'read' | 'readAll'>;
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
  (ports: HandleDeadLetterPorts) =>
  async (letter: DeadLetter | WebhookTrace): Promise<StepVerdict> => {
    const { ledger, keyValues, recordings } = ports;
    if ('erase' in letter) return reportCopies(ports, letter);
    if ('trace' in letter) return { kind: 'done', outcome: 'dropped' };
    if ('recording' in letter && (await wasErased(keyValues, letter))) {
      await recordings.send([letter]); // `store` drops the recording and deletes its bytes, which `tend` may not
      return { kind: 'done', outcome: 'erased' };
    }
    for (const { id, generation } of await rowsOf(letter, ledger)) {
      const row = await ledger.get(id);
      if (row && generation >= row.generation) await handleRow(ports, letter, row);
    }
    return { kind: 'done', outcome: 'dead-lettered' };
  };

const reportCopies = ({ log }: HandleDeadLetterPorts, { erase }: LinqErasure): StepVerdict => {
  const { memo, attachments, messages = [] } = erase;
  const reason = [...attachments, ...messages].join(' ');
  log.error('copies are left at Linq', { step: 'tend', memo, outcome: 'not-erased', reason });
  return { kind: 'done', outcome: 'not erased' };
};

type MemoLetter = Exclude<DeadLetter, LinqErasure>;

const handleRow = async (ports: HandleDeadLetterPorts, letter: MemoLetter, row: Memo): Promise<void> => {
  const { ledger, keyValues, recordings, log } = ports;
  const { id, state, generation, target } = row;
  if ((state === 'stored' || state === 'unknown') && (await isErased(keyValues, row)))
    return queueErased(recordings, row);
  const isWaiting = state === 'stored' && (!('memo' in letter) || row.waitingFor === 'us');
  if (isWaiting && target) return queueAgain(ports, row, target);
  const to = ('memo' in letter ? SEND_ENDS : STORE_ENDS)[state];
  if (!to) return;
  const note = { reason: `given up: its message went to the dead-letter queue while the memo was ${state}` };
  // A payload is kept for a shorter time than the row.
  const set = { deadLetter: JSON.stringify({ ...letter, payload: undefined }) };
  if (!(await ledger.move(id, { from: state, to, where: { generation }, set, note })))
    throw new AftercallError('conflict', 'the memo has changed meanwhile: try again', { memo: id, retryable: true });
  log.error('dead letter', { step: 'tend', memo: id, outcome: 'dead-letter' });
};

/** With the later parts of its call, whose rows a crashed run may not have made. */
const queueAgain = async ({ ledger, memos }: HandleDeadLetterPorts, row: Memo, target: Target): Promise<void> => {
  await memos.send({ v: 1, memo: row.id, generation: row.generation }, groupOf(target));
  for (const { id, state, generation } of await openLaterParts(ledger, row))
    if (state === 'stored') await memos.send({ v: 1, memo: id, generation }, groupOf(target));
};

/** The rows of a message. Makes a recording's row where `store` has not made it. */
const rowsOf = async (letter: MemoLetter, ledger: Ledger): Promise<{ id: string; generation: number }[]> => {
  if ('memo' in letter) return [{ id: letter.memo, generation: letter.generation }];
  const { recording, target, receivedAt, replay } = letter;
  const known = target && target !== 'ask' ? { target } : {};
  const row = await ledger.open({ id: memoIdOf(letter), state: 'received', recording, receivedAt, ...known });
  return row ? [{ id: row.id, generation: replay?.memo === row.id ? replay.generation : 0 }] : [];
};

type Ends = Partial<Record<MemoState, MemoState>>;
const STORE_ENDS: Ends = { received: 'failed' };
const SEND_ENDS: Ends = { received: 'failed', stored: 'failed', sending: 'parked', unknown: 'parked' };
