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
 * Keeps the order of a chat while our own fault (a key that Linq refuses) lasts. The chat's first memo is tried every
 * minute, and SQS gives up a message after a thousand receives, about twelve hours: the memo would then come back
 * behind the later memos. So, well before that, every waiting memo of the chat gets a new message with a later
 * generation, in the order of the calls. `send` drops the old messages, which then have an older generation.
 *
 * The new messages are sent before any generation is raised: a run that crashes in between leaves extra messages, which
 * send nothing twice.
 * @returns the memos that have new messages
 */
export const queueAnew = async (ports: QueueAnewPorts): Promise<ReadonlySet<string>> => {
  const { clock, log } = ports;
  const beganMs = clock.nowMs();
  let waiting = await listWaiting(ports);
  const due = [...waiting].filter(([, memos]) => memos.some((memo) => memo.isOld)).map(([group]) => group);
  const groups = due.slice(0, MOST_CHATS);
  if (groups.length === 0) return new Set();

  const renewed = new Map<string, Waiting[]>(groups.map((group) => [group, []]));
  for (let pass = 1, open = groups; ; pass += 1) {
    const missing = open.map((group) => ({ group, memos: missingIn(waiting.get(group), renewed.get(group)) }));
    open = missing.filter(({ memos }) => memos.length > 0).map(({ group }) => group);
    if (open.length === 0) break;
    if (pass > MOST_PASSES) {
      for (const group of open) renewed.delete(group); // new calls come too fast: the next run tries again
      break;
    }
    await inParallel(missing, async ({ group, memos }) => {
      for (const { id, generation } of memos)
        await ports.memos.send({ v: 1, memo: id, generation: generation + 1, anew: true }, group);
      renewed.get(group)?.push(...memos);
    });
    // A memo that was queued meanwhile and has no new message would overtake. The next list shows it.
    await ports.untilListed();
    waiting = await listWaiting(ports);
  }
  await inParallel([...renewed.values()], (memos) => raiseGenerations(ports, memos));
  log.warn(`our own fault lasts: the memos of ${renewed.size} chats got new messages`, {
    step: 'tend',
    outcome: 'queued-anew',
    ms: clock.nowMs() - beganMs,
  });
  return new Set([...renewed.values()].flat().map(({ id }) => id));
};

/** Whether a row waits so long for our own fault to be fixed that its message must be made anew. */
export const isOld = (
  { state, waitingFor, ownFaultSince }: Memo,
  { clock, timing }: Pick<QueueAnewPorts, 'clock' | 'timing'>,
): boolean =>
  state === 'stored' &&
  waitingFor === 'us' &&
  ownFaultSince !== undefined &&
  Date.parse(ownFaultSince) <= clock.nowMs() - timing.queuedAnewMs;

/** Each pass takes as long as the index lags. Most chats have no new call in that time. */
const MOST_PASSES = 4;
/** For one run. With a run every five minutes, 28,000 chats are possible in the remaining six hours. */
const MOST_CHATS = 400;
const AT_ONCE = 32;
const PAGE = 100;

/** The facts of a waiting memo: thousands of whole rows would not fit into memory. */
type Waiting = Pick<Memo, 'id' | 'generation' | 'ownFaultSince'> & {
  order: string;
  isOld: boolean;
  still: ReturnType<typeof stillSince>;
};
/** By message group. A row without a target belongs to no chat. */
type WaitingMemos = Map<string, Waiting[]>;

const listWaiting = async (ports: QueueAnewPorts): Promise<WaitingMemos> => {
  const waiting: WaitingMemos = new Map();
  for (let next: string | undefined; ; ) {
    const page = await ports.ledger.list({ state: 'stored' }, PAGE, next);
    for (const row of page.memos) {
      if (!row.target) continue;
      const group = groupOf(row.target);
      waiting.set(group, [...(waiting.get(group) ?? []), waitingOf(row, ports)]);
    }
    if (page.next === undefined) return waiting;
    next = page.next;
  }
};

const waitingOf = (row: Memo, ports: QueueAnewPorts): Waiting => {
  const { id, generation, ownFaultSince, waitingFor } = row;
  const isOurs = waitingFor === 'us' && ownFaultSince !== undefined;
  const facts = { id, generation, order: callOrder(row), isOld: isOld(row, ports), still: stillSince(row) };
  return { ...facts, ...(isOurs && { ownFaultSince }) };
};

/** The waiting memos without a new message, in the order of the calls. */
const missingIn = (waiting: readonly Waiting[] = [], known: readonly Waiting[] = []): Waiting[] =>
  waiting.filter(({ id }) => !known.some((memo) => memo.id === id)).toSorted((a, b) => (a.order < b.order ? -1 : 1));

/**
 * From the last memo to the first: the first memo's old message holds up the group until all other old messages are
 * dropped.
 */
const raiseGenerations = async (
  { ledger, clock, timing }: QueueAnewPorts,
  memos: readonly Waiting[],
): Promise<void> => {
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
