import { AftercallError } from './errors.ts';
import { type MemoState, memoId } from './memo.ts';
import type { DeadLetter } from './messages.ts';
import type { Ledger, Log, StepVerdict } from './ports.ts';

export interface BuryDeadLetterPorts {
  ledger: Ledger;
  log: Log;
}

/**
 * Marks the rows of a message that a queue gave up on, and keeps its body in the row for replay. A memo that may have
 * been sent is parked; a recording that never had a row gets one, so that nothing ends in silence.
 */
export const buryDeadLetter =
  ({ ledger, log }: BuryDeadLetterPorts) =>
  async (letter: DeadLetter): Promise<StepVerdict> => {
    for (const { id, turn } of await rowsOf(letter, ledger)) {
      const row = await ledger.get(id);
      const to = row && ENDS[row.state];
      if (!row || !to || turn < row.turn) continue;
      const note = { reason: `given up: its message went to the dead-letter queue while it was ${row.state}` };
      const deadLetter = JSON.stringify(letter);
      const moved = await ledger.move(id, {
        from: row.state,
        to,
        where: { turn: row.turn },
        set: { deadLetter },
        note,
      });
      if (!moved) throw new AftercallError('conflict', 'the memo has moved on', { memo: id, retryable: true });
      log.error('dead letter', { step: 'tend', memo: id, outcome: to });
    }
    return { kind: 'done', outcome: 'buried' };
  };

/** A recording's rows are made here where `store` never came so far. */
const rowsOf = async (letter: DeadLetter, ledger: Ledger): Promise<{ id: string; turn: number }[]> => {
  if ('memo' in letter) return [{ id: letter.memo, turn: letter.turn }];
  const { recording, targets } = letter;
  const known = targets === 'ask' || targets.length === 0 ? [undefined] : targets;
  const rows = known.map((target) =>
    ledger.open({ id: memoId(recording, target), state: 'received', recording, ...(target && { target }) }),
  );
  return (await Promise.all(rows)).map(({ id, turn }) => ({ id, turn }));
};

const ENDS: Partial<Record<MemoState, MemoState>> = {
  received: 'failed',
  stored: 'failed',
  sending: 'parked',
  unknown: 'parked',
};
