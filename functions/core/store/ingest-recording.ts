import type { Readable } from 'node:stream';
import type { Audio, AudioFacts, Fitting } from '../model/audio.ts';
import { GaveWay } from '../model/errors.ts';
import type { Memo } from '../model/memo.ts';
import { fileOfKey } from '../model/memo-file.ts';
import type { RoutedMessage } from '../model/messages.ts';
import type { Timing } from '../model/timing.ts';
import { waitingSinceMs } from '../model/wait-clock.ts';
import type {
  AudioFile,
  AudioFitter,
  AudioStore,
  Clock,
  Fetched,
  Fitted,
  FittedPart,
  Recordings,
  RecordingsQueue,
  Sources,
} from '../ports/ports.ts';
import type { Source } from '../ports/source.ts';
import { isStub } from './is-stub.ts';
import { type KeptDownloadPorts, keptDownload } from './kept-download.ts';
import { queueFurther } from './queue-further.ts';
import type { Raw, runFolder } from './run-folder.ts';
import type { slowWork } from './slow-work.ts';

export interface IngestPorts extends KeptDownloadPorts {
  sources: Sources;
  recordings: Recordings;
  audio: AudioStore;
  fitter: AudioFitter;
  clock: Clock;
  /** The queue that the messages come from. */
  queue: RecordingsQueue;
}

/** The audio of one memo, ready to be sent. */
export interface Piece {
  /** Its key under `inbox/`, or its bytes where they are not in the bucket yet. */
  from: string | Uint8Array;
  extension: string;
  audio: Omit<Audio, 'key'>;
}

/** One run of the step. */
export interface Run {
  id: string;
  folder: ReturnType<typeof runFolder>;
  lease: AbortSignal;
  slow: ReturnType<typeof slowWork>;
}

/** A recording in our bucket that Linq accepts. */
export type Ready = { kind: 'ready'; pieces: Piece[]; original: AudioFacts; fitting: Fitting };
export type Rejected = { kind: 'rejected'; reason: string; original?: AudioFacts };
export type Ingested = Ready | Rejected | Exclude<Fetched<never>, { kind: 'fetched' }>;

/**
 * Fetches the recording and makes it fit. A recording that may pass as it is stays in memory; any other goes to `inbox/`.
 * If it must be tried again, the fetched bytes stay for the next try.
 */
export const ingestRecording = async (
  ports: IngestPorts,
  message: RoutedMessage,
  run: Run,
  row: Memo,
): Promise<Ingested> => {
  const fetched = await fetchBytes(ports, message, run, row).finally(run.slow.endDownload);
  if (fetched.kind !== 'fetched') return fetched;
  const { audio, fitter } = ports;
  const { folder, lease, slow } = run;
  let parts = 0;
  const { from, bytes } = fetched.value;
  const putPart = async ({ bytes, extension, facts, waveform }: FittedPart): Promise<Piece> => {
    parts += 1;
    const key = await folder.put(`part-${parts}`, bytes, bytes.length);
    return { from: key, extension, audio: { ...facts, ...(waveform && { waveform }) } };
  };
  const file = fileOf(audio, fetched.value);
  let fitted: Fitted<Piece>;
  try {
    fitted = await fitter.fit(file, putPart, lease, slow.onLongWork);
  } catch (error) {
    if (!(error instanceof GaveWay)) throw error;
    const key = await folder.keep(fetched.value);
    if (message.recording.media.kind !== 'inbox') await keptDownload(ports, row).write({ key, bytes });
    return { kind: 'gave-way', reason: error.message };
  }
  const stub = (await mayStillCome(ports, message, row)) && (await isStub(file, fitted, message.recording));
  if (stub) {
    await folder.clear();
    return { kind: 'not-yet', reason: stub };
  }
  if (fitted.kind === 'unfit') return { kind: 'rejected', reason: fitted.reason, original: fitted.original };
  const { original, fitting } = fitted;
  const pieces = fitted.kind === 'made' ? fitted.parts : [{ from, extension: fitted.extension, audio: original }];
  return { kind: 'ready', pieces, original, fitting };
};

/** Deletes what this run and the kept download left under `inbox/`. */
export const clearInbox = async (ports: IngestPorts, { folder }: Run, row: Memo): Promise<void> => {
  const download = keptDownload(ports, row);
  const kept = await download.read();
  if (kept) {
    await ports.audio.removeAll(folderOf(kept.key));
    await download.remove();
  }
  await folder.clear();
};

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

/**
 * The audio of a memo without a target, for the memo that a replay makes from it: the recording's URL may have expired.
 */
export const piecesOf = ({ target, audio, laterParts = [], original, fitting }: Memo): Ready | undefined => {
  if (target || !audio || !original || !fitting) return undefined;
  const pieces = [audio, ...laterParts].map(({ key, ...facts }): Piece => {
    return { from: key, extension: fileOfKey(key).extension, audio: facts };
  });
  return { kind: 'ready', pieces, original, fitting };
};

/** A file up to this size is read once, as a whole: probe and decoder ask for a dozen ranges of it. */
const WHOLE_BYTES = 4 * 1024 * 1024;

const fileOf = (audio: AudioStore, { from, bytes }: Raw): AudioFile => {
  if (typeof from !== 'string') return { bytes, read: async (start, end) => from.subarray(start, end) };
  const range = async (start: number, end: number): Promise<Uint8Array> =>
    start === end ? new Uint8Array() : collect(await audio.read(from, { start, end: end - 1 }));
  if (bytes > WHOLE_BYTES) return { bytes, read: range };
  let whole: Promise<Uint8Array> | undefined;
  return {
    bytes,
    async read(start, end) {
      whole ??= range(0, bytes);
      try {
        return (await whole).subarray(start, end);
      } catch (error) {
        whole = undefined; // the next read asks the bucket again
        throw error;
      }
    },
  };
};

const fetchBytes = async (
  ports: IngestPorts,
  message: RoutedMessage,
  { folder, lease, slow }: Run,
  row: Memo,
): Promise<Fetched<Raw>> => {
  const { recording } = message;
  const { audio, recordings, sources, clock, timing } = ports;
  const { media } = recording;
  if (media.kind === 'inbox') {
    const head = await audio.head(media.key);
    if (head) return { kind: 'fetched', value: { from: media.key, bytes: head.bytes } };
    const nowMs = clock.nowMs();
    if (nowMs - waitingSinceMs(row, nowMs) < timing.uploadEndsMs)
      return { kind: 'not-yet', reason: 'the upload has not come yet' };
    return { kind: 'rejected', reason: 'gone: the upload never came' };
  }

  const download = keptDownload(ports, row);
  const earlier = await download.read();
  const kept = earlier && (await audio.head(earlier.key))?.bytes === earlier.bytes ? earlier : undefined;
  if (kept && !kept.begun) return { kind: 'fetched', value: { from: kept.key, bytes: kept.bytes } };
  const source = await sources.find(recording.source);
  if (!source) return { kind: 'trouble', reason: `the source ${recording.source} is off` };
  let raw: Raw | undefined;
  const into = async (body: Readable, length?: number): Promise<Raw> => {
    raw = await folder.take(body, length);
    return raw;
  };
  const { begun, further, ...fetched } = await recordings.download({ ...recording, media }, source.fetch, into, lease, {
    onSlow: slow.onSlowDownload,
    ...(kept?.begun && { begun: { ...kept.begun, read: () => audio.read(kept.key) } }),
  });
  if (begun && raw) {
    await download.write({ key: await folder.keep(raw), bytes: begun.bytes, begun });
    if (earlier) await audio.removeAll(folderOf(earlier.key));
  }
  const nowMs = clock.nowMs();
  const result = givenUp(fetched, source, nowMs - waitingSinceMs(row, nowMs), timing);
  // Where there will be no other try, this is the last time that the source is asked.
  if (further && (result.kind === 'fetched' || result.kind === 'rejected'))
    await queueFurther(ports.queue, message, further);
  return result;
};

/** A recording that does not come is rejected once its time is over. */
const givenUp = <T>(fetched: Fetched<T>, source: Source, waitedMs: number, timing: Timing): Fetched<T> => {
  if (fetched.kind === 'not-yet' && waitedMs >= notReadyMs(source, timing))
    return { kind: 'rejected', reason: `gone: ${fetched.reason}` };
  if (fetched.kind === 'trouble' && waitedMs >= timing.recordingTroubleMs)
    return { kind: 'rejected', reason: `given up: ${fetched.reason}` };
  return fetched;
};

/** How long a source may say that a recording is not ready. */
const notReadyMs = ({ fetch }: Source, timing: Timing): number =>
  fetch.readyWithin === 'hours' ? timing.recordingSlowMs : timing.recordingNotReadyMs;

/** Whether the source may still be writing the recording. An upload is complete. */
const mayStillCome = async (
  { sources, clock, timing }: IngestPorts,
  message: RoutedMessage,
  row: Memo,
): Promise<boolean> => {
  const source = message.recording.media.kind === 'inbox' ? undefined : await sources.find(message.recording.source);
  const nowMs = clock.nowMs();
  return source !== undefined && nowMs - waitingSinceMs(row, nowMs) < notReadyMs(source, timing);
};

const collect = async (stream: Readable): Promise<Uint8Array> => Buffer.concat(await stream.toArray());
