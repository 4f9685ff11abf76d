import type { StageResult } from './stage.ts';

/** The checks of a stage, one for each promise. A failed check does not stop the others. */
export interface Checks {
  /**
   * @param run throws if the promise is not kept
   * @param giveUpMs a check that has not ended by then is a miss, so the report names it. @default 5 minutes
   */
  check(promise: string, run: () => Promise<void> | void, giveUpMs?: number): Promise<void>;
  /** The rows so far: how many checks held, and each check that failed, with its reason. */
  result(lines?: string[]): StageResult;
}

export const newChecks = (): Checks => {
  let kept = 0;
  const broken: string[] = [];
  return {
    async check(promise, run, giveUpMs = GIVE_UP_MS) {
      try {
        await within(giveUpMs, run);
        kept += 1;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        broken.push(`MISS ${promise}: ${reason.replace(/\s+/g, ' ')}`);
      }
    },
    result(lines = []) {
      return {
        lines: [`${kept} of ${kept + broken.length} checks hold`, ...lines, ...broken],
        ok: broken.length === 0 && kept > 0,
      };
    },
  };
};

const GIVE_UP_MS = 5 * 60_000;

const within = async (giveUpMs: number, run: () => Promise<void> | void): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not ended after ${giveUpMs / 1000} seconds`)), giveUpMs);
  try {
    await Promise.race([run(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
