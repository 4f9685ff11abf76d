import { AftercallError } from '../core/model/errors.ts';
import { MEMO_ID, type Memo } from '../core/model/memo.ts';
import type { Ledger } from '../core/ports/ports.ts';

/**
 * The memo that a request's path names.
 * @throws AftercallError `no_such_memo`, also where the text is no memo id; `later_version` and `unavailable` of the ledger
 */
export const memoById = async (ledger: Pick<Ledger, 'get'>, id: string): Promise<Memo> => {
  const memo = MEMO_ID.test(id) ? await ledger.get(id) : undefined;
  if (!memo) throw new AftercallError('no_such_memo', 'there is no memo with this id, or it was erased', { memo: id });
  return memo;
};
