import { randomBytes } from 'node:crypto';

/** What every resource of these tests is called by. The functions of a deployed stage have no right to such names. */
export const PREFIX = 'aftercall-test-';

/** Of one run: names are told apart by it, and found by it. */
export const newRunId = (): string => randomBytes(5).toString('hex');

/** A name for one resource of a run: short enough for a bucket, lower-case. */
export const nameIn = (run: string, what: string): string => `${PREFIX}${run}-${what}`;

/** Where a run's parameters stand. */
export const parametersOf = (run: string): string => `/${PREFIX}${run}/`;

/** For the account's bill, and for whoever finds one. */
export const tagsOf = (run: string): Record<string, string> => ({ 'aftercall:test-run': run });

/** Whether a name is one of ours: any run's, or that of one run. */
export const isOurs = (name: string, run?: string): boolean => {
  const [, found] = new RegExp(`^/?${PREFIX}([0-9a-f]{10})(?:[-/]|$)`).exec(name) ?? [];
  return found !== undefined && (run === undefined || run === found);
};
