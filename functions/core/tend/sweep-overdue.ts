import { AftercallError } from '../model/errors.ts';
import { callOrder, firstPartId, groupOf, isFinal, type Memo, messagesOf, partId } from '../model/memo.ts';
import { isoTime, type Timing } from '../model/timing.ts';
import { stillSince } from '../model/wait-clock.ts';
import { isErased, queueErased } from '../operate/drop-erased.ts';
import { erasureAtLinq } from '../operate/erase-memos.ts';
import type { Clock, KeyValueStore, Ledger, Log, MemoPage, MemosQueue, RecordingsQueue } from '../ports/ports.ts';
import { openLaterParts } from '../store/open-later-parts.ts';
import { isOld, queueAnew } from './queue-anew.ts';

export interface SweepPorts {
  ledger: Ledger;
  recordings: RecordingsQueue;
  memos: MemosQueue;
  keyValues: Pick<KeyValueStore, 'read' | 'readAll'>;
  clock: Clock;
  timing: Timing;
  /** How long the details of a memo in a final state are kept. */
  detailsMs: number;
  /** Resolves when the table's indexes show every row that was written before. */
  untilListed: () => Promise<void>;
  log: Log;
}

/**
 * Queues overdue memos again and removes expired ones. If a memo's message is long overdue, the message is lost (a
 * purged queue, or older than SQS keeps): the memo gets another, and if the first message comes after all, the row's
 * state decides. A memo in a final state that is older than its retention becomes a tombstone, and Linq's copies of its
 * audio are deleted. A run out of time ends without an error, and the next run goes on.
 */
export const sweepOverdue = (ports: SweepPorts) => async (): Promise<Swept> => {
  const { clock, timing, detailsMs, log } = ports;
  const nowMs = clock.nowMs();
  const isTimeUp = () => clock.nowMs() - nowMs >= timing.sweepForMs;
  const failures: unknown[] = [];
  /** A memo that fails does not stop the others. The next sweep finds it again. */
  const tried = async (memo: string, work: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await work();
    } catch (error) {
      failures.push(error);
      log.error('not swept', { step: 'tend', memo, outcome: 'not-swept', error });
      return false;
    }
  };
  const { ledger } = ports;
  const overdue: Overdue[] = [];
  const dueBefore = isoTime(nowMs - timing.overdueMs);
  let faultLasts = false;
  for await (const memo of all(log, (next) => ledger.due(dueBefore, PAGE, next), isTimeUp)) {
    faultLasts ||= isOld(memo, ports);
    if (memo.dueAt === undefined || memo.dueAt >= dueBefore) continue;
    overdue.push({ id: memo.id, order: callOrder(memo), chat: memo.target ? groupOf(memo.target) : memo.id });
  }
  let anew: ReadonlySet<string> = new Set();
  if (faultLasts && !isTimeUp())
    await tried('chats that wait for our own fault to be fixed', async () => {
      anew = await queueAnew(ports);
      return true;
    });
  let queuedAgain = 0;
  const lost = overdue.filter(({ id }) => !anew.has(id));
  const chats = Map.groupBy(lost.sort(byOrder), ({ chat }) => chat);
  // The memos of one chat one after the other, in the order of the calls; different chats in parallel.
  await inParallel(chats.values(), async (ofOneChat) => {
    for (const { id } of ofOneChat) {
      if (isTimeUp()) return;
      if (await tried(id, () => queueAgain(ports, id))) queuedAgain += 1;
    }
  });
  let expired = 0;
  const until = isoTime(nowMs - detailsMs);
  await inParallel(
    all(log, (next) => ledger.list({ until }, PAGE, next), isTimeUp),
    async (memo) => {
      if (isFinal(memo.state) && (await tried(memo.id, () => expire(ports, memo)))) expired += 1;
    },
  );
  if (failures.length > 0) throw failures[0];
  const goesOn = isTimeUp();
  const ms = clock.nowMs() - nowMs;
  const summary = `swept: ${queuedAgain} queued again, ${expired} expired${goesOn ? '; the next run goes on' : ''}`;
  log.info(summary, { step: 'tend', outcome: 'swept', ms });
  return { queuedAgain, expired, goesOn };
};

/** The facts of an overdue memo that sorting needs: thousands of whole rows would not fit into memory. */
interface Overdue {
  id: string;
  order: string;
  chat: string;
}
const byOrder = (a: Overdue, b: Overdue): number => (a.order < b.order ? -1 : 1);

export interface Swept {
  queuedAgain: number;
  expired: number;
  /** The run's time ended before its lists did. */
  goesOn: boolean;
}

/** The work is mostly waiting for AWS; the SDK opens 50 connections to a service. */
export const AT_ONCE = 32;

const inParallel = async <T>(
  items: AsyncIterator<T> | Iterator<T>,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const worker = async () => {
    for (let next = await items.next(); !next.done; next = await items.next()) await work(next.value);
  };
  // If the list fails, every worker ends after its present item.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
};

const PAGE = 100;

/**
 * Lists memos that this version can read, until the time is up. Work on a memo may move it out of the list, never
 * within the list.
 */
async function* all(
  log: Log,
  list: (next?: string) => Promise<MemoPage>,
  isTimeUp: () => boolean,
): AsyncGenerator<Memo> {
  for (let next: string | undefined; !isTimeUp(); ) {
    const page = await list(next);
    for (const memo of page.laterVersions ?? [])
      log.error('a later version wrote this row: the sweep leaves it', {
        step: 'tend',
        memo,
        outcome: 'later-version',
      });
    for (const memo of page.memos) {
      if (isTimeUp()) return;
      yield memo;
    }
    if (page.next === undefined) return;
    next = page.next;
  }
}

/** Linq's copies first, the row last: the row leads to the copies. The bucket's lifecycle deletes the bytes there. */
const expire = async ({ ledger, memos }: SweepPorts, memo: Memo): Promise<boolean> => {
  const atLinq = erasureAtLinq(memo);
  if (atLinq) await memos.sendErasure(atLinq);
  await ledger.forgetReceipts(memo.id, messagesOf(memo));
  await ledger.leaveTombstone(memo.id, memo);
  return true;
};

const queueAgain = async (
  { ledger, recordings, memos, keyValues, clock, timing, log }: SweepPorts,
  id: string,
): Promise<boolean> => {
  const memo = await ledger.get(id);
  if (!memo || isFinal(memo.state) || !(await hasReadableParts(ledger, memo))) return false;
  const { state, generation, target, recording, createdAt, receivedAt = createdAt } = memo;
  if (state === 'received') {
    const replay = generation > 0 ? { replay: { memo: id, generation } } : {};
    await recordings.send([{ v: 1, recording, ...(target && { target }), receivedAt, ...replay }]);
  } else if (state !== 'sending' && (await isErased(keyValues, memo))) {
    await queueErased(recordings, memo); // first `send` finds out what became of a memo in `sending`
  } else if (target) {
    await memos.send({ v: 1, memo: id, generation }, groupOf(target));
    // A crashed run may not have made the rows of the later parts. SQS drops a message that is sent twice.
    for (const part of await openLaterParts(ledger, memo))
      if (part.state === 'stored')
        await memos.send({ v: 1, memo: part.id, generation: part.generation }, groupOf(target));
  }
  // Not again for six hours: a queue that is only slow would fill with copies.
  await ledger.move(id, {
    from: state,
    to: state,
    where: { generation },
    set: { dueAt: isoTime(clock.nowMs() + timing.sweptAgainMs), ...stillSince(memo) },
  });
  log.warn('overdue: queued again', { step: 'tend', memo: id, outcome: state });
  return true;
};

/**
 * Whether this version can read the rows of a call's earlier parts. A part whose row a later version wrote waits for
 * that version, and so do the parts behind it.
 */
const hasReadableParts = async (ledger: Pick<Ledger, 'get'>, { id, part }: Memo): Promise<boolean> => {
  const earlier = Array.from({ length: (part?.number ?? 1) - 1 }, (_, index) => partId(firstPartId(id), index + 1));
  try {
    await Promise.all(earlier.map((each) => ledger.get(each)));
    return true;
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'later_version') return false;
    throw error;
  }
};
