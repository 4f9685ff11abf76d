import type { MemoState } from '../../model/memo.ts';

/** Why a memo waits or has ended, for a person. One text for the page, the command, the doctor and the API. */
export interface Cause {
  /** Stable: programs may compare it. */
  id: string;
  /** What happened, as the beginning of a sentence: `Linq refuses our key`. */
  what: string;
  why: string;
  /** What to do. Commands stand between backticks. */
  fix: string;
  /** `person`: the memos go on only after somebody has done something. `nobody`: they go on by themselves, or have ended on purpose. */
  needs: 'person' | 'nobody';
}

/** A line of the table: the first line whose `reason` and `states` match a memo gives its cause. */
export interface CauseRow extends Cause {
  /** Of the row's reason. */
  reason: RegExp;
  /** @default every state */
  states?: readonly MemoState[];
}
