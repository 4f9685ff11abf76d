import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { keptThreads } from '../../functions/audio/kept-threads.ts';

interface FakeThread {
  threadId: number;
  unref(): void;
  terminate(): Promise<number>;
}

/** Threads that do nothing. The tests decide when the work in them ends. */
const prepare = ({ most = 2, waitMs = 600_000 } = {}) => {
  const started: FakeThread[] = [];
  const start = () => {
    const thread: FakeThread = {
      threadId: started.length + 1,
      unref: () => {},
      async terminate() {
        this.threadId = -1;
        return 0;
      },
    };
    started.push(thread);
    return thread as Partial<Worker> as Worker; // all that the kept threads use
  };
  const run = keptThreads({ start, most, waitMs });
  const running: { thread: Worker; end: () => void; fail: (error: Error) => void }[] = [];
  /** Begins work; `running` has the work once a thread does it. */
  const begin = () =>
    run(
      (thread) =>
        new Promise<Worker>((resolve, reject) => {
          running.push({ thread, end: () => resolve(thread), fail: reject });
        }),
    );
  const settle = () => new Promise(setImmediate);
  const alive = () => started.filter(({ threadId }) => threadId > 0).length;
  return { run, begin, running, started, settle, alive };
};

test('many at once start as many threads as are kept, and each gets its turn', async () => {
  const { begin, running, started, settle, alive } = prepare();
  const work = Array.from({ length: 20 }, begin);
  for (let ended = 0; ended < 20; ended += 1) {
    await settle();
    expect(running.length).toBe(Math.min(20, ended + 2));
    running[ended]?.end();
  }
  await Promise.all(work);
  expect([started.length, alive()]).toEqual([2, 2]);
});

test('work that has waited as long as a thread takes to start gets a thread of its own, which ends with the work', async () => {
  const { begin, running, started, alive } = prepare({ waitMs: 1 });
  const stuck = [begin(), begin()];
  const third = begin();
  await expect.poll(() => running.length).toBe(3);
  running[2]?.end();
  await third;
  expect([started.length, alive()]).toEqual([3, 2]);
  for (const { end } of running) end();
  await Promise.all(stuck);
});

test('work that fails ends its thread, and what waits gets a fresh thread at once', async () => {
  const { begin, running, started, settle, alive } = prepare();
  const failing = expect(begin()).rejects.toThrow('a bad file');
  const work = [begin(), begin()];
  await settle();
  running[0]?.fail(new Error('a bad file'));
  await failing;
  await settle();
  expect([running.length, started.length, alive()]).toEqual([3, 3, 2]);
  for (const { end } of running) end();
  await Promise.all(work);
});

test('a thread that died while it was idle, or as its work ended, is used by nobody', async () => {
  const { begin, running, started, settle } = prepare();
  const first = begin();
  await settle();
  running[0]?.end();
  await first;
  for (const thread of started) thread.threadId = -1;
  const second = begin();
  const third = begin();
  await settle();
  for (const { thread } of running.slice(1)) expect(thread.threadId).toBeGreaterThan(0);
  const waits = begin();
  await settle();
  Object.assign(running[1]?.thread ?? {}, { threadId: -1 });
  running[1]?.end();
  await settle();
  expect(running[3]?.thread.threadId).toBeGreaterThan(0);
  for (const { end } of running) end();
  await Promise.all([second, third, waits]);
});
