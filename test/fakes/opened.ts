import type { Memo } from '../../functions/core/model/memo.ts';
import type { Ledger, NewMemo } from '../../functions/core/ports/ports.ts';

/** Opens a row, and returns the row; fails where there is a tombstone. */
export const opened = async (ledger: Pick<Ledger, 'open'>, memo: NewMemo): Promise<Memo> => {
  const row = await ledger.open(memo);
  if (!row) throw new Error(`${memo.id} is a tombstone`);
  return row;
};
