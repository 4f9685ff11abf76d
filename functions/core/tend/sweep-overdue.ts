import { AftercallError } from '../model/errors.ts';
import { callOrder, firstPartId, groupOf, isFinal, type Memo, messagesOf, partId, STATES } from '../model/memo.ts';
import { isoTime, type Timing } from '../model/timing.ts';
import { stillSince } from '../model/wait-clock.ts';
import { isErased } from '../operate/drop-erased.ts';
import { erasureAtLinq } from '../operate/erase-memos.ts';
import type { Clock, KeyValueStore, Ledger, Log, MemoFilter, MemosQueue, RecordingsQueue } from '../ports/ports.ts';
import { openLaterParts } from '../store/open-later-parts.ts';
import { noteWaiting, queueAnew, type WaitingMemos } from './queue-anew.ts';

export interface SweepPorts {
  ledger: Ledger;
  recordings: RecordingsQueue;
  memos: MemosQueue;
  keyValues: Pick<KeyValueStore, 'read'>;
  clock: Clock;
  timing: Timing;
  /** How long the details of a memo in a final state are kept. */
  detailsMs: number;
  /** Resolves when the table's indexes show every row that was written before. */
  untilListed: () => Promise<void>;
  log: Log;
}

/**
 * Looks for what time has left behind. A memo whose message is long overdue has lost it (a purged queue, a message older
 * than SQS keeps): it gets another, and if the first turns up after all, the row's state decides. A memo in a final state older than
 * its retention becomes a tombstone, and Linq's copies of its audio are deleted. A run that has no more time left ends well:
 * the next one goes on.
 */
export const sweepOverdue = (ports: SweepPorts) => async (): Promise<Swept> => {
  const { clock, timing, detailsMs, log } = ports;
  const nowMs = clock.nowMs();
  const isTimeUp = () => clock.nowMs() - nowMs >= timing.sweepForMs;
  const failures: unknown[] = [];
  /** One that fails keeps no other from its turn. The next sweep finds it again. */
  const tried = async (memo: string, work: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await work();
    } catch (error) {
      failures.push(error);
      log.error('not swept', { step: 'tend', memo, outcome: 'not-swept', error });
      return false;
    }
  };
  const sweep = async (filter: MemoFilter, work: (memo: Memo) => Promise<boolean>): Promise<number> => {
    let done = 0;
    await inParallel(all(ports, filter, isTimeUp), async (memo) => {
      if (await tried(memo.id, () => work(memo))) done += 1;
    });
    return done;
  };

  const overdue: Overdue[] = [];
  const waiting: WaitingMemos = new Map();
  const dueBefore = isoTime(nowMs - timing.overdueMs);
  // All that are `stored`: they may wait for us, and be tried every minute.
  for (const state of NOT_FINAL)
    for await (const memo of all(ports, state === 'stored' ? { state } : { state, dueBefore }, isTimeUp)) {
      if (state === 'stored') noteWaiting(waiting, memo);
      if (memo.dueAt === undefined || memo.dueAt >= dueBefore) continue;
      overdue.push({ id: memo.id, order: callOrder(memo), chat: memo.target ? groupOf(memo.target) : memo.id });
    }
  let anew: ReadonlySet<string> = new Set();
  if (!isTimeUp())
    await tried('of a chat that waits for us', async () => {
      anew = await queueAnew(ports, waiting);
      return true;
    });
  let queuedAgain = 0;
  const lost = overdue.filter(({ id }) => !anew.has(id));
  const chats = Map.groupBy(lost.sort(byOrder), ({ chat }) => chat);
  // Of one chat one after the other, in the order of the calls; different chats side by side.
  await inParallel(chats.values(), async (ofOneChat) => {
    for (const { id } of ofOneChat) {
      if (isTimeUp()) return;
      if (await tried(id, () => queueAgain(ports, id))) queuedAgain += 1;
    }
  });
  const expired = await sweep({ until: isoTime(nowMs - detailsMs) }, async (memo) => {
    if (!isFinal(memo.state)) return false;
    await expire(ports, memo);
    return true;
  });
  if (failures.length > 0) throw failures[0];
  const goesOn = isTimeUp();
  const ms = clock.nowMs() - nowMs;
  const said = `swept: ${queuedAgain} queued again, ${expired} expired${goesOn ? '; the next run goes on' : ''}`;
  log.info(said, { step: 'tend', outcome: 'swept', ms });
  return { queuedAgain, expired, goesOn };
};

/** What is known of an overdue memo while all of them are put in order: thousands of whole rows would not fit. */
interface Overdue {
  id: string;
  order: string;
  chat: string;
}
const byOrder = (a: Overdue, b: Overdue): number => (a.order < b.order ? -1 : 1);

export interface Swept {
  queuedAgain: number;
  expired: number;
  /** Its time was over before the lists were. */
  goesOn: boolean;
}

/** Each waits for AWS nearly all of its time; the SDK opens 50 connections to a service. */
export const AT_ONCE = 32;

const inParallel = async <T>(
  items: AsyncIterator<T> | Iterator<T>,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const worker = async () => {
    for (let next = await items.next(); !next.done; next = await items.next()) await work(next.value);
  };
  // A list that fails ends for every worker; what each has in hand is done first.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
};

const NOT_FINAL = STATES.filter((state) => !isFinal(state));
const PAGE = 100;

/** Every memo of a list that this version can read, as long as there is time. What is done to one moves it out of the list, never within it. */
async function* all(
  { ledger, log }: Pick<SweepPorts, 'ledger' | 'log'>,
  filter: MemoFilter,
  isTimeUp: () => boolean,
): AsyncGenerator<Memo> {
  for (let next: string | undefined; !isTimeUp(); ) {
    const page = await ledger.list(filter, PAGE, next);
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

/** Linq's copies first: what leads to them goes last. The bytes in the bucket go by its own lifecycle. */
const expire = async ({ ledger, memos }: SweepPorts, memo: Memo) => {
  const atLinq = erasureAtLinq(memo);
  if (atLinq) await memos.sendErasure(atLinq);
  await ledger.forgetReceipts(memo.id, messagesOf(memo));
  await ledger.leaveTombstone(memo.id, memo);
};

const queueAgain = async (
  { ledger, recordings, memos, keyValues, clock, timing, log }: SweepPorts,
  id: string,
): Promise<boolean> => {
  const memo = await ledger.get(id);
  if (!memo || isFinal(memo.state) || !(await hasReadableParts(ledger, memo))) return false;
  const { state, generation, target, recording, createdAt, receivedAt = createdAt } = memo;
  // What an erasure has missed goes to `store` too, which drops what came before it, and clears away what was made of it.
  if (state === 'received' || (await isErased(keyValues, memo))) {
    const replay = generation > 0 ? { replay: { memo: id, generation } } : {};
    await recordings.send([{ v: 1, recording, ...(target && { target }), receivedAt, ...replay }]);
  } else if (target) {
    await memos.send({ v: 1, memo: id, generation }, groupOf(target));
    // A run that died has perhaps made no rows of the later parts. SQS swallows what is sent twice.
    for (const part of await openLaterParts(ledger, memo))
      if (part.state === 'stored')
        await memos.send({ v: 1, memo: part.id, generation: part.generation }, groupOf(target));
  }
  // Not again for a while: a queue that is only slow would fill with copies.
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
 * Whether this version can read the rows of a call's earlier parts. A part whose row a later version wrote waits for that version, and
 * the parts behind it wait too.
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
