import { describe, expect, test } from 'vitest';
import { makeFit, readCall } from './fitting.ts';

/** 10 MB, from the 413 of the voice-memo endpoint in Linq's reference. */
const LIMIT = 10_000_000;

/** A recording repeated many times: each ADTS frame is complete in itself. */
const repeated = (name: string, copies: number): Buffer => Buffer.concat(Array(copies).fill(readCall(name)));

describe('at the limit of ten million bytes', () => {
  const aac = repeated('adts-16k-mono.aac', 883);

  test('a file of just so many passes as it is', async () => {
    const bytes = aac.subarray(0, LIMIT);
    expect(bytes).toHaveLength(LIMIT);
    expect(await makeFit(bytes)).toMatchObject({ kind: 'as-it-is', original: { bytes: LIMIT } });
  });

  test('one more byte, and it is made smaller', { timeout: 120_000 }, async () => {
    const fitted = await makeFit(aac.subarray(0, LIMIT + 1));
    expect(fitted).toMatchObject({ kind: 'made', fitting: { reason: 'larger than 10000000 bytes' } });
  });
});

test('AAC over the limit becomes M4A in equal parts, cut between packets, none of it lost', {
  timeout: 120_000,
}, async () => {
  const copies = 1100; // 12.5 MB, 66 minutes
  const fitted = await makeFit(repeated('adts-16k-mono.aac', copies));
  expect(fitted).toMatchObject({ kind: 'made', fitting: { done: 'remuxed', reason: 'larger than 10000000 bytes' } });
  const parts = fitted.kind === 'made' ? fitted.parts : [];
  expect(parts.map(({ extension }) => extension)).toEqual(['m4a', 'm4a']);
  for (const { bytes } of parts) expect(bytes.length).toBeLessThanOrEqual(LIMIT);
  const [first = 0, second = 0] = parts.map(({ facts }) => facts.seconds ?? 0);
  expect(Math.abs(first - second)).toBeLessThan(0.2);
  expect(first + second).toBeCloseTo(copies * 3.584, 0); // 56 packets of 1024 at 16 kHz in each copy
});
