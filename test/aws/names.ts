import { randomBytes } from 'node:crypto';

/**
 * The prefix of every resource that these tests make. The functions of a deployed stage have no right to such names.
 */
export const PREFIX = 'aftercall-test-';

/** The id of one run. The names of its resources contain the id. */
export const newRunId = (): string => randomBytes(5).toString('hex');

/** A name for one resource of a run, in lower case and short enough for a bucket. */
export const nameIn = (run: string, what: string): string => `${PREFIX}${run}-${what}`;

/** The prefix of a run's parameters. */
export const parametersOf = (run: string): string => `/${PREFIX}${run}/`;

/** Tags for the account's bill, and for a person who finds such a resource. */
export const tagsOf = (run: string): Record<string, string> => ({ 'aftercall:test-run': run });

/** Whether a name belongs to these tests; with `run`, whether it belongs to that run. */
export const isOurs = (name: string, run?: string): boolean => {
  const [, found] = new RegExp(`^/?${PREFIX}([0-9a-f]{10})(?:[-/]|$)`).exec(name) ?? [];
  return found !== undefined && (run === undefined || run === found);
};
