import { Worker } from 'node:worker_threads';
import { AftercallError } from '../core/model/errors.ts';
import type { AudioFile, FittedPart } from '../core/ports/ports.ts';
import { cannotRead } from './cannot-read.ts';
import type { Engine, Hearing } from './engine.ts';
import type { Ask, FromThread, Job, Shape, ToThread } from './engine-messages.ts';

/**
 * The engine with its work in other threads; each call obeys the lease it was hired under.
 * @param bytes of the recording. @default too many for a thread that is kept
 * @param onLong told each time a piece of work turns out to be long; what it throws ends the work
 */
export type HireEngine = (lease: AbortSignal, bytes?: number, onLong?: () => Promise<void>) => Engine;

export interface EngineThreadOptions {
  /** A look that takes longer gives up. */
  lookMs: number;
  /** So does any other work. */
  fitMs: number;
  /** Work that is not done by then is long. */
  longAfterMs: number;
  /** The thread's file, where it is not the one beside this. */
  entry?: URL;
}

/** Nearly every call is shorter. A thread starts in a third of a second, which is longer than the work on one of these. */
const SHORT_BYTES = 4 * 1024 * 1024;

/**
 * Runs the engine off the event loop, each piece of work in a thread of its own: third-party media may crash it, hang it or
 * fill its memory, and ends with its thread. No work waits for other work: how much runs at once is up to the caller, who has few
 * recordings in hand, and even fewer long ones (see `onLong`). One thread is kept for looks, and starts with the process, and one
 * for all other work on short recordings; a long one has a fresh thread each time, which gives its memory back.
 */
export const engineThreads = ({ lookMs, fitMs, longAfterMs, entry = ENTRY }: EngineThreadOptions): HireEngine => {
  // Started with the process, which has time for it then, as a Lambda function's initialisation has.
  const looking = threads({ keeps: true, first: startThread(entry), entry });
  const short = threads({ keeps: true, entry });
  const long = threads({ keeps: false, entry });
  return (lease, bytes = Number.POSITIVE_INFINITY, onLong) => {
    const working = bytes <= SHORT_BYTES ? short : long;
    const task = taskFor({ longAfterMs, lease, onLong });
    return {
      probe: (file) => {
        const readMs = 1000 * Math.floor(file.bytes / READ_BYTES_PER_SECOND);
        return looking(task({ does: 'probe', bytes: file.bytes }, { file }, lookMs + readMs));
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

/** An MP3 or an AMR is looked through to its end, as fast as the bucket gives it. */
const READ_BYTES_PER_SECOND = 10_000_000;

/** What the host has that the thread may ask for. */
type Means = Partial<{ file: AudioFile; keep(part: FittedPart): Promise<void> }> &
  Partial<Extract<Hearing, { pcm: unknown }>>;

const shapeOf = (from: Hearing): Shape =>
  'file' in from ? { bytes: from.file.bytes } : { sampleRate: from.pcm.sampleRate, channels: from.pcm.channels };

type Task<T> = (thread: Worker) => Promise<T>;

/**
 * A thread for each piece of work. One is kept for the next, only after work that ended well; what comes while it is busy has
 * another.
 * @param keeps whether a thread is kept at all: one that is not gives its memory back
 * @param first a thread that is there already
 */
const threads = ({ keeps, first, entry }: { keeps: boolean; first?: Worker; entry: URL }) => {
  let idle = first;
  idle?.unref();
  return async <T>(task: Task<T>): Promise<T> => {
    const thread = idle && isAlive(idle) ? idle : startThread(entry);
    idle = undefined;
    try {
      const value = await task(thread);
      if (keeps && !idle) {
        idle = thread;
        thread.unref(); // nobody waits for it: it must not hold the process
      }
      return value;
    } finally {
      if (idle !== thread) await thread.terminate();
    }
  };
};

/** The thread has an entry of its own, also in a bundle: a thread that loaded this function's file would start threads too. */
const startThread = (entry: URL): Worker => {
  const thread = new Worker(entry, {
    // A small nursery is tidied often: the blocks of sound that wait in it would outweigh all else. A smaller one costs time.
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 },
    execArgv: [],
  });
  return thread.on('error', () => {}); // whoever works with it hears it too; an idle one must not end the process
};
/** A thread that has ended has no number any more. */
const isAlive = (thread: Worker): boolean => thread.threadId > 0;
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
        // A file that is slow to come is ours to try again; one that is slow to work on, for a decoder too, stays so.
        reject(
          unanswered > 0
            ? new AftercallError('unavailable', `its bytes take ${reason}`)
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
        // A decoder reads ahead: a kept thread may still ask for bytes of a recording that it is done with.
        if ('ask' in message && message.job !== number) return;
        hasSpoken = true;
        if ('done' in message)
          resolve(message.done as T); // what the engine's method of this name returns
        else if ('cannot' in message) reject(cannotRead(message.cannot));
        // What fails here is ours, and must not look like an end of the file: it ends the work.
        else {
          const isOurs = !('next' in message.ask);
          if (isOurs) unanswered += 1;
          serve(message.ask).then((answer) => {
            if (isOurs) unanswered -= 1;
            const bytes = answer instanceof Uint8Array ? new Uint8Array(answer) : undefined; // a copy, to be given away
            const reply: ToThread = { answer: bytes ?? answer, id: message.id };
            thread.postMessage(reply, bytes ? [bytes.buffer] : []);
          }, reject);
        }
      };
      // A thread asks for bytes before it does anything with them: one that ends before that never saw the recording.
      const endedOf = (reason: string) =>
        reject(
          hasSpoken
            ? cannotRead(reason)
            : new AftercallError('unavailable', `the audio thread did not start: ${reason}`),
        );
      const died = (error: Error & { code?: string }) =>
        endedOf(`the engine died of it (${error.code ?? error.message})`);
      const left = () => endedOf('the engine left its work');
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
      // Not awaited: where the next chunk never comes they do not end before their decoder is left. See its `dispose`.
      chunks?.return?.().catch(() => {});
    });
  };
