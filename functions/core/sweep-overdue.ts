import { attachmentsOf } from './erase-memos.ts';
import { groupOf, type Memo, type MemoState } from './memo.ts';
import type { Clock, Ledger, Log, MemoFilter, MemosQueue, RecordingsQueue } from './ports.ts';
import { isoTime, type Timing } from './timing.ts';

export interface SweepPorts {
  ledger: Ledger;
  recordings: RecordingsQueue;
  memos: MemosQueue;
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
  const { ledger, clock, timing, detailsMs, log } = ports;
  const nowMs = clock.nowMs();
  let queuedAgain = 0;
  for (const state of UNSETTLED) {
    for await (const memo of all(ledger, { state, dueBefore: isoTime(nowMs - timing.overdueMs) })) {
      await queueAgain(ports, memo);
      queuedAgain += 1;
      log.warn('overdue: queued again', { step: 'tend', memo: memo.id, outcome: memo.state });
    }
  }
  let expired = 0;
  for await (const memo of all(ledger, { until: isoTime(nowMs - detailsMs) })) {
    const { id, state, turn } = memo;
    if (UNSETTLED.some((unsettled) => unsettled === state)) continue;
    const attachments = attachmentsOf(memo);
    if (attachments.length > 0) await ports.memos.sendErasure({ v: 1, erase: { memo: id, attachments } });
    await ledger.entomb(id, { state, turn });
    expired += 1;
  }
  const ms = clock.nowMs() - nowMs;
  log.info(`swept: ${queuedAgain} queued again, ${expired} expired`, { step: 'tend', outcome: 'swept', ms });
  return { queuedAgain, expired };
};

const UNSETTLED = ['received', 'stored', 'sending', 'unknown'] as const satisfies readonly MemoState[];
const PAGE = 100;

/** Every memo of a list. What is done to one moves it out of the list, never within it. */
async function* all(ledger: Ledger, filter: MemoFilter): AsyncGenerator<Memo> {
  for (let next: string | undefined; ; ) {
    const page = await ledger.list(filter, PAGE, next);
    yield* page.memos;
    if (page.next === undefined) return;
    next = page.next;
  }
}

const queueAgain = async ({ ledger, recordings, memos, clock, timing }: SweepPorts, memo: Memo) => {
  const { id, state, turn, target, recording, createdAt } = memo;
  if (state === 'received') {
    const replay = turn > 0 ? { replay: { memo: id, turn } } : {};
    await recordings.send([{ v: 1, recording, targets: target ? [target] : [], receivedAt: createdAt, ...replay }]);
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
};
