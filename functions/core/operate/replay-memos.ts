import { fanOut } from '../model/fan-out.ts';
import type { Memo, MemoState } from '../model/memo.ts';
import { callOrder, groupOf, isFinal } from '../model/memo.ts';
import { type DeadLetter, deadLetterSchema, type MemoMessage, readMessage } from '../model/messages.ts';
import type { Route, Routing } from '../model/route.ts';
import { isoTime } from '../model/timing.ts';
import { recipientsOf, suppressionsOf } from '../policy/suppression-list.ts';
import type { AudioStore, Clock, KeyValueStore, Ledger, MemosQueue, RecordingsQueue, Sources } from '../ports/ports.ts';
import { routeOrAsk } from '../source/route-or-ask.ts';
import { isUnreadable } from './keep-unreadable.ts';

export interface ReplayPorts {
  ledger: Pick<Ledger, 'get' | 'move'>;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  audio: Pick<AudioStore, 'head'>;
  recordings: RecordingsQueue;
  memos: MemosQueue;
  sources: Sources;
  routes: readonly Route[];
  clock: Clock;
}

export interface ReplayWish {
  /** Also replays memos that were sent or skipped, and memos that may have been sent, without asking Linq first. */
  force: boolean;
  /** The chat for memos without a target, in place of the routes. */
  chat?: string;
}

/** What a replay does with a memo, or why it does nothing with it. */
export type ReplayPlan = keyof typeof WORDS;
type Doing = { plan: ReplayPlan; enqueue?: () => Promise<void> };

const WORDS = {
  send: ['would be sent', 'will be sent'],
  ask: ['may have been sent: Linq would be asked first', 'may have been sent: Linq is asked first'],
  fetch: ['would be fetched again', 'will be fetched again'],
  route: ['would be routed now', 'will be routed now'],
  read: ['has a message that can be read now and would be queued', 'has a message that can be read now and is queued'],
  delivered: 'already delivered',
  'held-back': 'skipped for a reason that still holds',
  suppressed: 'held back by the suppression list',
  'in-hand': 'still in progress',
  expired: 'with an expired recording',
  'no-route': 'still without a route',
  unreadable: 'has a message that still cannot be read',
} as const;

/** All plans, in the order of a sentence. */
export const REPLAY_PLANS = Object.keys(WORDS) as ReplayPlan[]; // the type is made from the keys of this table

/**
 * The state that a replay gives a memo; undefined where it gives none. A memo that was sent, or skipped (opted out, for
 * example), is sent only with `force`. For a memo that may have been sent, Linq is asked.
 */
export const replayedState = ({ state, audio }: Memo, force: boolean): MemoState | undefined => {
  switch (state) {
    case 'failed':
    case 'rejected':
    case 'unrouted': // with a target whose chat was not found
      return audio ? 'stored' : 'received';
    case 'parked':
      return force ? 'stored' : 'unknown';
    case 'sent':
    case 'delivered':
    case 'read':
    case 'skipped':
      return force && audio ? 'stored' : undefined;
    default:
      return undefined;
  }
};

/**
 * The consumer's part of a replay: makes the move for a message of a later generation. @returns the row after the move
 */
export const applyReplay = async (
  ledger: Pick<Ledger, 'get' | 'move'>,
  row: Memo,
  generation: number,
  force = false,
): Promise<Memo> => {
  const to = replayedState(row, force);
  if (to === undefined) return row;
  const moved = await ledger.move(row.id, {
    from: row.state,
    to,
    generation,
    where: { generation: row.generation },
    // With `force` an earlier unknown attempt is no longer asked about. Otherwise Linq is asked before the next POST.
    set: {
      cannotFetch: 0,
      ...(to === 'unknown' && { unknownSince: row.unknownSince ?? row.attemptedAt ?? row.updatedAt }),
    },
    clear: [
      'waitingSince',
      'pausedAt',
      'waitingFor',
      'ownFaultSince',
      'unknowns',
      'deadLetter',
      ...(force ? (['unknownSince'] as const) : []),
    ],
    note: { reason: force ? 'replayed by force' : 'replayed' },
  });
  return moved ?? (await ledger.get(row.id)) ?? row;
};

/**
 * Plans the replay of memos, and queues it unless this is a dry run. The messages have a later generation, and the
 * steps make the moves, so that a replay that is requested twice happens once.
 */
export const replayMemos =
  (ports: ReplayPorts) =>
  async (memos: readonly Memo[], wish: ReplayWish, dryRun: boolean): Promise<{ memo: Memo; plan: ReplayPlan }[]> => {
    const planned = await inParallel(memos, async (memo) => ({ memo, ...(await planOf(ports, memo, wish)) }));
    if (!dryRun) {
      const inOrder = planned.toSorted((a, b) => (callOrder(a.memo) < callOrder(b.memo) ? -1 : 1));
      // The memos of one chat are queued one after the other, in the order of the calls.
      const chats = Map.groupBy(inOrder, ({ memo: { id, target } }) => (target ? groupOf(target) : id));
      await inParallel([...chats.values()], async (ofOneChat) => {
        for (const { enqueue } of ofOneChat) await enqueue?.();
      });
    }
    return planned.map(({ memo, plan }) => ({ memo, plan }));
  };

/** "3 would be sent, 1 already delivered, 2 with an expired recording". */
export const inWords = (plans: readonly ReplayPlan[], dryRun: boolean): string => {
  const clauses = REPLAY_PLANS.flatMap((plan) => {
    const count = plans.filter((each) => each === plan).length;
    const words = WORDS[plan];
    return count > 0 ? [`${count} ${typeof words === 'string' ? words : words[dryRun ? 0 : 1]}`] : [];
  });
  return clauses.length > 0 ? clauses.join(', ') : 'no memo matches';
};

const AT_ONCE = 16;
const inParallel = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const done: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  return done;
};

const planOf = async (ports: ReplayPorts, row: Memo, wish: ReplayWish): Promise<Doing> => {
  if (!isFinal(row.state)) return { plan: 'in-hand' };
  const { deadLetter } = row;
  if (deadLetter !== undefined && isUnreadable(row)) return planReading(ports, { ...row, deadLetter });
  if (!row.target) return planRouting(ports, row, wish.chat);
  const to = replayedState(row, wish.force);
  if (to === undefined) return { plan: row.state === 'skipped' ? 'held-back' : 'delivered' };
  if (to !== 'unknown' && (await isSuppressed(ports, row))) return { plan: 'suppressed' }; // an unknown attempt is still reconciled
  const { target } = row;
  if (to === 'received')
    return { plan: 'fetch', enqueue: () => enqueueRecording(ports, row, { kind: 'targets', targets: [target] }) };
  if (!row.audio || !(await ports.audio.head(row.audio.key))) return { plan: 'expired' };
  // With force the generation rises by two, so that the message also counts after a queued replay without force.
  const generation = row.generation + (wish.force ? 2 : 1);
  const message: MemoMessage = { v: 1, memo: row.id, generation, ...(wish.force && { force: true }) };
  return {
    plan: to === 'unknown' ? 'ask' : 'send',
    enqueue: () => ports.memos.send(message, groupOf(target)),
  };
};

/**
 * For the row of an unreadable message: if this code can read the message, it is queued unchanged, and the row is
 * `skipped`.
 */
const planReading = async (ports: ReplayPorts, row: Memo & { deadLetter: string }): Promise<Doing> => {
  if (row.state === 'skipped') return { plan: 'held-back' };
  const read = readMessage(deadLetterSchema, row.deadLetter);
  if (read.kind !== 'known') return { plan: 'unreadable' };
  const { message } = read;
  const enqueue = async () => {
    await queueAsItWas(ports, message);
    const note = { reason: 'its message could be read and is queued again' };
    const { id, state, generation } = row;
    await ports.ledger.move(id, {
      from: state,
      to: 'skipped',
      generation: generation + 1,
      where: { generation },
      note,
    });
  };
  return { plan: 'read', enqueue };
};

const queueAsItWas = async ({ recordings, memos, ledger }: ReplayPorts, message: DeadLetter): Promise<void> => {
  if ('recording' in message) return recordings.send([message]);
  if ('erase' in message) return memos.sendErasure(message);
  const target = (await ledger.get(message.memo))?.target;
  if (target) await memos.send(message, groupOf(target)); // without a row there is nothing to send
};

/** A memo that never had a target gets one from the request, or from the present routes. */
const planRouting = async (ports: ReplayPorts, row: Memo, chat: string | undefined): Promise<Doing> => {
  if (row.state === 'skipped') return { plan: 'held-back' };
  const source = await ports.sources.find(row.recording.source);
  const routing = routeOrAsk({ ...row.recording, ...(chat && { chat }) }, ports.routes, source);
  if (routing.kind === 'targets') {
    const { targets } = routing;
    if (targets.length === 0) return { plan: 'no-route' };
    if (await isEvery(targets, (target) => isSuppressed(ports, { target }))) return { plan: 'suppressed' };
  }
  if (row.audio && !(await ports.audio.head(row.audio.key))) return { plan: 'expired' };
  return { plan: 'route', enqueue: () => enqueueRecording(ports, row, routing) };
};

/** Memos to recipients on the suppression list are not sent, not even with `force`. */
const isSuppressed = async ({ keyValues }: ReplayPorts, memo: Pick<Memo, 'chat' | 'target'>): Promise<boolean> =>
  (await suppressionsOf(keyValues, recipientsOf(memo))).length > 0;

const isEvery = async <T>(all: readonly T[], is: (one: T) => Promise<boolean>): Promise<boolean> =>
  (await Promise.all(all.map(is))).every(Boolean);

const enqueueRecording = (
  { recordings, clock }: ReplayPorts,
  { id, generation, recording }: Memo,
  routing: Routing,
): Promise<void> => {
  const replay = { memo: id, generation: generation + 1 };
  return recordings.send(fanOut({ v: 1, recording, receivedAt: isoTime(clock.nowMs()), replay }, routing));
};
