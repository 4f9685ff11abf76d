/** One part of `npm run verify:deploy`. The command runs the stages and prints what each says. */
export interface Stage {
  /** What the stage is called in the table, and in a message that it is missing. */
  name: string;
  /** Does the work, and stops whatever it started, also where it fails. */
  run(): Promise<StageResult>;
}

export interface StageResult {
  /** Rows of the table, ready to print, without the stage's name. */
  lines: string[];
  /** False for any miss: the command then ends with 1. */
  ok: boolean;
}
