import fc from 'fast-check';
import { plans } from './arbitrary.ts';
import { judge, storyOf } from './judge.ts';
import { count, emptyTally, type Tally } from './tally.ts';

/** The number of worlds of one seed. The seed and the place in the batch find a failing world again. */
export const BATCH = 250;

export interface Batch {
  seed: number;
  runs: number;
  /** The place of a failing world, as an earlier run printed it. */
  path?: string;
  /** Counts every broken promise instead of ending at the first. */
  keepGoing?: boolean;
  /** Reports a broken world as it is, without a search for a smaller one. */
  noShrink?: boolean;
}

export interface BatchResult {
  seed: number;
  worlds: number;
  /** How often a memo arrived twice because of the documented limit. */
  listedTooLate: number;
  tally: Tally;
  /** How many worlds broke each promise. A batch that ends at the first broken world counts one world. */
  broken: Record<string, { times: number; path: string }>;
  /** The smallest broken world that was found. */
  failure?: { seed: number; path: string; story: string };
}

/** Plays worlds until one breaks a promise, then shrinks that world to the smallest that breaks a promise too. */
export const playBatch = async ({
  seed,
  runs,
  path,
  keepGoing = false,
  noShrink = false,
}: Batch): Promise<BatchResult> => {
  const result: BatchResult = { seed, worlds: 0, listedTooLate: 0, tally: emptyTally(), broken: {} };
  let isShrinking = false;
  const property = fc.asyncProperty(plans, async (plan) => {
    const { world, broken, listedTooLate } = await judge(plan);
    if (!isShrinking) {
      for (const promise of new Set(broken.map((each) => each.promise))) {
        result.broken[promise] ??= { times: 0, path: path ?? String(result.worlds) };
        result.broken[promise].times += 1;
      }
      result.worlds += 1;
      result.listedTooLate += listedTooLate;
      count(result.tally, world);
    }
    isShrinking ||= broken.length > 0 && !keepGoing;
    return keepGoing || broken.length === 0;
  });
  const isShrunk = noShrink || (path?.includes(':') ?? false);
  const details = await fc.check(property, { seed, numRuns: runs, endOnFailure: isShrunk, ...(path && { path }) });
  if (!details.failed) return result;
  const [plan] = details.counterexample ?? [];
  if (!plan) throw new Error(`the worlds of seed ${seed} could not be played`, { cause: details.errorInstance });
  const story = `${storyOf(await judge(plan))}\n\n${JSON.stringify(plan)}`;
  return { ...result, failure: { seed, path: details.counterexamplePath ?? '', story } };
};
