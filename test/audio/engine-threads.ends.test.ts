import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import type { AudioFile, Pcm } from '../../functions/core/ports/ports.ts';
import { callFile } from './calls.ts';

// The engine ends work that does not end by itself, and the next work still runs: each test follows such a test.

const LIMIT_MS = 60_000;
const hire = engineThreads({ probeMs: LIMIT_MS, fitMs: LIMIT_MS, longAfterMs: LIMIT_MS });
const LISTENING = { maxSeconds: 1_000_000 } as const;
const never = new AbortController().signal;
const lost = new Error('the lease is lost');
const wav = () => callFile('mulaw-8k-mono.wav');

/** A request; `asked` resolves when `tell` is called. */
const wish = () => {
  let tell = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { asked, tell };
};
const NEVER = new Promise<never>(() => {});

/** A file whose bytes never arrive. */
const silentFile = () => {
  const { asked, tell } = wish();
  const read = () => {
    tell();
    return NEVER;
  };
  return { asked, from: { file: { bytes: 50_000, read } satisfies AudioFile } };
};
/** A decoder that gives this many chunks of one second, and then neither another chunk nor an end. */
const silentPcm = (seconds: number) => {
  const { asked, tell } = wish();
  const chunks = (async function* () {
    for (let n = 0; n < seconds; n += 1) yield new Uint8Array(16_000);
    tell();
    await NEVER;
  })();
  return { asked, from: { pcm: { sampleRate: 8000, channels: 1, chunks } satisfies Pcm } };
};
/** Endless sound, of which the engine has taken some. */
const endlessPcm = () => {
  const { asked, tell } = wish();
  const chunks = (async function* () {
    for (let n = 0; ; n += 1) {
      if (n === 100) tell();
      yield new Uint8Array(16_000);
    }
  })();
  return { asked, from: { pcm: { sampleRate: 8000, channels: 1, chunks } satisfies Pcm } };
};

describe('a lease that is lost ends the work with its reason', () => {
  test('a lost lease ends a probe that waits for bytes', async () => {
    const [lease, { asked, from }] = [new AbortController(), silentFile()];
    const looking = hire(lease.signal).probe(from.file);
    asked.then(() => lease.abort(lost));
    await expect(looking).rejects.toBe(lost);
  });

  test.each([
    ['bytes', silentFile],
    ['a decoder', () => silentPcm(1)],
  ])('while other work waits for %s', async (_, silent) => {
    const [lease, { asked, from }] = [new AbortController(), silent()];
    const measuring = hire(lease.signal).measure(from, LISTENING);
    asked.then(() => lease.abort(lost));
    await expect(measuring).rejects.toBe(lost);
  });

  test('before it began', async () => {
    const { from } = silentFile();
    await expect(hire(AbortSignal.abort(lost)).probe(from.file)).rejects.toBe(lost);
    await expect(hire(AbortSignal.abort(lost)).measure(from, LISTENING)).rejects.toBe(lost);
  });
});

describe('work that takes longer than its limit is given up', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const timeIsUp = (asked: Promise<void>) => asked.then(() => vi.advanceTimersByTime(LIMIT_MS));

  const forNow = { code: 'unavailable', message: 'reading or storing its bytes takes longer than 60 s' };
  const forGood = { code: 'unreadable', message: 'it takes longer than 60 s' };

  test('a probe whose bytes do not come is given up for now', async () => {
    const { asked, from } = silentFile();
    timeIsUp(asked);
    await expect(hire(never).probe(from.file)).rejects.toMatchObject(forNow);
  });

  test.each([
    ['work whose bytes do not come is given up for now', silentFile, forNow],
    ['for good, where a decoder hangs at once: it has all the bytes', () => silentPcm(0), forGood],
    ['for good, where a decoder hangs after a while', () => silentPcm(1), forGood],
    ['for good, where there is too much of it', endlessPcm, forGood],
  ])('%s', async (_, silent, reason) => {
    const { asked, from } = silent();
    timeIsUp(asked);
    await expect(hire(never).measure(from, LISTENING)).rejects.toMatchObject(reason);
  });

  test('work whose part is not stored is given up for now', async () => {
    const { asked, tell } = wish();
    const recipe = { kbps: 64, sampleRate: 16_000, parts: 1, seconds: 1 };
    const keep = () => {
      tell();
      return NEVER;
    };
    timeIsUp(asked);
    await expect(hire(never).convert({ file: wav() }, LISTENING, recipe, keep)).rejects.toMatchObject(forNow);
  });
});

test('a thread whose file is missing is our fault: no recording is rejected for it', async () => {
  const entry = new URL('no-such-thread.ts', import.meta.url);
  const engine = engineThreads({ probeMs: LIMIT_MS, fitMs: LIMIT_MS, longAfterMs: LIMIT_MS, entry })(never);
  const ours = { code: 'unavailable', message: expect.stringContaining('the audio thread did not start') };
  await expect(engine.probe(wav())).rejects.toMatchObject(ours);
  await expect(engine.probe(wav())).rejects.toMatchObject(ours);
  await expect(engine.measure({ file: wav() }, LISTENING)).rejects.toMatchObject(ours);
});

test('what comes after all of that still runs', async () => {
  expect(await hire(never).probe(wav())).toMatchObject({ kind: 'audio' });
  expect(await hire(never).measure({ file: wav() }, LISTENING)).toMatchObject({ seconds: 1 });
});
