import type { Memo, MemoState } from '../../functions/core/model/memo.ts';
import type { Clock, Ledger } from '../../functions/core/ports/ports.ts';
import type { ManualClock } from '../fakes/clock.manual.ts';

/** A place for ledgers; all of them may share one table. */
export interface LedgerHome {
  ledger(clock: Clock): Ledger;
  stop(): Promise<void>;
}

/** Makes a ledger with its clock, and a new row in it. */
export type Prepare = (state?: MemoState) => Promise<{ clock: ManualClock; ledger: Ledger; id: string; row: Memo }>;
