import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../functions/audio/encode.ts';
import { engine, type Hearing } from '../../functions/audio/engine.ts';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import type { AudioFile, FittedPart, Pcm } from '../../functions/core/ports/ports.ts';
import { call, callFile, factsOf, fileOf } from './calls.ts';

const hire = engineThreads({ probeMs: 20_000, fitMs: 20_000, longAfterMs: 20_000 });
const never = new AbortController().signal;
const threads = hire(never);

const LISTENING = { maxSeconds: 3600 } as const;
const RECIPE: Recipe = { kbps: 64, sampleRate: 16_000, parts: 2, seconds: 1 };
const away = new Error('S3 is away');
/** Resolves when a test opens it. */
const gate = () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};
const call1s = () => callFile('mulaw-8k-mono.wav');
const convert = async (by: typeof engine, from: Hearing) => {
  const parts: FittedPart[] = [];
  const done = await by.convert(from, LISTENING, RECIPE, async (part) => void parts.push(part));
  return { done, parts };
};
const pcmOf = (bytes: Uint8Array, cut = 999): Pcm => ({
  sampleRate: 8000,
  channels: 1,
  chunks: (async function* () {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  })(),
});

describe('through its threads the engine gives what it gives directly', () => {
  test.each(['mulaw-8k-stereo.wav', 'opus-mono.ogg', 'aac-cut.m4a', 'amr-wb.amr', 'headerless-mulaw.ulaw'])(
    'looking at %s',
    async (name) => {
      expect(await threads.probe(callFile(name))).toEqual(await engine.probe(callFile(name)));
    },
  );

  test('measuring', async () => {
    const measured = await threads.measure({ file: call1s() }, LISTENING);
    expect(measured).toEqual(await engine.measure({ file: call1s() }, LISTENING));
    expect(measured.seconds).toBe(factsOf('mulaw-8k-mono.wav').decodedSeconds);
  });

  test('converting a file, part by part', async () => {
    const converted = await convert(threads, { file: call1s() });
    expect(converted).toEqual(await convert(engine, { file: call1s() }));
    expect(converted.parts).toHaveLength(2);
  });

  test('converting PCM, whose chunks go over', async () => {
    const words = call('pcm-s16-8k-mono.wav').slice(44, 44 + 16_000);
    expect(await convert(threads, { pcm: pcmOf(words) })).toEqual(await convert(engine, { pcm: pcmOf(words) }));
  });

  test('remuxing', async () => {
    const facts: unknown[] = [];
    const file = callFile('aac-cut.m4a');
    const remuxed = await threads.remux(file, 1, async (part) => void facts.push(part.facts));
    const directly: unknown[] = [];
    expect(remuxed).toEqual(await engine.remux(file, 1, async (part) => void directly.push(part.facts)));
    expect(facts).toEqual(directly);
  });

  test('an engine in a thread fails with words for the memo’s row', async () => {
    const bad = fileOf(call('headerless-gsm.gsm'));
    await expect(threads.measure({ file: bad }, LISTENING)).rejects.toMatchObject({ code: 'unreadable' });
    expect(await threads.probe(call1s())).toMatchObject({ kind: 'audio' });
  });
});

describe('what fails on our side is thrown on as it was', () => {
  const failing: AudioFile = { bytes: 50_000, read: () => Promise.reject(away) };
  /** A file that is probed and opened, but fails before its end is read. */
  const failingLater = (name: string): AudioFile => {
    const file = callFile(name);
    let reads = 0;
    return { bytes: file.bytes, read: (start, end) => (++reads > 1 ? Promise.reject(away) : file.read(start, end)) };
  };

  test('a read, of a look and of other work', async () => {
    await expect(threads.probe(failing)).rejects.toBe(away);
    await expect(threads.measure({ file: failingLater('mulaw-8k-mono.wav') }, LISTENING)).rejects.toBe(away);
  });

  test('a `keep`', async () => {
    const keep = () => Promise.reject(away);
    await expect(threads.convert({ file: call1s() }, LISTENING, RECIPE, keep)).rejects.toBe(away);
  });

  test('a decoder’s next chunk', async () => {
    const chunks = (async function* () {
      yield new Uint8Array(1000);
      throw away;
    })();
    const pcm = { sampleRate: 8000, channels: 1, chunks };
    await expect(threads.measure({ pcm }, LISTENING)).rejects.toBe(away);
  });
});

test('a decoder is let go of when the work that it fed has ended', async () => {
  const { open, opened } = gate();
  const chunks = (async function* () {
    try {
      for (;;) yield new Uint8Array(16_000);
    } finally {
      open();
    }
  })();
  const measuring = threads.measure(
    { pcm: { sampleRate: 8000, channels: 1, chunks } },
    { ...LISTENING, maxSeconds: 1 },
  );
  await expect(measuring).rejects.toMatchObject({ code: 'unreadable', message: 'too long: more than 1 s' });
  await opened;
});

test('no piece of work waits for another: a look and a conversion end while others have not begun', async () => {
  const { open, opened } = gate();
  const slow: AudioFile = { bytes: 8058, read: (start, end) => opened.then(() => call1s().read(start, end)) };
  const order: string[] = [];
  const held = [threads.probe(slow), convert(threads, { file: slow })].map((work) =>
    work.then(() => order.push('held')),
  );

  await threads.probe(call1s()).then(() => order.push('probe'));
  await convert(threads, { file: call1s() }).then(() => order.push('conversion'));
  open();
  await Promise.all(held);

  expect(order).toEqual(['probe', 'conversion', 'held', 'held']);
});

describe('work that is not done in five seconds, say', () => {
  const soon = engineThreads({ probeMs: 20_000, fitMs: 20_000, longAfterMs: 5 });
  const late = (ms: number): AudioFile => ({
    bytes: 8058,
    read: async (start, end) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return call1s().read(start, end);
    },
  });

  test('is long, and goes on where it may', async () => {
    let told = 0;
    const engine = soon(never, 0, async () => {
      told += 1;
    });
    expect(await engine.probe(late(50))).toMatchObject({ kind: 'audio' });
    expect(told).toBe(1);
  });

  test('ends where it may not, with the reason', async () => {
    const others = new Error('others wait');
    const engine = soon(never, 0, () => Promise.reject(others));
    await expect(engine.probe(late(50))).rejects.toBe(others);
    await expect(engine.measure({ file: late(50) }, LISTENING)).rejects.toBe(others);
  });

  test('work that takes long goes on where nobody asked to be told', async () => {
    expect(await soon(never).measure({ file: late(50) }, LISTENING)).toMatchObject({ seconds: 1 });
  });
});

test('a process ends by itself when the work is done, though a thread is kept warm', () => {
  const path = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  const script = `
    const { engineThreads } = await import(${path('../../functions/audio/engine-threads.ts')});
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync(${path('../fixtures/audio/calls/mulaw-8k-mono.wav')});
    const file = { bytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
    const engine = engineThreads({ probeMs: 60_000, fitMs: 60_000, longAfterMs: 60_000 })(new AbortController().signal);
    console.log((await engine.probe(file)).facts.codec, (await engine.measure({ file }, ${JSON.stringify(LISTENING)})).seconds);
  `;
  const { status, stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 60_000,
    encoding: 'utf8',
  });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: 'ulaw 1\n' });
});
