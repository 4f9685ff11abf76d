import type { Readable } from 'node:stream';
import type { Audio, AudioFacts, Fitting } from './audio.ts';
import { canonicalTarget, type Memo, memoId, partId } from './memo.ts';
import type { RoutedMessage } from './messages.ts';
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
import type { Recording } from './recording.ts';
import { backOffMs, type Timing } from './timing.ts';

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
type Spooled =
  | { kind: 'ready'; pieces: Piece[]; original: AudioFacts; fitting: Fitting }
  | (Exclude<Fetched<never>, { kind: 'fetched' }> & { original?: AudioFacts });

/**
 * Takes one recording from its source to a memo per target, or several where it is long: rows first, then the audio,
 * then the next queue. Each of these may run again at any point; rows and keys that an earlier run has fixed are followed.
 */
export const storeRecording = (ports: StoreRecordingPorts) => {
  const { ledger, audio, memos, clock, timing, random, log } = ports;

  return async (message: RoutedMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const ageMs = clock.nowMs() - Date.parse(message.receivedAt);

    const { recording, targets } = message;
    const rows = await Promise.all(
      (targets.length > 0 ? targets : [undefined]).map((target) =>
        ledger.open({ id: memoId(recording, target), state: 'received', recording, ...(target && { target }) }),
      ),
    );
    const waiting = rows.filter((row) => row.state === 'received');
    const spooled = waiting.length > 0 ? await spool(ports, recording, ageMs, lease) : undefined;
    if (spooled) for (const row of waiting) await write(ports, row, spooled);

    // Whatever became of the others, and also for rows that an earlier run stored: it may have died before this line, and
    // a second message does no harm.
    for (const { id } of rows) {
      const row = await ledger.get(id);
      for (const part of row ? [row, ...(await laterParts(row))] : []) {
        if (part.state === 'stored' && part.target)
          await memos.send({ v: 1, memo: part.id, turn: part.turn }, canonicalTarget(part.target));
      }
    }
    if (spooled?.kind === 'not-yet' || spooled?.kind === 'trouble') {
      const delayMs = Math.max(spooled.retryAfterMs ?? 0, backOffMs(receives, timing.retry, random));
      return { kind: 'later', delayMs, why: spooled.why };
    }
    return { kind: 'done', outcome: spooled?.kind === 'rejected' ? 'rejected' : 'stored' };
  };

  async function write(ports: StoreRecordingPorts, row: Memo, spooled: Spooled) {
    if (spooled.kind === 'ready') return keep(ports, row, spooled);
    if (spooled.kind !== 'rejected') return noteOnce(ledger, row, spooled.why);
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
  async function keep(
    { runId }: StoreRecordingPorts,
    row: Memo,
    { pieces, original, fitting }: Extract<Spooled, { kind: 'ready' }>,
  ) {
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
      rows.push(await ledger.open({ id: partId(id, number), state: 'stored', ...facts }));
    }
    return rows;
  }
};

/** Brings the recording's bytes under `inbox/` and makes them fit. */
const spool = async (
  ports: StoreRecordingPorts,
  recording: Recording,
  ageMs: number,
  lease: AbortSignal,
): Promise<Spooled> => {
  const inbox = await bytesInInbox(ports, recording, ageMs, lease);
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
  { audio, recordings, sources, timing, runId }: StoreRecordingPorts,
  recording: Recording,
  ageMs: number,
  lease: AbortSignal,
): Promise<Fetched<{ key: string; bytes: number }>> => {
  const { media } = recording;
  if (media.kind === 'inbox') {
    const head = await audio.head(media.key);
    if (head) return { kind: 'fetched', value: { key: media.key, bytes: head.bytes } };
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
  const notReadyMs = source.fetch.patience === 'hours' ? timing.recordingSlowMs : timing.recordingNotReadyMs;
  if (fetched.kind === 'not-yet' && ageMs >= notReadyMs) return { kind: 'rejected', why: `gone: ${fetched.why}` };
  if (fetched.kind === 'trouble' && ageMs >= timing.recordingTroubleMs)
    return { kind: 'rejected', why: `given up: ${fetched.why}` };
  return fetched;
};

/** The row says what it waits for, once per reason: a day of retries is one line, not a hundred. */
const noteOnce = async (ledger: Ledger, row: Memo, reason: string) => {
  if (row.reason === reason) return;
  await ledger.move(row.id, { from: 'received', to: 'received', note: { reason } });
};

const collect = async (stream: Readable): Promise<Uint8Array> => Buffer.concat(await stream.toArray());
