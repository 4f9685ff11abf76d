import { groupOf, inboxOf, type Memo, mayMove } from '../model/memo.ts';
import { memoIdOf, type RoutedMessage } from '../model/messages.ts';
import { backOffMs, isoTime } from '../model/timing.ts';
import { pauseWaitClock, runWaitClock } from '../model/wait-clock.ts';
import { clearErased, wasErased } from '../operate/drop-erased.ts';
import { erasedParts } from '../operate/erased-parts.ts';
import type { KeyValueStore, Ledger, Log, MemosQueue, RecordingsQueue, StepVerdict } from '../ports/ports.ts';
import { chatOrder } from './chat-order.ts';
import { clearInbox, type IngestPorts, ingestRecording, piecesOf, type Ready, type Run } from './ingest-recording.ts';
import { keepPayload } from './keep-payload.ts';
import { openLaterParts } from './open-later-parts.ts';
import { openRow } from './open-row.ts';
import { recordIngested } from './record-ingested.ts';
import { runFolder } from './run-folder.ts';
import { type SlowWorkPorts, slowWork } from './slow-work.ts';

export interface StoreRecordingPorts extends IngestPorts, SlowWorkPorts {
  ledger: Ledger;
  keyValues: Pick<KeyValueStore, 'read' | 'readAll' | 'write' | 'remove'>;
  /** The queue that the messages come from. A recording that holds up its chat for too long, and a call's further recordings, go there. */
  queue: RecordingsQueue;
  memos: MemosQueue;
  random: () => number;
  /** Fresh for each run, so that no run overwrites what another run, or Linq, is reading. */
  runId: () => string;
  log: Log;
}

/**
 * Takes one recording from its source to the memo of one target, or to several memos where it is long: first the row,
 * then the audio, then the next queue. Each stage may run again at any point: rows and keys that an earlier run has
 * written are kept.
 *
 * @returns the step: `receives` counts how often SQS gave out the message; `lease` aborts when the message is lost to
 * this run
 * @throws AftercallError `later_version` where a later version wrote the row; else what a port throws. The message then
 * comes again.
 */
export const storeRecording = (ports: StoreRecordingPorts) => {
  const { ledger, keyValues, memos, clock, timing, random, runId } = ports;
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

    let row = await openRow(ledger, message);
    if (row?.state === 'received') {
      if (receives === 1) await keepPayload(keyValues, row, message);
      if (order.isOver(message, row, receives)) return goOnAlone(message, row, row.reason ?? NOT_FETCHED);
      const fetched = await fetchAudio(message, row, replayed && piecesOf(replayed), receives, lease);
      if ('kind' in fetched) return fetched;
      row = fetched.row;
    }
    // Also for a row that an earlier run stored: that run may have died before this line, and a second message does no
    // harm.
    const [stored] = await enqueue(message, row);
    if (replay && replayed && replayed.id !== memoIdOf(message)) await finishRouted(replayed, replay);
    if (!stored) return { kind: 'done', outcome: 'erased' };
    return { kind: 'done', outcome: stored.state === 'rejected' ? 'rejected' : 'stored' };
  };

  /**
   * Fetches the recording and writes the result into its row; a verdict where the recording must wait. The row is
   * undefined where the memo was erased meanwhile.
   */
  async function fetchAudio(
    message: RoutedMessage,
    row: Memo,
    kept: Ready | undefined,
    receives: number,
    lease: AbortSignal,
  ): Promise<StepVerdict | { row: Memo | undefined }> {
    const id = runId();
    const slow = slowWork(ports, row, id);
    const run: Run = { id, folder: runFolder(ports.audio, `${inboxOf(row.id)}${id}/`), lease, slow };
    const ingested = kept ?? (await ingestRecording(ports, message, run, row).finally(slow.end));
    if (ingested.kind === 'ready' || ingested.kind === 'rejected') {
      const recorded = await recordIngested(ports, message, run, row, ingested);
      await clearInbox(ports, run, row);
      return { row: recorded };
    }
    const { reason } = ingested;
    const retryAfterMs = 'retryAfterMs' in ingested ? (ingested.retryAfterMs ?? 0) : 0;
    const wishedMs = backOffMs(receives, timing.retry, random);
    const delayMs = order.delayMs(message, wishedMs, retryAfterMs);
    const waitsMs = delayMs ?? Math.max(wishedMs, retryAfterMs);
    await recordWaiting(row, ingested, waitsMs);
    if (delayMs === undefined) return goOnAlone(message, row, reason, waitsMs);
    await clearIfErased(row, message);
    return { kind: 'later', delayMs, reason };
  }

  /** The chat has waited for this recording as long as it may. */
  async function goOnAlone(message: RoutedMessage, row: Memo, cause: string, delayMs = 0): Promise<StepVerdict> {
    const note = { reason: cause + LET_GO };
    // Every message of the recording comes here, and so do repeated webhooks and the sweep's messages.
    if (!row.reason?.endsWith(LET_GO))
      await ledger.move(row.id, { from: 'received', to: 'received', where: { generation: row.generation }, note });
    await order.goOnAlone(message, delayMs);
    return { kind: 'done', outcome: 'late' };
  }

  /**
   * Queues every part that is ready. If the memo was erased before or during this run, deletes what the run has made: an
   * erasure finds rows through an index, which may not show this row yet.
   * @param row the row after this run's writes
   * @returns the rows of the parts; none where the memo was erased
   */
  async function enqueue(message: RoutedMessage, row: Memo | undefined): Promise<Memo[]> {
    const later = row ? await openLaterParts(ledger, row) : [];
    // The erasure's tombstone refuses this run's moves. But an erasure between the rows of two parts did not see the
    // later one.
    const isGone = !row || (later.length > 0 && !(await ledger.get(row.id)));
    if (isGone || (await isErasedNow(row, message))) {
      await clear(memoIdOf(message));
      return [];
    }
    for (const { id, state, target, generation } of [row, ...later])
      if (state === 'stored' && target) await memos.send({ v: 1, memo: id, generation }, groupOf(target));
    return [row, ...later];
  }

  /** If the memo was erased during this run, deletes what the run has made. */
  async function clearIfErased(row: Memo, message: RoutedMessage): Promise<void> {
    if (!(await ledger.get(row.id)) || (await isErasedNow(row, message))) await clear(row.id);
  }

  /** Also by the erasure of a call with several parts, whose note a run finds that writes a part behind the erasure. */
  async function isErasedNow({ id, part }: Memo, message: RoutedMessage): Promise<boolean> {
    const isPartErased = part !== undefined && (await erasedParts(keyValues, id)) !== undefined;
    return isPartErased || wasErased(keyValues, message);
  }

  /** A row without a target is finished once each of its targets has a memo of its own. */
  async function finishRouted(
    { id, state, generation }: Memo,
    { generation: to, routed }: NonNullable<RoutedMessage['replay']>,
  ) {
    const byReplay = mayMove(state, 'skipped', true);
    // Another replay may have begun on the row meanwhile: then the row is skipped without a new generation.
    if (state === 'skipped' || !(byReplay || mayMove(state, 'skipped', false))) return;
    const rows = await Promise.all((routed ?? []).map((memo) => ledger.get(memo)));
    if (rows.includes(undefined)) return;
    const note = { reason: `routed: ${rows.map((row) => row?.id).join(', ')}` };
    const raised = byReplay && { generation: to };
    await ledger.move(id, { from: state, to: 'skipped', ...raised, where: { generation }, note });
  }

  /**
   * Writes the reason for the wait and when it ends. The same reason is written once: a day of retries is one line of
   * history.
   */
  async function recordWaiting(row: Memo, { kind, reason }: { kind: string; reason: string }, delayMs: number) {
    const nowMs = clock.nowMs();
    const waiting = kind === 'gave-way' ? { set: pauseWaitClock(row, nowMs) } : runWaitClock(row, nowMs);
    const set = { ...waiting.set, dueAt: isoTime(nowMs + delayMs) };
    const isWritten = row.reason === reason || row.reason === reason + LET_GO;
    await ledger.move(row.id, {
      from: 'received',
      to: 'received',
      where: { generation: row.generation },
      ...waiting,
      set,
      ...(!isWritten && { note: { reason } }),
    });
  }
};

const LET_GO = '; the later memos of its chat no longer wait for it';
const NOT_FETCHED = 'its recording could not be fetched in its time';
