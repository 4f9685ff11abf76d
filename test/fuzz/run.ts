import fc from 'fast-check';
import type { Target } from './target.ts';

export interface Failure {
  seed: number;
  /** The smallest failing input. */
  input: unknown;
  error: string;
}
export interface FuzzResult {
  tried: number;
  /** Each outcome, with the first input that caused it. */
  outcomes: Map<string, unknown>;
  failure?: Failure;
}

/** Inputs for each seed. The seed of its batch finds a failing input again. */
const BATCH = 50;

/**
 * Tries inputs of one seed after another, until `isOver` returns true or a property fails; then finds a smaller input.
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

/** A seed from any word or number. */
export const seedOf = (name: string): number => {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 1;
  return hash % 1_000_000_000;
};
