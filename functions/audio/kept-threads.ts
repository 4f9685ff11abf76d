import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';

/** A piece of work. It rejects where the recording or the thread is at fault. */
export type Task<T> = (thread: Worker) => Promise<T>;

interface KeptThreadsOptions {
  start: () => Worker;
  /** How many threads are kept. @default as many as can run at once, and two at least */
  most?: number;
  /** How long work waits for a kept thread. @default the time in which a thread of its own would have started */
  waitMs?: number;
}

/** Starting a thread takes a third of a second of processor time: ten times the work on a short call. */
const START_MS = 300;

/**
 * Runs each piece of work in a thread that is kept for the next work. While all kept threads are busy, work waits for
 * one; after `waitMs` the work gets a thread of its own, so that no work holds up another for longer. The first thread
 * starts at once: a Lambda function has time during its initialisation. A thread whose work failed is not used again.
 */
export const keptThreads = ({
  start,
  most = Math.max(2, availableParallelism()),
  waitMs = START_MS,
}: KeptThreadsOptions) => {
  let running = 0;
  const begin = (): Worker => {
    running += 1;
    return start();
  };
  const idle = [begin()];
  idle[0]?.unref(); // an idle thread must not keep the process alive
  const waiting: ((thread: Worker) => void)[] = [];

  const take = async (): Promise<Worker> => {
    for (let thread = idle.pop(); thread; thread = idle.pop()) {
      if (isAlive(thread)) return thread;
      running -= 1;
    }
    return (running < most ? undefined : await nextFreed()) ?? begin();
  };

  const nextFreed = (): Promise<Worker | undefined> =>
    new Promise((resolve) => {
      const turn = (thread: Worker) => {
        clearTimeout(timer);
        resolve(thread);
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(turn), 1);
        resolve(undefined);
      }, waitMs);
      waiting.push(turn);
    });

  const giveBack = async (thread: Worker): Promise<void> => {
    if (!isAlive(thread)) return end(thread);
    const next = waiting.shift();
    if (next) return next(thread);
    if (running > most) return end(thread);
    idle.push(thread);
    thread.unref();
  };

  const end = async (thread: Worker): Promise<void> => {
    running -= 1;
    const next = running < most ? waiting.shift() : undefined;
    next?.(begin());
    await thread.terminate();
  };

  return async <T>(task: Task<T>): Promise<T> => {
    const thread = await take();
    let value: T;
    try {
      value = await task(thread);
    } catch (error) {
      await end(thread);
      throw error;
    }
    await giveBack(thread);
    return value;
  };
};

/** Runs each piece of work in a fresh thread, and ends the thread, which frees its memory. */
export const freshThread =
  (start: () => Worker) =>
  async <T>(task: Task<T>): Promise<T> => {
    const thread = start();
    try {
      return await task(thread);
    } finally {
      await thread.terminate();
    }
  };

/** A thread that has ended has the id −1. */
const isAlive = (thread: Worker): boolean => thread.threadId > 0;
