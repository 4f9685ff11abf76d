import { fanOut } from '../model/fan-out.ts';
import type { Memo, MemoState } from '../model/memo.ts';
import { callOrder, groupOf, isFinal } from '../model/memo.ts';
import { type DeadLetter, deadLetterSchema, type MemoMessage, readMessage } from '../model/messages.ts';
import { type Route, type Routing, routeRecording } from '../model/route.ts';
import { isoTime } from '../model/timing.ts';
import { recipientsOf, suppressionsOf } from '../policy/suppression-list.ts';
import type { AudioStore, Clock, KeyValueStore, Ledger, MemosQueue, RecordingsQueue, Sources } from '../ports/ports.ts';
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
  /** Also what was sent, or rightly held back, and what may have been sent without asking first. */
  force: boolean;
  /** For memos without a target, in place of the routes. */
  chat?: string;
}

/** What a replay does with a memo, or why it does nothing. */
export type ReplayPlan = keyof typeof WORDS;
type Doing = { plan: ReplayPlan; enqueue?: () => Promise<void> };

const WORDS = {
  send: ['would be sent', 'will be sent'],
  ask: ['may have been sent: Linq would be asked first', 'may have been sent: Linq is asked first'],
  fetch: ['would be fetched again', 'will be fetched again'],
  route: ['would be routed now', 'will be routed now'],
  read: ['has a message that can be read now and would be queued', 'has a message that can be read now and is queued'],
  delivered: 'already delivered',
  'held-back': 'held back rightly',
  suppressed: 'held back by the suppression list',
  'in-hand': 'still in hand',
  expired: 'recordings have expired',
  'no-route': 'still without a route',
  unreadable: 'has a message that still cannot be read',
} as const;

/** In the order in which a sentence names them. */
export const REPLAY_PLANS = Object.keys(WORDS) as ReplayPlan[]; // the keys of the very table that the type is made of

/**
 * What a replay makes of a memo by its state. What was sent is not sent again without `force`; what may have been is asked
 * about; what was held back (opted out, say) stays so.
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

/** The consumer's half: makes the move that a message of a later generation asks for; the row as it then stands. */
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
    // An attempt whose end nobody knows is looked for in this generation too, before anything is posted; but not by force.
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
 * Plans the replay of memos, and does it where it is not only asked what would be done. It enqueues with a later generation; the
 * steps make the moves, so that a replay that is sent twice is one.
 */
export const replayMemos =
  (ports: ReplayPorts) =>
  async (memos: readonly Memo[], wish: ReplayWish, dryRun: boolean): Promise<{ memo: Memo; plan: ReplayPlan }[]> => {
    const planned = await inParallel(memos, async (memo) => ({ memo, ...(await planOf(ports, memo, wish)) }));
    if (!dryRun) {
      const inOrder = planned.toSorted((a, b) => (callOrder(a.memo) < callOrder(b.memo) ? -1 : 1));
      // Of one chat one after the other, in the order of the calls.
      const chats = Map.groupBy(inOrder, ({ memo: { id, target } }) => (target ? groupOf(target) : id));
      await inParallel([...chats.values()], async (ofOneChat) => {
        for (const { enqueue } of ofOneChat) await enqueue?.();
      });
    }
    return planned.map(({ memo, plan }) => ({ memo, plan }));
  };

/** "3 would be sent, 1 already delivered, 2 recordings have expired". */
export const inWords = (plans: readonly ReplayPlan[], dryRun: boolean): string => {
  const said = REPLAY_PLANS.flatMap((plan) => {
    const count = plans.filter((each) => each === plan).length;
    const words = WORDS[plan];
    return count > 0 ? [`${count} ${typeof words === 'string' ? words : words[dryRun ? 0 : 1]}`] : [];
  });
  return said.length > 0 ? said.join(', ') : 'no memo matches';
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
  if (to !== 'unknown' && (await isSuppressed(ports, row))) return { plan: 'suppressed' }; // what may have been sent is still settled
  const { target } = row;
  if (to === 'received')
    return { plan: 'fetch', enqueue: () => enqueueRecording(ports, row, { kind: 'targets', targets: [target] }) };
  if (!row.audio || !(await ports.audio.head(row.audio.key))) return { plan: 'expired' };
  // By force one generation more: it then counts beside a replay without force that is still queued, and after it.
  const generation = row.generation + (wish.force ? 2 : 1);
  const message: MemoMessage = { v: 1, memo: row.id, generation, ...(wish.force && { force: true }) };
  return {
    plan: to === 'unknown' ? 'ask' : 'send',
    enqueue: () => ports.memos.send(message, groupOf(target)),
  };
};

/** The row of a message that could not be read: this code may know it. Then it goes back as it was, and the row is done with. */
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
  if (target) await memos.send(message, groupOf(target)); // without its row there is nothing left to send
};

/** A memo that never had a target gets one from the caller, or from the routes as they are now. */
const planRouting = async (ports: ReplayPorts, row: Memo, chat: string | undefined): Promise<Doing> => {
  if (row.state === 'skipped') return { plan: 'held-back' };
  const source = await ports.sources.find(row.recording.source);
  const canAsk = source?.lookUpParties?.(row.recording) !== undefined;
  const routing = routeRecording({ ...row.recording, ...(chat && { chat }) }, ports.routes, canAsk);
  if (routing.kind === 'targets') {
    const { targets } = routing;
    if (targets.length === 0) return { plan: 'no-route' };
    if (await isEvery(targets, (target) => isSuppressed(ports, { target }))) return { plan: 'suppressed' };
  }
  if (row.audio && !(await ports.audio.head(row.audio.key))) return { plan: 'expired' };
  return { plan: 'route', enqueue: () => enqueueRecording(ports, row, routing) };
};

/** No force sends to these: they are taken off the list first. */
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
