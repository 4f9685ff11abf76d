import type { Audio } from './audio.ts';
import { tooShort } from './courtesy.ts';
import { clearErased, idsOf, wasErased } from './drop-erased.ts';
import { audioOf, firstPartId, groupOf, inboxOf, type Memo, memoId, partId } from './memo.ts';
import { fileNameOf } from './memo-file.ts';
import type { RoutedMessage } from './messages.ts';
import { waitingSinceMs } from './patience.ts';
import type { Ledger, Log, MemosQueue, Notes, StepVerdict } from './ports.ts';
import { takeUp } from './replay-memos.ts';
import { piecesOf, type Ready, type Rejected, type Run, type SpoolPorts, spoolRecording } from './spool-recording.ts';
import { backOffMs, isoTime } from './timing.ts';

export interface StoreRecordingPorts extends SpoolPorts {
  ledger: Ledger;
  notes: Pick<Notes, 'read' | 'remove'>;
  memos: MemosQueue;
  random: () => number;
  /** Fresh for each run, so that no run overwrites what another, or Linq, is reading. */
  runId: () => string;
  log: Log;
}

/**
 * Takes one recording from its source to a memo per target, or several where it is long: rows first, then the audio,
 * then the next queue. Each of these may run again at any point; rows and keys that an earlier run has fixed are followed.
 */
export const storeRecording = (ports: StoreRecordingPorts) => {
  const { ledger, audio, memos, clock, timing, random, runId, log } = ports;
  const clear = clearErased(ports);

  return async (message: RoutedMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const { replay } = message;
    const replayed = replay && (await ledger.get(replay.memo));
    if (replay && !replayed) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (replay && replayed && replay.turn < replayed.turn) return { kind: 'done', outcome: 'an older turn' };

    const id = runId();
    const run: Run = { id, folder: `${inboxOf(message.recording)}${id}/` };
    const rows = await openRows(message);
    const waiting = rows.filter((row) => row.state === 'received');
    const kept = replayed && piecesOf(replayed);
    const spooled =
      waiting.length > 0 ? (kept ?? (await spoolRecording(ports, message, run, waiting, lease))) : undefined;
    if (spooled?.kind === 'not-yet' || spooled?.kind === 'trouble') {
      const delayMs = Math.max(spooled.retryAfterMs ?? 0, backOffMs(receives, timing.retry, random));
      for (const row of waiting) await notePatience(row, spooled.why, delayMs);
      await enqueue(await livingParts(message, rows));
      return { kind: 'later', delayMs, why: spooled.why };
    }
    if (spooled) for (const row of waiting) await write(message, run, row, spooled);
    // Also for rows that an earlier run stored: it may have died before this line, and a second message does no harm.
    await enqueue(await livingParts(message, rows));
    if (replay && replayed && !rows.some(({ id }) => id === replay.memo)) {
      const note = { reason: `routed: ${rows.map(({ id }) => id).join(', ')}` };
      const { id, state, turn } = replayed;
      if (state !== 'skipped')
        await ledger.move(id, { from: state, to: 'skipped', turn: replay.turn, where: { turn }, note });
    }
    await audio.removeAll(run.folder); // what a run that died has left goes with the bucket's own expiry
    return { kind: 'done', outcome: spooled?.kind === 'rejected' ? 'rejected' : 'stored' };
  };

  /** A row per target; one that a replay names begins anew. What was erased has none. */
  async function openRows({ recording, targets, receivedAt, replay }: RoutedMessage): Promise<Memo[]> {
    const opened = (targets.length > 0 ? targets : [undefined]).map(async (target) => {
      const id = memoId(recording, target);
      const row = await ledger.open({ id, state: 'received', recording, receivedAt, ...(target && { target }) });
      return row && replay?.memo === id && replay.turn > row.turn ? takeUp(ledger, row, replay.turn) : row;
    });
    return (await Promise.all(opened)).filter((row) => row !== undefined);
  }

  async function enqueue(parts: readonly Memo[]) {
    for (const { id, state, target, turn } of parts)
      if (state === 'stored' && target) await memos.send({ v: 1, memo: id, turn }, groupOf(target));
  }

  /** The rows of every part as they stand now. What was erased, before or while this run worked, keeps nothing of its work. */
  async function livingParts(message: RoutedMessage, rows: readonly Memo[]): Promise<Memo[]> {
    const parts: Memo[] = [];
    for (const { id } of rows) {
      const row = await ledger.get(id);
      if (row) parts.push(row, ...(await laterParts(row)));
    }
    const erased = await wasErased(ports.notes, message);
    const living: Memo[] = [];
    for (const id of idsOf(message)) {
      const mine = parts.filter((part) => firstPartId(part.id) === id);
      const isWithLinq = mine.some(({ state }) => state === 'sending'); // the erasure has said so, and comes again
      if (isWithLinq || (!erased && (await ledger.get(id)))) {
        living.push(...mine);
        continue;
      }
      await clear(id);
    }
    if (living.length === 0) await audio.removeAll(inboxOf(message.recording));
    return living;
  }

  /** The row says what it waits for, once per reason (a day of retries is one line, not a hundred), and until when. */
  async function notePatience(row: Memo, reason: string, delayMs: number) {
    const nowMs = clock.nowMs();
    const waitingSince = isoTime(waitingSinceMs(row, nowMs));
    const set = { waitingSince, dueAt: isoTime(nowMs + delayMs) };
    const told = row.reason === reason ? {} : { note: { reason } };
    await ledger.move(row.id, { from: 'received', to: 'received', where: { turn: row.turn }, set, ...told });
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
    await ledger.move(row.id, { from: 'received', to: outcome, set, ...(reason && { note: { reason } }) });
    const { source } = row.recording;
    log.info('fitted', { step: 'store', memo: row.id, source, outcome: 'fitted', why: fitting.done, ms: fitting.ms });
  }

  /** The rows of a long recording's later parts, made from what its first row has fixed. */
  async function laterParts({
    id,
    target,
    recording,
    receivedAt,
    original,
    fitting,
    laterParts = [],
  }: Memo): Promise<Memo[]> {
    if (!target) return [];
    const rows: Memo[] = [];
    for (const [index, audio] of laterParts.entries()) {
      const number = index + 2;
      const part = { number, of: laterParts.length + 1 };
      const facts = {
        ...{ recording, target, audio, part },
        ...(receivedAt && { receivedAt }),
        ...(original && { original }),
        ...(fitting && { fitting }),
      };
      const row = await ledger.open({ id: partId(id, number), state: 'stored', ...facts });
      if (row) rows.push(row);
    }
    return rows;
  }
};
