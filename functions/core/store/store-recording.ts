import type { Audio } from '../model/audio.ts';
import { audioOf, groupOf, inboxOf, type Memo, mayMove, partId } from '../model/memo.ts';
import { fileNameOf } from '../model/memo-file.ts';
import { memoIdOf, type RoutedMessage } from '../model/messages.ts';
import type { Recording } from '../model/recording.ts';
import { backOffMs, isoTime } from '../model/timing.ts';
import { pauseWaitClock, runWaitClock } from '../model/wait-clock.ts';
import { clearErased, wasErased } from '../operate/drop-erased.ts';
import { applyReplay } from '../operate/replay-memos.ts';
import { tooShort } from '../policy/send-policy.ts';
import type { KeyValueStore, Ledger, Log, MemosQueue, RecordingsQueue, StepVerdict } from '../ports/ports.ts';
import { chatOrder } from './chat-order.ts';
import {
  clearInbox,
  type IngestPorts,
  ingestRecording,
  piecesOf,
  type Ready,
  type Rejected,
  type Run,
} from './ingest-recording.ts';
import { openLaterParts } from './open-later-parts.ts';
import { type SlowWorkPorts, slowWork } from './slow-work.ts';

export interface StoreRecordingPorts extends IngestPorts, SlowWorkPorts {
  ledger: Ledger;
  keyValues: Pick<KeyValueStore, 'read' | 'write' | 'remove'>;
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
    if (earlyMs > 0) return { kind: 'later', delayMs: earlyMs, reason: 'the source is not asked again yet' };
    const replayed = replay && (await ledger.get(replay.memo));
    if (replay && !replayed) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (replay && replayed && replay.generation < replayed.generation)
      return { kind: 'done', outcome: 'an older generation' };

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
    if (replay)
      return replay.memo === id && replay.generation > row.generation
        ? applyReplay(ledger, row, replay.generation)
        : row;
    return cameAgain(row, message) ? fetchAnew(row, message) : row;
  }

  /** An event that comes again may bring a fresh URL: the memo takes it, as by a replay. */
  async function fetchAnew(
    { id, state, generation, recording }: Memo,
    message: RoutedMessage,
  ): Promise<Memo | undefined> {
    const moved = await ledger.move(id, {
      from: state,
      to: 'received',
      generation: generation + 1,
      where: { generation },
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
    const ingested = kept ?? (await ingestRecording(ports, message, run, row).finally(slow.end));
    if (ingested.kind === 'not-yet' || ingested.kind === 'trouble' || ingested.kind === 'gave-way') {
      const { reason } = ingested;
      const retryAfterMs = 'retryAfterMs' in ingested ? (ingested.retryAfterMs ?? 0) : 0;
      const wishedMs = backOffMs(receives, timing.retry, random);
      const delayMs = order.delayMs(message, wishedMs, retryAfterMs);
      const waitsMs = delayMs ?? Math.max(wishedMs, retryAfterMs);
      await recordWaiting(row, ingested, waitsMs);
      if (delayMs === undefined) return goOnAlone(message, row, reason, waitsMs);
      await living(message);
      return { kind: 'later', delayMs, reason };
    }
    await write(message, run, row, ingested);
    await clearInbox(ports, run, row);
    return undefined;
  }

  /** The chat has waited for this recording as long as it may. */
  async function goOnAlone(message: RoutedMessage, row: Memo, reason: string, delayMs = 0): Promise<StepVerdict> {
    const note = { reason: reason + LET_GO };
    // Each message of the recording comes here, and so do those that senders and the sweep repeat.
    if (!row.reason?.endsWith(LET_GO))
      await ledger.move(row.id, { from: 'received', to: 'received', where: { generation: row.generation }, note });
    await order.goOnAlone(message, delayMs);
    return { kind: 'done', outcome: 'late' };
  }

  async function enqueue(message: RoutedMessage): Promise<Memo[]> {
    const parts = await living(message);
    for (const { id, state, target, generation } of parts)
      if (state === 'stored' && target) await memos.send({ v: 1, memo: id, generation }, groupOf(target));
    return parts;
  }

  /** The rows of every part as they stand now. What was erased, before or while this run worked, keeps nothing of its work. */
  async function living(message: RoutedMessage): Promise<Memo[]> {
    const id = memoIdOf(message);
    const first = await ledger.get(id);
    const parts = first ? [first, ...(await openLaterParts(ledger, first))] : [];
    const isWithLinq = parts.some(({ state }) => state === 'sending'); // the erasure has said so, and comes again
    const erased = await wasErased(ports.keyValues, message);
    if (isWithLinq || (!erased && (await ledger.get(id)))) return parts;
    await clear(id);
    return [];
  }

  /** What had no target is done with once each of its targets has its memo. */
  async function finishRouted(
    { id, state, generation }: Memo,
    { generation: to, routed }: NonNullable<RoutedMessage['replay']>,
  ) {
    const byReplay = mayMove(state, 'skipped', true);
    // Another replay may have begun on it meanwhile: then it is skipped as any memo on its way.
    if (state === 'skipped' || !(byReplay || mayMove(state, 'skipped', false))) return;
    const rows = await Promise.all((routed ?? []).map((memo) => ledger.get(memo)));
    if (rows.includes(undefined)) return;
    const note = { reason: `routed: ${rows.map((row) => row?.id).join(', ')}` };
    await ledger.move(id, {
      from: state,
      to: 'skipped',
      ...(byReplay && { generation: to }),
      where: { generation },
      note,
    });
  }

  /** The row says what it waits for, once per reason (a day of retries is one line, not a hundred), and until when. */
  async function recordWaiting(row: Memo, { kind, reason }: { kind: string; reason: string }, delayMs: number) {
    const nowMs = clock.nowMs();
    const waiting = kind === 'gave-way' ? { set: pauseWaitClock(row, nowMs) } : runWaitClock(row, nowMs);
    const set = { ...waiting.set, dueAt: isoTime(nowMs + delayMs) };
    const told = row.reason === reason || row.reason === reason + LET_GO ? {} : { note: { reason } };
    await ledger.move(row.id, {
      from: 'received',
      to: 'received',
      where: { generation: row.generation },
      ...waiting,
      set,
      ...told,
    });
  }

  async function write(message: RoutedMessage, run: Run, row: Memo, ingested: Ready | Rejected) {
    if (ingested.kind === 'ready') return keep(message, run, row, ingested);
    const { reason, original } = ingested;
    await ledger.move(row.id, {
      from: 'received',
      to: 'rejected',
      note: { reason: reason },
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
    log.info('fitted', {
      step: 'store',
      memo: row.id,
      source,
      outcome: 'fitted',
      reason: fitting.done,
      ms: fitting.ms,
    });
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
