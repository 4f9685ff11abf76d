import type { Readable } from 'node:stream';
import { canonicalTarget, type Memo, memoId } from './memo.ts';
import type { RoutedMessage } from './messages.ts';
import type {
  AudioStore,
  Clock,
  Fetched,
  Ledger,
  Log,
  MemosQueue,
  Recordings,
  Sniffer,
  Sources,
  StepVerdict,
} from './ports.ts';
import type { Recording } from './recording.ts';
import { backOffMs, type Timing } from './timing.ts';

/** Linq's cap for a voice memo (its reference says 10 MB without saying which; this is the smaller reading). */
export const MAX_AUDIO_BYTES = 10_000_000;
/** Enough for every signature the sniffer knows. */
const HEAD_BYTES = 16_384;

export interface StoreRecordingPorts {
  sources: Sources;
  recordings: Recordings;
  audio: AudioStore;
  sniffer: Sniffer;
  ledger: Ledger;
  memos: MemosQueue;
  clock: Clock;
  timing: Timing;
  random: () => number;
  /** Fresh for each run, so that no run overwrites what another, or Linq, is reading. */
  runId: () => string;
  log: Log;
}

/** The bytes of a recording, in our bucket and looked at. */
type Spooled =
  | { kind: 'ready'; key: string; bytes: number; extension: string; type: string }
  | Exclude<Fetched<never>, { kind: 'fetched' }>;

/**
 * Takes one recording from its source to a memo per target: rows first, then the audio, then the next queue. Every part
 * may run again at any point; rows and keys that an earlier run has fixed are followed.
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
      if (row?.state === 'stored' && row.target) {
        await memos.send({ v: 1, memo: row.id, turn: row.turn }, canonicalTarget(row.target));
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
    await ledger.move(row.id, { from: 'received', to: 'rejected', note: { reason: spooled.why } });
    log.info('rejected', { memo: row.id, outcome: 'rejected', why: spooled.why });
  }

  /** Copies the audio to the memo's own key and fixes that key in the row; where another run was first, its key stands. */
  async function keep({ runId }: StoreRecordingPorts, row: Memo, spooled: Extract<Spooled, { kind: 'ready' }>) {
    const key = `audio/${runId()}/${row.id}.${spooled.extension}`;
    await audio.copy(spooled.key, key, spooled.type);
    const stored = { key, type: spooled.type, bytes: spooled.bytes };
    if (row.target) await ledger.move(row.id, { from: 'received', to: 'stored', set: { audio: stored } });
    else {
      const reason = 'no route for this recording';
      await ledger.move(row.id, { from: 'received', to: 'unrouted', set: { audio: stored }, note: { reason } });
    }
    log.info('stored', { memo: row.id, source: row.recording.source, outcome: row.target ? 'stored' : 'unrouted' });
  }
};

/** Brings the recording's bytes under `inbox/` and looks at them. */
const spool = async (
  ports: StoreRecordingPorts,
  recording: Recording,
  ageMs: number,
  lease: AbortSignal,
): Promise<Spooled> => {
  const inbox = await bytesInInbox(ports, recording, ageMs, lease);
  if (inbox.kind !== 'fetched') return inbox;
  const { key, bytes } = inbox.value;
  if (bytes === 0) return { kind: 'rejected', why: 'not audio: the recording is empty' };
  if (bytes > MAX_AUDIO_BYTES) return tooLarge(`${bytes} bytes`);
  const head = await collect(await ports.audio.read(key, { start: 0, end: Math.min(bytes, HEAD_BYTES) - 1 }));
  const sniffed = await ports.sniffer.sniff(head, bytes);
  if (sniffed.kind === 'unfit') return { kind: 'rejected', why: sniffed.why };
  return { kind: 'ready', key, bytes, extension: sniffed.extension, type: sniffed.type };
};

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

const tooLarge = (what: string): Spooled => ({
  kind: 'rejected',
  why: `too large: ${what}; Linq takes ${MAX_AUDIO_BYTES} at most`,
});

/** The row says what it waits for, once per reason: a day of retries is one line, not a hundred. */
const noteOnce = async (ledger: Ledger, row: Memo, reason: string) => {
  if (row.reason === reason) return;
  await ledger.move(row.id, { from: 'received', to: 'received', note: { reason } });
};

const collect = async (stream: Readable): Promise<Uint8Array> => Buffer.concat(await stream.toArray());
