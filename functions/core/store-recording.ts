import type { Readable } from 'node:stream';
import type { Audio, AudioFacts, Fitting } from './audio.ts';
import { canonicalTarget, type Memo, memoId, partId } from './memo.ts';
import type { RoutedMessage } from './messages.ts';
import { waitingSinceMs } from './patience.ts';
import type {
  AudioFile,
  AudioFitter,
  AudioStore,
  Clock,
  Fetched,
  FittedPart,
  Ledger,
  Log,
  MemosQueue,
  Recordings,
  Sources,
  StepVerdict,
} from './ports.ts';
import { takeUp } from './replay-memos.ts';
import { backOffMs, isoTime, type Timing } from './timing.ts';

export interface StoreRecordingPorts {
  sources: Sources;
  recordings: Recordings;
  audio: AudioStore;
  fitter: AudioFitter;
  ledger: Ledger;
  memos: MemosQueue;
  clock: Clock;
  timing: Timing;
  random: () => number;
  /** Fresh for each run, so that no run overwrites what another, or Linq, is reading. */
  runId: () => string;
  log: Log;
}

/** One memo's worth of sound under `inbox/`, fit to be sent. */
interface Piece {
  key: string;
  extension: string;
  audio: Omit<Audio, 'key'>;
}

/** A recording in our bucket, made fit. */
type Ready = { kind: 'ready'; pieces: Piece[]; original: AudioFacts; fitting: Fitting };
type Rejected = { kind: 'rejected'; why: string; original?: AudioFacts };
type Spooled = Ready | Rejected | Exclude<Fetched<never>, { kind: 'fetched' }>;

/**
 * Takes one recording from its source to a memo per target, or several where it is long: rows first, then the audio,
 * then the next queue. Each of these may run again at any point; rows and keys that an earlier run has fixed are followed.
 */
export const storeRecording = (ports: StoreRecordingPorts) => {
  const { ledger, audio, memos, clock, timing, random, log } = ports;

  return async (message: RoutedMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const { replay } = message;
    const replayed = replay && (await ledger.get(replay.memo));
    if (replay && !replayed) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (replay && replayed && replay.turn < replayed.turn) return { kind: 'done', outcome: 'an older turn' };

    const rows = await openRows(message);
    const waiting = rows.filter((row) => row.state === 'received');
    const kept = replayed && piecesOf(replayed);
    const spooled = waiting.length > 0 ? (kept ?? (await spool(ports, message, waiting, lease))) : undefined;
    if (spooled?.kind === 'not-yet' || spooled?.kind === 'trouble') {
      const delayMs = Math.max(spooled.retryAfterMs ?? 0, backOffMs(receives, timing.retry, random));
      for (const row of waiting) await notePatience(row, spooled.why, delayMs);
      await enqueue(rows);
      return { kind: 'later', delayMs, why: spooled.why };
    }
    if (spooled) for (const row of waiting) await write(ports, row, spooled);

    // Also for rows that an earlier run stored: it may have died before this line, and a second message does no harm.
    await enqueue(rows);
    if (replay && replayed && !rows.some(({ id }) => id === replay.memo)) {
      const note = { reason: `routed: ${rows.map(({ id }) => id).join(', ')}` };
      const { id, state, turn } = replayed;
      if (state !== 'skipped')
        await ledger.move(id, { from: state, to: 'skipped', turn: replay.turn, where: { turn }, note });
    }
    return { kind: 'done', outcome: spooled?.kind === 'rejected' ? 'rejected' : 'stored' };
  };

  /** A row per target; one that a replay names begins anew. What was erased has none. */
  async function openRows({ recording, targets, replay }: RoutedMessage): Promise<Memo[]> {
    const opened = (targets.length > 0 ? targets : [undefined]).map(async (target) => {
      const id = memoId(recording, target);
      const row = await ledger.open({ id, state: 'received', recording, ...(target && { target }) });
      return row && replay?.memo === id && replay.turn > row.turn ? takeUp(ledger, row, replay.turn) : row;
    });
    return (await Promise.all(opened)).filter((row) => row !== undefined);
  }

  async function enqueue(rows: readonly Memo[]) {
    for (const { id } of rows) {
      const row = await ledger.get(id);
      for (const part of row ? [row, ...(await laterParts(row))] : []) {
        if (part.state === 'stored' && part.target)
          await memos.send({ v: 1, memo: part.id, turn: part.turn }, canonicalTarget(part.target));
      }
    }
  }

  /** The row says what it waits for, once per reason (a day of retries is one line, not a hundred), and until when. */
  async function notePatience(row: Memo, reason: string, delayMs: number) {
    const nowMs = clock.nowMs();
    const waitingSince = isoTime(waitingSinceMs(row, nowMs, timing));
    const set = { waitingSince, dueAt: isoTime(nowMs + delayMs) };
    const told = row.reason === reason ? {} : { note: { reason } };
    await ledger.move(row.id, { from: 'received', to: 'received', where: { turn: row.turn }, set, ...told });
  }

  async function write(ports: StoreRecordingPorts, row: Memo, spooled: Ready | Rejected) {
    if (spooled.kind === 'ready') return keep(ports, row, spooled);
    const { why, original } = spooled;
    await ledger.move(row.id, {
      from: 'received',
      to: 'rejected',
      note: { reason: why },
      ...(original && { set: { original } }),
    });
    log.info('rejected', { memo: row.id, outcome: 'rejected', why });
  }

  /** Copies each piece to its memo's own key and fixes the keys in the row; where another run was first, its keys stand. */
  async function keep({ runId }: StoreRecordingPorts, row: Memo, { pieces, original, fitting }: Ready) {
    const run = runId();
    const kept: Audio[] = [];
    for (const [index, piece] of pieces.entries()) {
      const key = `audio/${run}/${partId(row.id, index + 1)}.${piece.extension}`;
      await audio.copy(piece.key, key, piece.audio.type);
      kept.push({ key, ...piece.audio });
    }
    const [first, ...later] = kept;
    if (!first) throw new Error('a recording was made into nothing');
    const parts = later.length > 0 ? { part: { number: 1, of: kept.length }, laterParts: later } : {};
    const set = { audio: first, original, fitting, ...parts };
    if (row.target) await ledger.move(row.id, { from: 'received', to: 'stored', set });
    else {
      const reason = 'no route for this recording';
      await ledger.move(row.id, { from: 'received', to: 'unrouted', set, note: { reason } });
    }
    const outcome = row.target ? 'stored' : 'unrouted';
    log.info('stored', { memo: row.id, source: row.recording.source, outcome, why: fitting.done, ms: fitting.ms });
  }

  /** The rows of a long recording's later parts, made from what its first row has fixed. */
  async function laterParts({ id, target, recording, original, fitting, laterParts = [] }: Memo): Promise<Memo[]> {
    if (!target) return [];
    const rows: Memo[] = [];
    for (const [index, audio] of laterParts.entries()) {
      const number = index + 2;
      const part = { number, of: laterParts.length + 1 };
      const facts = { recording, target, audio, part, ...(original && { original }), ...(fitting && { fitting }) };
      const row = await ledger.open({ id: partId(id, number), state: 'stored', ...facts });
      if (row) rows.push(row);
    }
    return rows;
  }
};

/** What a memo without a target keeps for the one it is replayed to: its URL may be long dead. */
const piecesOf = ({ target, audio, laterParts = [], original, fitting }: Memo): Ready | undefined => {
  if (target || !audio || !original || !fitting) return undefined;
  const pieces = [audio, ...laterParts].map(({ key, ...facts }): Piece => {
    return { key, extension: key.slice(key.lastIndexOf('.') + 1), audio: facts };
  });
  return { kind: 'ready', pieces, original, fitting };
};

/** Brings the recording's bytes under `inbox/` and makes them fit. */
const spool = async (
  ports: StoreRecordingPorts,
  message: RoutedMessage,
  waiting: readonly Memo[],
  lease: AbortSignal,
): Promise<Spooled> => {
  const inbox = await bytesInInbox(ports, message, waiting, lease);
  if (inbox.kind !== 'fetched') return inbox;
  const { audio, fitter, runId } = ports;
  const { key, bytes } = inbox.value;
  const putPart = async ({ bytes, extension, facts, waveform }: FittedPart): Promise<Piece> => {
    const key = `inbox/${runId()}`;
    await audio.put(key, bytes, bytes.length);
    return { key, extension, audio: { ...facts, ...(waveform && { waveform }) } };
  };
  const fitted = await fitter.fit(fileIn(audio, key, bytes), putPart, lease);
  if (fitted.kind === 'unfit') return { kind: 'rejected', why: fitted.why, original: fitted.original };
  const { original, fitting } = fitted;
  const pieces = fitted.kind === 'made' ? fitted.parts : [{ key, extension: fitted.extension, audio: original }];
  return { kind: 'ready', pieces, original, fitting };
};

const fileIn = (audio: AudioStore, key: string, bytes: number): AudioFile => ({
  bytes,
  read: async (start, end) =>
    start === end ? new Uint8Array() : collect(await audio.read(key, { start, end: end - 1 })),
});

const bytesInInbox = async (
  { audio, recordings, sources, clock, timing, runId }: StoreRecordingPorts,
  { recording, receivedAt }: RoutedMessage,
  waiting: readonly Memo[],
  lease: AbortSignal,
): Promise<Fetched<{ key: string; bytes: number }>> => {
  const { media } = recording;
  if (media.kind === 'inbox') {
    const head = await audio.head(media.key);
    if (head) return { kind: 'fetched', value: { key: media.key, bytes: head.bytes } };
    const ageMs = clock.nowMs() - Date.parse(receivedAt);
    if (ageMs < timing.uploadMs) return { kind: 'not-yet', why: 'the upload has not come yet' };
    return { kind: 'rejected', why: 'gone: the upload never came' };
  }

  const source = await sources.find(recording.source);
  if (!source) return { kind: 'trouble', why: `the source ${recording.source} is off` };
  const key = `inbox/${runId()}`;
  const put = async (body: Readable, bytes?: number) => {
    await audio.put(key, body, bytes);
    return { key, bytes: bytes ?? (await audio.head(key))?.bytes ?? 0 };
  };
  const fetched = await recordings.download({ ...recording, media }, source.fetch, put, lease);
  const nowMs = clock.nowMs();
  const waitedMs = nowMs - Math.min(...waiting.map((row) => waitingSinceMs(row, nowMs, timing)));
  const notReadyMs = source.fetch.patience === 'hours' ? timing.recordingSlowMs : timing.recordingNotReadyMs;
  if (fetched.kind === 'not-yet' && waitedMs >= notReadyMs) return { kind: 'rejected', why: `gone: ${fetched.why}` };
  if (fetched.kind === 'trouble' && waitedMs >= timing.recordingTroubleMs)
    return { kind: 'rejected', why: `given up: ${fetched.why}` };
  return fetched;
};

const collect = async (stream: Readable): Promise<Uint8Array> => Buffer.concat(await stream.toArray());
