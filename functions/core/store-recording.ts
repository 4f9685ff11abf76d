import type { Audio } from './audio.ts';
import { chatOrder } from './chat-order.ts';
import { tooShort } from './courtesy.ts';
import { clearErased, wasErased } from './drop-erased.ts';
import { openLaterParts } from './later-parts.ts';
import { audioOf, groupOf, inboxOf, type Memo, mayMove, partId } from './memo.ts';
import { fileNameOf } from './memo-file.ts';
import { memoIdOf, type RoutedMessage } from './messages.ts';
import { pauseWaitClock, runWaitClock } from './patience.ts';
import type { Ledger, Log, MemosQueue, Notes, RecordingsQueue, StepVerdict } from './ports.ts';
import type { Recording } from './recording.ts';
import { takeUp } from './replay-memos.ts';
import { type SlowWorkPorts, slowWork } from './slow-work.ts';
import {
  clearInbox,
  piecesOf,
  type Ready,
  type Rejected,
  type Run,
  type SpoolPorts,
  spoolRecording,
} from './spool-recording.ts';
import { backOffMs, isoTime } from './timing.ts';

export interface StoreRecordingPorts extends SpoolPorts, SlowWorkPorts {
  ledger: Ledger;
  notes: Pick<Notes, 'read' | 'write' | 'remove'>;
  /** The queue that the messages come from: what holds its chat for too long goes back there, and further recordings of a call. */
  queue: RecordingsQueue;
  memos: MemosQueue;
  random: () => number;
  /** Fresh for each run, so that no run overwrites what another, or Linq, is reading. */
  runId: () => string;
  log: Log;
}

/**
 * Takes one recording from its source to the memo of one target, or several memos where it is long: the row first, then the
 * audio, then the next queue. Each of these may run again at any point; rows and keys that an earlier run has fixed are
 * followed.
 */
export const storeRecording = (ports: StoreRecordingPorts) => {
  const { ledger, audio, memos, clock, timing, random, runId, log } = ports;
  const clear = clearErased(ports);
  const order = chatOrder(ports);

  return async (message: RoutedMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const { replay, notBefore } = message;
    const earlyMs = notBefore === undefined ? 0 : Date.parse(notBefore) - clock.nowMs();
    if (earlyMs > 0) return { kind: 'later', delayMs: earlyMs, why: 'the source is not asked again yet' };
    const replayed = replay && (await ledger.get(replay.memo));
    if (replay && !replayed) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (replay && replayed && replay.turn < replayed.turn) return { kind: 'done', outcome: 'an older turn' };

    const row = await openRow(message);
    if (row?.state === 'received') {
      if (order.isOver(message, row, receives)) return goOnAlone(message, row, row.reason ?? NOT_FETCHED);
      const verdict = await fetchFor(message, row, replayed && piecesOf(replayed), receives, lease);
      if (verdict) return verdict;
    }
    // Also for a row that an earlier run stored: it may have died before this line, and a second message does no harm.
    const [stored] = await enqueue(message);
    if (replay && replayed && replayed.id !== memoIdOf(message)) await finishRouted(replayed, replay);
    return { kind: 'done', outcome: stored?.state === 'rejected' ? 'rejected' : 'stored' };
  };

  /** The memo's row; one that a replay names begins anew. What was erased has none. */
  async function openRow(message: RoutedMessage): Promise<Memo | undefined> {
    const { recording, target, receivedAt, replay } = message;
    const id = memoIdOf(message);
    const row = await ledger.open({ id, state: 'received', recording, receivedAt, ...(target && { target }) });
    if (!row) return undefined;
    if (replay) return replay.memo === id && replay.turn > row.turn ? takeUp(ledger, row, replay.turn) : row;
    return cameAgain(row, message) ? fetchAnew(row, message) : row;
  }

  /** An event that comes again may bring a fresh URL: the memo takes it, as by a replay. */
  async function fetchAnew({ id, state, turn, recording }: Memo, message: RoutedMessage): Promise<Memo | undefined> {
    const moved = await ledger.move(id, {
      from: state,
      to: 'received',
      turn: turn + 1,
      where: { turn },
      set: { recording: { ...recording, media: message.recording.media } },
      clear: ['waitingSince', 'pausedAt', 'waitingFor', 'deadLetter'],
      note: { reason: 'its event came again: the recording is fetched anew' },
    });
    return moved ?? ledger.get(id);
  }

  /** Fetches the recording and writes what came of it into its row; a verdict where that must wait. */
  async function fetchFor(
    message: RoutedMessage,
    row: Memo,
    kept: Ready | undefined,
    receives: number,
    lease: AbortSignal,
  ): Promise<StepVerdict | undefined> {
    const id = runId();
    const slow = slowWork(ports, row, id);
    const run: Run = { id, folder: `${inboxOf(row.id)}${id}/`, lease, slow };
    const spooled = kept ?? (await spoolRecording(ports, message, run, row).finally(slow.end));
    if (spooled.kind === 'not-yet' || spooled.kind === 'trouble' || spooled.kind === 'gave-way') {
      const { why } = spooled;
      const retryAfterMs = 'retryAfterMs' in spooled ? (spooled.retryAfterMs ?? 0) : 0;
      const wishedMs = backOffMs(receives, timing.retry, random);
      const delayMs = order.delayMs(message, wishedMs, retryAfterMs);
      const waitsMs = delayMs ?? Math.max(wishedMs, retryAfterMs);
      await notePatience(row, spooled, waitsMs);
      if (delayMs === undefined) return goOnAlone(message, row, why, waitsMs);
      await living(message);
      return { kind: 'later', delayMs, why };
    }
    await write(message, run, row, spooled);
    await clearInbox(ports, run, row);
    return undefined;
  }

  /** The chat has waited for this recording as long as it may. */
  async function goOnAlone(message: RoutedMessage, row: Memo, why: string, delayMs = 0): Promise<StepVerdict> {
    const note = { reason: why + LET_GO };
    // Each message of the recording comes here, and so do those that senders and the sweep repeat.
    if (!row.reason?.endsWith(LET_GO))
      await ledger.move(row.id, { from: 'received', to: 'received', where: { turn: row.turn }, note });
    await order.goOnAlone(message, delayMs);
    return { kind: 'done', outcome: 'late' };
  }

  async function enqueue(message: RoutedMessage): Promise<Memo[]> {
    const parts = await living(message);
    for (const { id, state, target, turn } of parts)
      if (state === 'stored' && target) await memos.send({ v: 1, memo: id, turn }, groupOf(target));
    return parts;
  }

  /** The rows of every part as they stand now. What was erased, before or while this run worked, keeps nothing of its work. */
  async function living(message: RoutedMessage): Promise<Memo[]> {
    const id = memoIdOf(message);
    const first = await ledger.get(id);
    const parts = first ? [first, ...(await openLaterParts(ledger, first))] : [];
    const isWithLinq = parts.some(({ state }) => state === 'sending'); // the erasure has said so, and comes again
    const erased = await wasErased(ports.notes, message);
    if (isWithLinq || (!erased && (await ledger.get(id)))) return parts;
    await clear(id);
    return [];
  }

  /** What had no target is done with once each of its targets has its memo. */
  async function finishRouted({ id, state, turn }: Memo, { turn: to, routed }: NonNullable<RoutedMessage['replay']>) {
    const byReplay = mayMove(state, 'skipped', true);
    // Another replay may have begun on it meanwhile: then it is skipped as any memo on its way.
    if (state === 'skipped' || !(byReplay || mayMove(state, 'skipped', false))) return;
    const rows = await Promise.all((routed ?? []).map((memo) => ledger.get(memo)));
    if (rows.includes(undefined)) return;
    const note = { reason: `routed: ${rows.map((row) => row?.id).join(', ')}` };
    await ledger.move(id, { from: state, to: 'skipped', ...(byReplay && { turn: to }), where: { turn }, note });
  }

  /** The row says what it waits for, once per reason (a day of retries is one line, not a hundred), and until when. */
  async function notePatience(row: Memo, { kind, why: reason }: { kind: string; why: string }, delayMs: number) {
    const nowMs = clock.nowMs();
    const waiting = kind === 'gave-way' ? { set: pauseWaitClock(row, nowMs) } : runWaitClock(row, nowMs);
    const set = { ...waiting.set, dueAt: isoTime(nowMs + delayMs) };
    const told = row.reason === reason || row.reason === reason + LET_GO ? {} : { note: { reason } };
    await ledger.move(row.id, {
      from: 'received',
      to: 'received',
      where: { turn: row.turn },
      ...waiting,
      set,
      ...told,
    });
  }

  async function write(message: RoutedMessage, run: Run, row: Memo, spooled: Ready | Rejected) {
    if (spooled.kind === 'ready') return keep(message, run, row, spooled);
    const { why, original } = spooled;
    await ledger.move(row.id, {
      from: 'received',
      to: 'rejected',
      note: { reason: why },
      ...(original && { set: { original } }),
    });
  }

  /** Copies each piece to its memo's own key and fixes the keys in the row; where another run was first, its keys stand. */
  async function keep({ noTarget }: RoutedMessage, run: Run, row: Memo, { pieces, original, fitting }: Ready) {
    const kept: Audio[] = [];
    for (const [index, piece] of pieces.entries()) {
      const key = `${audioOf(row.id)}${run.id}/${fileNameOf(partId(row.id, index + 1), piece.extension)}`;
      await audio.copy(piece.key, key, piece.audio.type);
      kept.push({ key, ...piece.audio });
    }
    const [first, ...later] = kept;
    if (!first) throw new Error('a recording was made into nothing');
    const parts = later.length > 0 ? { part: { number: 1, of: kept.length }, laterParts: later } : {};
    const set = { audio: first, original, fitting, ...parts };
    const short = row.target && tooShort(row.target, original, kept);
    const outcome = !row.target ? 'unrouted' : short ? 'skipped' : 'stored';
    const reason = row.target ? short : (noTarget ?? 'no route for this recording');
    // The wait for the source is over. What follows is a wait of its own, for Linq.
    const clear = ['waitingSince', 'pausedAt'] as const;
    await ledger.move(row.id, { from: 'received', to: outcome, set, clear, ...(reason && { note: { reason } }) });
    const { source } = row.recording;
    log.info('fitted', { step: 'store', memo: row.id, source, outcome: 'fitted', why: fitting.done, ms: fitting.ms });
  }
};

/**
 * Whether the event of a recording that could not be fetched has come again: after it was given up, or with another URL. What was
 * fetched and is no audio stays rejected.
 */
const cameAgain = ({ state, original, audio, updatedAt, recording }: Memo, message: RoutedMessage): boolean => {
  if ((state !== 'rejected' && state !== 'failed') || original || audio) return false;
  return message.receivedAt > updatedAt || !isSameMedia(recording, message.recording);
};

const isSameMedia = ({ media: one }: Recording, { media: other }: Recording): boolean =>
  one.kind === 'url' && other.kind === 'url' ? one.url === other.url : one.kind === other.kind;

const LET_GO = '; the later memos of its chat no longer wait for it';
const NOT_FETCHED = 'its recording could not be fetched in its time';
