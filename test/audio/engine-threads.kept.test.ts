import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { call, callFile, fileOf } from './calls.ts';

// A thread starts in a third of a second. A bridge with a new thread for each recording sends three memos a second at
// most.

const LISTENING = { maxSeconds: 3600 } as const;
const never = new AbortController().signal;
const hireThreads = () => engineThreads({ probeMs: 20_000, fitMs: 20_000, longAfterMs: 20_000 });

/** How many threads start during this work. */
const threadsStarted = async (work: () => Promise<unknown>): Promise<number> => {
  let started = 0;
  const count = () => {
    started += 1;
  };
  subscribe('worker_threads', count); // Node's own channel: it reports every new Worker
  try {
    await work();
  } finally {
    unsubscribe('worker_threads', count);
  }
  return started;
};
const measure = (hire: ReturnType<typeof hireThreads>, file: AudioFile) =>
  hire(never, file.bytes).measure({ file }, LISTENING);

test('one thread makes any number of short recordings fit, one after the other', async () => {
  const started = await threadsStarted(async () => {
    const fitter = audioFitter({ engine: hireThreads(), rules: AUDIO_RULES, clock: { nowMs: Date.now } });
    // The first passes, after the engine has decoded it once; the second is converted.
    for (const name of ['vbr-xing.mp3', 'mulaw-8k-mono.wav', 'vbr-xing.mp3', 'mulaw-8k-mono.wav', 'vbr-xing.mp3'])
      expect(await fitter.fit(callFile(name), async () => name, never)).toMatchObject({
        kind: name.endsWith('mp3') ? 'as-it-is' : 'made',
      });
  });
  expect(started).toBe(1);
});

test('each piece of work on a long recording has a thread of its own', async () => {
  const hire = hireThreads();
  const started = await threadsStarted(async () => {
    for (let n = 0; n < 2; n += 1)
      await hire(never, 5_000_000).measure({ file: callFile('mulaw-8k-mono.wav') }, LISTENING);
  });
  expect(started).toBe(2);
});

test('a short recording does not wait for a long one', async () => {
  const hire = hireThreads();
  const lease = new AbortController();
  const endless: AudioFile = { bytes: 5_000_000, read: () => new Promise(() => {}) };
  const long = hire(lease.signal, endless.bytes).measure({ file: endless }, LISTENING);
  const ended = expect(long).rejects.toThrow('the test is over');
  expect(await measure(hire, callFile('mulaw-8k-mono.wav'))).toMatchObject({ seconds: 1 });
  lease.abort(new Error('the test is over'));
  await ended;
});

test('the thread of a recording that cannot be read is not used again', async () => {
  const hire = hireThreads();
  await measure(hire, callFile('mulaw-8k-mono.wav'));
  const started = await threadsStarted(async () => {
    const bad = fileOf(call('headerless-gsm.gsm'));
    await expect(measure(hire, bad)).rejects.toMatchObject({ code: 'unreadable' });
    await measure(hire, callFile('mulaw-8k-mono.wav'));
  });
  expect(started).toBe(1);
});

test('a kept thread that still asks for bytes of its last recording gets none of the next', async () => {
  const entry = new URL('thread-that-asks-late.ts', import.meta.url);
  const hire = engineThreads({ probeMs: 20_000, fitMs: 20_000, longAfterMs: 20_000, entry });
  const reads: string[] = [];
  const file = (name: string): AudioFile => ({
    bytes: 1000,
    read: async (start, end) => {
      reads.push(`${name} ${start}-${end}`);
      return new Uint8Array(end - start);
    },
  });
  await measure(hire, file('first'));
  await measure(hire, file('second'));
  expect(reads).toEqual(['first 0-10', 'second 0-10']);
});
