import fc from 'fast-check';
import type { Target } from './target.ts';

export interface Failure {
  seed: number;
  /** The smallest input found that fails. */
  input: unknown;
  error: string;
}
export interface FuzzResult {
  tried: number;
  /** What happened, and the first input that brought it. */
  outcomes: Map<string, unknown>;
  failure?: Failure;
}

/** So many inputs of one seed. A failing input is found again by the seed of its batch. */
const BATCH = 50;

/**
 * Tries inputs of one seed after the other, until `isOver` says so or a property is violated; then brings the input down
 * to a smaller one.
 */
export const fuzz = async <Input>(
  target: Target<Input>,
  firstSeed: number,
  isOver: (tried: number) => boolean,
): Promise<FuzzResult> => {
  const outcomes = new Map<string, unknown>();
  let tried = 0;
  for (let seed = firstSeed; !isOver(tried); seed += 1) {
    const property = fc.asyncProperty(target.inputs, async (input) => {
      const outcome = await target.check(input);
      tried += 1;
      if (!outcomes.has(outcome)) outcomes.set(outcome, input);
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, { seed, numRuns: BATCH });
    if (failed) return { tried, outcomes, failure: { seed, input: counterexample?.[0], error: String(errorInstance) } };
  }
  return { tried, outcomes };
};

/** A seed by name: any word, or a number. */
export const seedOf = (name: string): number => {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 1;
  return hash % 1_000_000_000;
};
