import { type Memo, partId } from '../model/memo.ts';
import type { Ledger } from '../ports/ports.ts';

/**
 * Makes the rows of a long recording's later parts, in order, from the facts on the first row. An earlier run may have
 * crashed before it made them. A part that was erased gets no row.
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
