import { wasErased } from './drop-erased.ts';
import { erasureAtLinq, messagesOf } from './erase-memos.ts';
import { groupOf, isSettled, type Memo, STATES } from './memo.ts';
import type { Clock, Ledger, Log, MemoFilter, MemosQueue, Notes, RecordingsQueue } from './ports.ts';
import { isoTime, type Timing } from './timing.ts';

export interface SweepPorts {
  ledger: Ledger;
  recordings: RecordingsQueue;
  memos: MemosQueue;
  notes: Pick<Notes, 'read'>;
  clock: Clock;
  timing: Timing;
  /** How long the details of a settled memo are kept. */
  detailsMs: number;
  log: Log;
}

/**
 * Looks for what time has left behind. A memo whose message is long overdue has lost it (a purged queue, a message older
 * than SQS keeps): it gets another, and if the first turns up after all, the row's state decides. A settled memo older than
 * its retention becomes a tombstone, and Linq's copies of its audio are deleted.
 */
export const sweepOverdue = (ports: SweepPorts) => async (): Promise<{ queuedAgain: number; expired: number }> => {
  const { clock, timing, detailsMs, log } = ports;
  const nowMs = clock.nowMs();
  const failures: unknown[] = [];
  /** One that fails keeps no other from its turn. The next sweep finds it again. */
  const done = async (memo: Memo, work: Promise<unknown>): Promise<number> => {
    try {
      await work;
      return 1;
    } catch (error) {
      failures.push(error);
      log.error('not swept', { step: 'tend', memo: memo.id, outcome: 'not-swept', error });
      return 0;
    }
  };

  let queuedAgain = 0;
  for (const state of UNSETTLED) {
    for await (const memo of all(ports, { state, dueBefore: isoTime(nowMs - timing.overdueMs) }))
      queuedAgain += await done(memo, queueAgain(ports, memo));
  }
  let expired = 0;
  for await (const memo of all(ports, { until: isoTime(nowMs - detailsMs) })) {
    if (isSettled(memo.state)) expired += await done(memo, expire(ports, memo));
  }
  if (failures.length > 0) throw failures[0];
  const ms = clock.nowMs() - nowMs;
  log.info(`swept: ${queuedAgain} queued again, ${expired} expired`, { step: 'tend', outcome: 'swept', ms });
  return { queuedAgain, expired };
};

const UNSETTLED = STATES.filter((state) => !isSettled(state));
const PAGE = 100;

/** Every memo of a list that this version can read. What is done to one moves it out of the list, never within it. */
async function* all({ ledger, log }: Pick<SweepPorts, 'ledger' | 'log'>, filter: MemoFilter): AsyncGenerator<Memo> {
  for (let next: string | undefined; ; ) {
    const page = await ledger.list(filter, PAGE, next);
    for (const memo of page.laterVersions ?? [])
      log.error('a later version wrote this row: the sweep leaves it', {
        step: 'tend',
        memo,
        outcome: 'later-version',
      });
    yield* page.memos;
    if (page.next === undefined) return;
    next = page.next;
  }
}

/** Linq's copies first: what leads to them goes last. The bytes in the bucket go by its own lifecycle. */
const expire = async ({ ledger, memos }: SweepPorts, memo: Memo) => {
  const atLinq = erasureAtLinq(memo);
  if (atLinq) await memos.sendErasure(atLinq);
  await ledger.forgetReceipts(memo.id, messagesOf(memo));
  await ledger.entomb(memo.id, memo);
};

const queueAgain = async ({ ledger, recordings, memos, notes, clock, timing, log }: SweepPorts, memo: Memo) => {
  const { id, state, turn, target, recording, createdAt, receivedAt = createdAt } = memo;
  // What an erasure has missed goes to `store` too, which drops what came before it, and clears away what was made of it.
  if (state === 'received' || (await wasErased(notes, { recording, receivedAt }))) {
    const replay = turn > 0 ? { replay: { memo: id, turn } } : {};
    await recordings.send([{ v: 1, recording, targets: target ? [target] : [], receivedAt, ...replay }]);
  } else if (target) {
    await memos.send({ v: 1, memo: id, turn }, groupOf(target));
  }
  // Not again for a while: a queue that is only slow would fill with copies.
  await ledger.move(id, {
    from: state,
    to: state,
    where: { turn },
    set: { dueAt: isoTime(clock.nowMs() + timing.sweptAgainMs) },
  });
  log.warn('overdue: queued again', { step: 'tend', memo: id, outcome: state });
};
