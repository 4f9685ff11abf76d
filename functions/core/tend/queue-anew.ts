import { callOrder, groupOf, type Memo } from '../model/memo.ts';
import { isoTime, type Timing } from '../model/timing.ts';
import { stillSince } from '../model/wait-clock.ts';
import type { Clock, Ledger, Log, MemosQueue } from '../ports/ports.ts';

export interface QueueAnewPorts {
  ledger: Pick<Ledger, 'list' | 'move'>;
  memos: Pick<MemosQueue, 'send'>;
  clock: Clock;
  timing: Timing;
  /** Resolves when the table's indexes show every row that was written before. */
  untilListed: () => Promise<void>;
  log: Log;
}

/**
 * Keeps the order of a chat while our own fault (a key that Linq refuses) lasts. The first memo of the chat is then tried every
 * minute, and SQS gives up a message after a thousand receives, some twelve hours: the memo would come back behind the later
 * ones. So, well before that, every waiting memo of the chat gets a new message, in the order of the calls, with a later generation.
 * The old messages are of an older generation from then on, and `send` drops them.
 *
 * The new messages go out before any generation is raised. So a run that dies in between leaves copies, which send nothing twice.
 * @param first every waiting memo, by `noteWaiting`, as the sweep has just listed them
 * @returns the memos that have new messages
 */
export const queueAnew = async (ports: QueueAnewPorts, first: WaitingMemos): Promise<ReadonlySet<string>> => {
  const { clock, timing, log } = ports;
  const beganMs = clock.nowMs();
  const isOld = ({ ownFaultSince }: Waiting) =>
    ownFaultSince !== undefined && Date.parse(ownFaultSince) <= beganMs - timing.queuedAnewMs;
  let waiting = first;
  const due = [...waiting].filter(([, memos]) => memos.some(isOld)).map(([group]) => group);
  const groups = due.slice(0, MOST_CHATS);
  if (groups.length === 0) return new Set();

  const renewed = new Map<string, Waiting[]>(groups.map((group) => [group, []]));
  for (let pass = 1, open = groups; ; pass += 1) {
    const missing = open.map((group) => ({ group, memos: missingIn(waiting.get(group), renewed.get(group)) }));
    open = missing.filter(({ memos }) => memos.length > 0).map(({ group }) => group);
    if (open.length === 0) break;
    if (pass > MOST_PASSES) {
      for (const group of open) renewed.delete(group); // calls come too fast: the next run tries again
      break;
    }
    await inParallel(missing, async ({ group, memos }) => {
      for (const { id, generation } of memos)
        await ports.memos.send({ v: 1, memo: id, generation: generation + 1, anew: true }, group);
      renewed.get(group)?.push(...memos);
    });
    // A memo that was queued before these messages and has none of them would go first. The next list shows it.
    await ports.untilListed();
    waiting = await listWaiting(ports);
  }
  await inParallel([...renewed.values()], (memos) => raiseTurns(ports, memos));
  log.warn(`our own fault lasts: the memos of ${renewed.size} chats have new messages`, {
    step: 'tend',
    outcome: 'queued-anew',
    ms: clock.nowMs() - beganMs,
  });
  return new Set([...renewed.values()].flat().map(({ id }) => id));
};

/** Each pass takes the index's lag. In that time most chats have no new call. */
const MOST_PASSES = 4;
/** What one run takes on. With a run every five minutes, 28,000 chats in the six hours that are left. */
const MOST_CHATS = 400;
const AT_ONCE = 32;
const PAGE = 100;

/** What is known of a waiting memo: thousands of whole rows would not fit. */
type Waiting = Pick<Memo, 'id' | 'generation' | 'ownFaultSince'> & {
  order: string;
  still: ReturnType<typeof stillSince>;
};
/** By message group. */
export type WaitingMemos = Map<string, Waiting[]>;

/** Takes a `stored` row down. One without a target is in no chat. */
export const noteWaiting = (waiting: WaitingMemos, row: Memo): void => {
  const { id, generation, target, ownFaultSince, waitingFor } = row;
  if (!target) return;
  const isOurs = waitingFor === 'us' && ownFaultSince !== undefined;
  const memo = { id, generation, order: callOrder(row), still: stillSince(row), ...(isOurs && { ownFaultSince }) };
  const group = groupOf(target);
  waiting.set(group, [...(waiting.get(group) ?? []), memo]);
};

const listWaiting = async ({ ledger }: QueueAnewPorts): Promise<WaitingMemos> => {
  const waiting: WaitingMemos = new Map();
  for (let next: string | undefined; ; ) {
    const page = await ledger.list({ state: 'stored' }, PAGE, next);
    for (const row of page.memos) noteWaiting(waiting, row);
    if (page.next === undefined) return waiting;
    next = page.next;
  }
};

/** In the order of the calls. */
const missingIn = (waiting: readonly Waiting[] = [], known: readonly Waiting[] = []): Waiting[] =>
  waiting.filter(({ id }) => !known.some((memo) => memo.id === id)).toSorted((a, b) => (a.order < b.order ? -1 : 1));

/** From the last to the first: the first one's old message holds the group until every other old one is dropped. */
const raiseTurns = async ({ ledger, clock, timing }: QueueAnewPorts, memos: readonly Waiting[]): Promise<void> => {
  const nowMs = clock.nowMs();
  for (const { id, generation, still, ownFaultSince } of memos.toReversed())
    await ledger.move(id, {
      from: 'stored',
      to: 'stored',
      generation: generation + 1,
      where: { generation },
      set: {
        dueAt: isoTime(nowMs + timing.sweptAgainMs),
        ...still,
        ...(ownFaultSince && { ownFaultSince: isoTime(nowMs) }),
      },
    });
};

const inParallel = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  for (let start = 0; start < items.length; start += AT_ONCE)
    await Promise.all(items.slice(start, start + AT_ONCE).map(work));
};
