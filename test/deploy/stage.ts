/** One part of `npm run verify:deploy`. The command runs the stages and prints their results. */
export interface Stage {
  /** The name of the stage in the table, and in a message that the stage is missing. */
  name: string;
  /** Does the work, and stops everything that it started, also after a failure. */
  run(): Promise<StageResult>;
}

export interface StageResult {
  /** The rows of the table, ready to print, without the stage's name. */
  lines: string[];
  /** False after any miss: the command then exits with 1. */
  ok: boolean;
}
