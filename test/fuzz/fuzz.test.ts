import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { answerTo, byFetch, raw } from '../http/answering.ts';
import { audio } from './audio.ts';
import { bodies, speakerOf } from './bodies.ts';
import { readCorpus, readFound, saveFound } from './kept.ts';
import { fuzz, seedOf } from './run.ts';
import { signatures } from './signatures.ts';
import type { Target } from './target.ts';

// A few seconds of `npm run fuzz`, and the behaviour of a run that finds a fault.

// A cast: a target only reads inputs that were kept under its own name.
const TARGETS = ([bodies, signatures, audio] as Target[]).map((target) => [target.name, target] as const);

describe.each(TARGETS)('%s', (name, target) => {
  test('every input of the corpus holds', { timeout: 240_000 }, async () => {
    const corpus = readCorpus(name);
    expect(corpus.length).toBeGreaterThan(20);
    for (const { input } of corpus) expect(await target.check(input)).toMatch(/./);
  });

  test('so do some inputs of a seed', { timeout: 240_000 }, async () => {
    const { failure, tried } = await fuzz(target, 20_261_130, (count) => count >= (name === 'audio' ? 50 : 500));
    expect(failure).toBeUndefined();
    expect(tried).toBeGreaterThanOrEqual(50);
  });
});

const broken: Target<number[]> = {
  name: 'broken',
  inputs: fc.array(fc.nat(1000)),
  async check(numbers) {
    if (numbers.some((number) => number > 700)) throw new Error('too large');
    return 'small';
  },
};

test('a violated property is found, brought down, saved, and found again in its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-fuzz-'));
  try {
    const { failure } = await fuzz(broken, seedOf('tuesday'), () => false);
    expect(failure).toMatchObject({ input: [701], error: expect.stringContaining('too large') });
    if (!failure) return;
    const path = saveFound(folder, { target: broken.name, ...failure });
    const found = readFound(path);
    expect(found).toMatchObject({ target: 'broken', seed: failure.seed });
    await expect(broken.check(z.array(z.number()).parse(found.input))).rejects.toThrow('too large');
    expect((await fuzz(broken, failure.seed, () => false)).failure).toEqual(failure);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a scheme that let a change through would be seen: an unchanged request is kept, which the property forbids', async () => {
  const { good } = speakerOf('retell');
  await expect(answerTo(byFetch, raw(good), 'nothing')).rejects.toThrow('must be nothing');
});

test('a seed has a name: a word, or a number', () => {
  expect(seedOf('42')).toBe(42);
  expect(seedOf('tuesday')).toBe(seedOf('tuesday'));
  expect(seedOf('tuesday')).not.toBe(seedOf('wednesday'));
});
