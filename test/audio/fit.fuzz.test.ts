import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import type { FittedPart } from '../../functions/core/ports/ports.ts';
import { facts, fileOf, readCall } from './fitting.ts';

// Real threads with short limits: a file that mediabunny never finishes must be rejected like any other.
const engine = engineThreads({ probeMs: 2000, fitMs: 10_000, longAfterMs: 10_000 });
const lease = new AbortController().signal;
const fitter = audioFitter({ engine, rules: { ...AUDIO_RULES, minSeconds: 0.1 }, clock: { nowMs: Date.now } });

const names = facts.filter(({ bytes }) => bytes < 25_000).map(({ file }) => file);
const position = fc.nat({ max: 1_000_000 });
const few = fc.uint8Array({ minLength: 1, maxLength: 8 });

/** Overwritten bytes (mostly in the header), stretches cut out or doubled, or the end cut off. */
const mutation = fc.oneof(
  fc.tuple(position, few).map(([at, to]) => overwrite(at, to)),
  fc.tuple(fc.nat({ max: 200 }), few).map(([at, to]) => overwrite(at, to)),
  fc.tuple(position, fc.nat({ max: 2000 })).map(([at, bytes]) => replace(at, (from) => [from.subarray(bytes)])),
  fc
    .tuple(position, fc.nat({ max: 2000 }))
    .map(([at, bytes]) => replace(at, (from) => [from.subarray(0, bytes), from])),
  position.map((at) => replace(at, () => [])),
);
type Change = (bytes: Buffer) => Buffer;
const replace =
  (anywhere: number, change: (from: Buffer) => Buffer[]): Change =>
  (bytes) => {
    const at = bytes.length === 0 ? 0 : anywhere % bytes.length;
    return Buffer.concat([bytes.subarray(0, at), ...change(bytes.subarray(at))]);
  };
const overwrite = (at: number, to: Uint8Array): Change =>
  replace(at, (from) => [Buffer.from(to), from.subarray(to.length)]);

const samples = (numRuns: number, seed: number) =>
  fc
    .sample(fc.tuple(fc.constantFrom(...names), fc.array(mutation, { minLength: 1, maxLength: 5 })), { numRuns, seed })
    .map(([name, changes]) => ({ name, bytes: changes.reduce((bytes, change) => change(bytes), readCall(name)) }));

const tried: Record<string, number> = {};
const count = (verdict: string) => {
  tried[verdict] = (tried[verdict] ?? 0) + 1;
};
afterAll(() => console.log('mutated recordings:', JSON.stringify(tried)));

// Every run makes the same recordings. `npm run fuzz` makes new ones until it is stopped.
test('700 mutated recordings are each looked at, or refused, within their time', { timeout: 300_000 }, async () => {
  for (const { name, bytes } of samples(700, 20_261_125)) {
    const probe = await engine(lease)
      .probe(fileOf(bytes))
      .catch((error) => error);
    if (probe instanceof Error) {
      expect(probe, name).toMatchObject({ code: 'unreadable' });
      count(probe.message.startsWith('it takes longer') ? 'look: out of time' : 'look: unreadable');
    } else count(`look: ${probe.kind}`);
  }
});

test('80 mutated recordings each end as a memo that plays, or rejected with a reason', {
  timeout: 600_000,
}, async () => {
  for (const { name, bytes } of samples(80, 20_261_126)) {
    const verdict = await fitter.fit(fileOf(bytes), async (part: FittedPart) => part, lease);
    count(verdict.kind);
    if (verdict.kind === 'unfit') expect(verdict.reason, name).toMatch(/^[\x20-\x7e]{5,300}$/);
    if (verdict.kind === 'made') {
      for (const { facts, bytes } of verdict.parts) {
        expect(facts.seconds, name).toBeGreaterThan(0);
        expect(bytes.length, name).toBeLessThanOrEqual(10_000_000);
      }
    }
  }
});
