import { type Memo, partId } from '../model/memo.ts';
import type { Ledger } from '../ports/ports.ts';

/**
 * The rows of a long recording's later parts, in their order: made from what its first row has fixed, wherever an earlier run
 * may have died before it made them. Nothing of a part that was erased.
 */
export const openLaterParts = async (ledger: Pick<Ledger, 'open'>, first: Memo): Promise<Memo[]> => {
  const { id, target, recording, receivedAt, original, fitting, laterParts = [] } = first;
  if (!target) return [];
  const rows: Memo[] = [];
  for (const [index, audio] of laterParts.entries()) {
    const number = index + 2;
    const facts = {
      ...{ recording, target, audio, part: { number, of: laterParts.length + 1 } },
      ...(receivedAt && { receivedAt }),
      ...(original && { original }),
      ...(fitting && { fitting }),
    };
    const row = await ledger.open({ id: partId(id, number), state: 'stored', ...facts });
    if (row) rows.push(row);
  }
  return rows;
};
