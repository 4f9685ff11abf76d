import type { Memo, MemoState } from '../../functions/core/model/memo.ts';
import type { Clock, Ledger } from '../../functions/core/ports/ports.ts';
import type { ManualClock } from '../fakes/clock.manual.ts';

/** Something to make ledgers in; all of them may be over one table. */
export interface LedgerHome {
  ledger(clock: Clock): Ledger;
  stop(): Promise<void>;
}

/** A ledger, its clock, and a new row in it. */
export type Prepare = (state?: MemoState) => Promise<{ clock: ManualClock; ledger: Ledger; id: string; row: Memo }>;
