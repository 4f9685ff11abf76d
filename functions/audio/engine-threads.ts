import { Worker } from 'node:worker_threads';
import { AftercallError } from '../core/model/errors.ts';
import type { AudioFile, FittedPart } from '../core/ports/ports.ts';
import { cannotRead } from './cannot-read.ts';
import type { Engine, Hearing } from './engine.ts';
import type { Ask, FromThread, Job, Shape, ToThread } from './engine-messages.ts';
import { freshThread, keptThreads, type Task } from './kept-threads.ts';

/**
 * Makes an engine that works in other threads, under one lease.
 * @param bytes the recording's size; without it, the work gets a fresh thread
 * @param onLong called each time a piece of work turns out to be long; an error that it throws ends the work
 */
export type HireEngine = (lease: AbortSignal, bytes?: number, onLong?: () => Promise<void>) => Engine;

export interface EngineThreadOptions {
  /** The time limit of a probe. */
  probeMs: number;
  /** The time limit of all other work. */
  fitMs: number;
  /** Work that takes longer than this is long. */
  longAfterMs: number;
  /** The thread's file. @default engine-thread.ts beside this file */
  entry?: URL;
}

/** Nearly every call is smaller. */
const SHORT_BYTES = 4 * 1024 * 1024;

/**
 * Runs the engine outside of the event loop, one piece of work in a thread at a time: a stranger's file may crash the
 * thread, hang it or fill its memory, and the function goes on. Probes and work on short recordings share the kept
 * threads. A long recording gets a fresh thread, whose memory is freed after; few are worked on at once (see `onLong`).
 */
export const engineThreads = ({ probeMs, fitMs, longAfterMs, entry = ENTRY }: EngineThreadOptions): HireEngine => {
  const start = () => startThread(entry);
  const kept = keptThreads({ start });
  const fresh = freshThread(start);
  return (lease, bytes = Number.POSITIVE_INFINITY, onLong) => {
    const working = bytes <= SHORT_BYTES ? kept : fresh;
    const task = taskFor({ longAfterMs, lease, onLong });
    return {
      probe: (file) => {
        const readMs = 1000 * Math.floor(file.bytes / READ_BYTES_PER_SECOND);
        return kept(task({ does: 'probe', bytes: file.bytes }, { file }, probeMs + readMs));
      },
      unreadBytes: (file) => working(task({ does: 'unreadBytes', bytes: file.bytes }, { file }, fitMs)),
      measure: (from, listening) => working(task({ does: 'measure', from: shapeOf(from), listening }, from, fitMs)),
      convert: (from, listening, recipe, keep) =>
        working(task({ does: 'convert', from: shapeOf(from), listening, recipe }, { ...from, keep }, fitMs)),
      remux: (file, maxParts, keep) =>
        working(task({ does: 'remux', bytes: file.bytes, maxParts }, { file, keep }, fitMs)),
    };
  };
};

/** A probe reads an MP3 or an AMR to its end, as fast as the bucket delivers it. */
const READ_BYTES_PER_SECOND = 10_000_000;

/** The data and functions that the thread may request. */
type Means = Partial<{ file: AudioFile; keep(part: FittedPart): Promise<void> }> &
  Partial<Extract<Hearing, { pcm: unknown }>>;

const shapeOf = (from: Hearing): Shape =>
  'file' in from ? { bytes: from.file.bytes } : { sampleRate: from.pcm.sampleRate, channels: from.pcm.channels };

/**
 * The thread has its own entry file, also in a bundle: a thread that ran the function's file would start threads too.
 */
const startThread = (entry: URL): Worker => {
  const thread = new Worker(entry, {
    // A small young generation is collected often. In a larger one, old blocks of sound would use most of the memory; a
    // smaller one costs time.
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 },
    execArgv: [],
  });
  // The caller gets the error too. The error of an idle thread must not end the process.
  return thread.on('error', () => {});
};
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './engine-thread.ts' : './engine-thread.mjs', import.meta.url);

let tasks = 0;

interface Terms {
  longAfterMs: number;
  lease: AbortSignal;
  onLong: (() => Promise<void>) | undefined;
}

const taskFor =
  ({ longAfterMs, lease, onLong }: Terms) =>
  <T>(job: Job, means: Means, limitMs: number): Task<T> =>
  (thread) => {
    lease.throwIfAborted();
    thread.ref();
    const chunks = means.pcm?.chunks[Symbol.asyncIterator]();
    const serve = async (ask: Ask): Promise<unknown> => {
      if ('read' in ask) return means.file?.read(...ask.read);
      if ('next' in ask) return (await chunks?.next())?.value;
      return means.keep?.(ask.keep);
    };
    let over = () => {};
    let unanswered = 0;
    const ended = new Promise<T>((resolve, reject) => {
      const late = () => {
        const reason = `longer than ${Math.round(limitMs / 1000)} s`;
        // Slow bytes are our fault, and the work is tried again. A file that is slow to decode stays slow.
        reject(
          unanswered > 0
            ? new AftercallError('unavailable', `reading or storing its bytes takes ${reason}`)
            : cannotRead(`it takes ${reason}`),
        );
      };
      const timer = setTimeout(late, limitMs);
      const longTimer = setTimeout(() => onLong?.().catch(reject), longAfterMs);
      const lost = () => reject(lease.reason);
      lease.addEventListener('abort', lost);
      let hasSpoken = false;
      const number = ++tasks;
      const decode = (message: FromThread) => {
        // A decoder reads ahead: a kept thread may still ask for bytes of an earlier recording.
        if ('ask' in message && message.job !== number) return;
        hasSpoken = true;
        if ('done' in message)
          resolve(message.done as T); // the result of the engine's method of this name
        else if ('cannot' in message) reject(cannotRead(message.cannot));
        // An error here is ours. It ends the work, since it must not look like the end of the file.
        else {
          const isOurs = !('next' in message.ask);
          if (isOurs) unanswered += 1;
          serve(message.ask).then((answer) => {
            if (isOurs) unanswered -= 1;
            // A copy, since its memory is transferred.
            const bytes = answer instanceof Uint8Array ? new Uint8Array(answer) : undefined;
            const reply: ToThread = { answer: bytes ?? answer, id: message.id };
            thread.postMessage(reply, bytes ? [bytes.buffer] : []);
          }, reject);
        }
      };
      // A thread first asks for bytes. If the thread ended before that, the recording is not the cause.
      const endedOf = (reason: string) =>
        reject(
          hasSpoken
            ? cannotRead(reason)
            : new AftercallError('unavailable', `the audio thread did not start: ${reason}`),
        );
      const died = (error: Error & { code?: string }) =>
        endedOf(`the engine died while it read the file (${error.code ?? error.message})`);
      const left = () => endedOf('the engine stopped before its result');
      thread.on('message', decode).on('error', died).on('exit', left);
      thread.postMessage({ job, number } satisfies ToThread);
      over = () => {
        clearTimeout(timer);
        clearTimeout(longTimer);
        lease.removeEventListener('abort', lost);
        thread.off('message', decode).off('error', died).off('exit', left);
      };
    });
    return ended.finally(() => {
      over();
      // Not awaited: if the next chunk never comes, the chunks end only when their decoder is disposed of.
      chunks?.return?.().catch(() => {});
    });
  };
