import type { Memo, MemoState, Target } from './memo.ts';
import { groupOf, isSettled } from './memo.ts';
import type { MemoMessage, RecordingMessage } from './messages.ts';
import type { AudioStore, Clock, Ledger, MemosQueue, Notes, RecordingsQueue, Sources } from './ports.ts';
import { type Route, routeRecording } from './route.ts';
import { recipientsOf, stopsOf } from './stop-list.ts';
import { isoTime } from './timing.ts';

export interface ReplayPorts {
  ledger: Pick<Ledger, 'move'>;
  notes: Pick<Notes, 'readAll'>;
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
  delivered: 'already delivered',
  'held-back': 'held back rightly',
  stopped: 'held back by the stop list',
  'in-hand': 'still in hand',
  expired: 'recordings have expired',
  'no-route': 'still without a route',
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

/** The consumer's half: makes the move that a message of a later turn asks for; the row as it then stands. */
export const takeUp = async (
  ledger: Pick<Ledger, 'get' | 'move'>,
  row: Memo,
  turn: number,
  force = false,
): Promise<Memo> => {
  const to = replayedState(row, force);
  if (to === undefined) return row;
  const moved = await ledger.move(row.id, {
    from: row.state,
    to,
    turn,
    where: { turn: row.turn },
    // An attempt whose end nobody knows is looked for in this turn too, before anything is posted; but not by force.
    set: {
      cannotFetch: 0,
      ...(to === 'unknown' && { unknownSince: row.unknownSince ?? row.attemptedAt ?? row.updatedAt }),
    },
    clear: [
      'waitingSince',
      'pausedAt',
      'waitingFor',
      'unknowns',
      'deadLetter',
      ...(force ? (['unknownSince'] as const) : []),
    ],
    note: { reason: force ? 'replayed by force' : 'replayed' },
  });
  return moved ?? (await ledger.get(row.id)) ?? row;
};

/**
 * Plans the replay of memos, and does it where it is not only asked what would be done. It enqueues with a later turn; the
 * steps make the moves, so that a replay that is sent twice is one.
 */
export const replayMemos =
  (ports: ReplayPorts) =>
  async (memos: readonly Memo[], wish: ReplayWish, dryRun: boolean): Promise<{ memo: Memo; plan: ReplayPlan }[]> => {
    const planned: { memo: Memo; plan: ReplayPlan }[] = [];
    for (let start = 0; start < memos.length; start += AT_ONCE) {
      const some = memos.slice(start, start + AT_ONCE).map(async (memo) => {
        const { plan, enqueue } = await planOf(ports, memo, wish);
        if (!dryRun) await enqueue?.();
        return { memo, plan };
      });
      planned.push(...(await Promise.all(some)));
    }
    return planned;
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

const planOf = async (ports: ReplayPorts, row: Memo, wish: ReplayWish): Promise<Doing> => {
  if (!isSettled(row.state)) return { plan: 'in-hand' };
  if (!row.target) return planRouting(ports, row, wish.chat);
  const to = replayedState(row, wish.force);
  if (to === undefined) return { plan: row.state === 'skipped' ? 'held-back' : 'delivered' };
  if (to !== 'unknown' && (await isStopped(ports, row))) return { plan: 'stopped' }; // what may have been sent is still settled
  if (to === 'received') return { plan: 'fetch', enqueue: () => enqueueRecording(ports, row, [row.target as Target]) };
  if (!row.audio || !(await ports.audio.head(row.audio.key))) return { plan: 'expired' };
  const { target } = row;
  // By force one turn more: it then counts beside a replay without force that is still queued, and after it.
  const turn = row.turn + (wish.force ? 2 : 1);
  const message: MemoMessage = { v: 1, memo: row.id, turn, ...(wish.force && { force: true }) };
  return {
    plan: to === 'unknown' ? 'ask' : 'send',
    enqueue: () => ports.memos.send(message, groupOf(target)),
  };
};

/** A memo that never had a target gets one from the caller, or from the routes as they are now. */
const planRouting = async (ports: ReplayPorts, row: Memo, chat: string | undefined): Promise<Doing> => {
  if (row.state === 'skipped') return { plan: 'held-back' };
  const source = await ports.sources.find(row.recording.source);
  const canAsk = source?.whoCalled?.(row.recording) !== undefined;
  const routing = routeRecording({ ...row.recording, ...(chat && { chat }) }, ports.routes, canAsk);
  const targets = routing.kind === 'ask' ? 'ask' : routing.targets;
  if (targets.length === 0) return { plan: 'no-route' };
  if (targets !== 'ask' && (await isEvery(targets, (target) => isStopped(ports, { target }))))
    return { plan: 'stopped' };
  if (row.audio && !(await ports.audio.head(row.audio.key))) return { plan: 'expired' };
  return { plan: 'route', enqueue: () => enqueueRecording(ports, row, targets) };
};

/** No force sends to these: they are taken off the list first. */
const isStopped = async ({ notes }: ReplayPorts, memo: Pick<Memo, 'chat' | 'target'>): Promise<boolean> =>
  (await stopsOf(notes, recipientsOf(memo))).length > 0;

const isEvery = async <T>(all: readonly T[], is: (one: T) => Promise<boolean>): Promise<boolean> =>
  (await Promise.all(all.map(is))).every(Boolean);

const enqueueRecording = (
  { recordings, clock }: ReplayPorts,
  { id, turn, recording }: Memo,
  targets: RecordingMessage['targets'],
): Promise<void> => {
  const receivedAt = isoTime(clock.nowMs());
  return recordings.send([{ v: 1, recording, targets, receivedAt, replay: { memo: id, turn: turn + 1 } }]);
};
