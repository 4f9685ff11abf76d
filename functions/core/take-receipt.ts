import { type Memo, type MemoState, MOVES } from './memo.ts';
import type { Ledger, Log, Receipt } from './ports.ts';

export interface TakeReceiptPorts {
  ledger: Pick<Ledger, 'get' | 'move' | 'addReceipt'>;
  log: Log;
}

/**
 * Writes down what Linq says of a message, in whatever order it comes and however often, and moves the memo that it carries
 * as far as all receipts together say. A `failed` moves nothing: `delivered` may follow, and nothing is ever sent for it.
 */
export const takeReceipt =
  (ports: TakeReceiptPorts) =>
  async (receipt: Receipt): Promise<{ memo?: string }> => {
    const known = await ports.ledger.addReceipt(receipt);
    if (receipt.failed) {
      const { memo } = known; // its row shows Linq's words for it
      ports.log.warn('Linq could not deliver it', {
        step: 'api',
        outcome: 'delivery-failed',
        ...(memo && { memo }),
      });
    }
    await applyReceipt(ports, known);
    return known.memo ? { memo: known.memo } : {};
  };

/** Says which memo a message carries, as Linq's answer to our POST has it. */
export const bindReceipt = async (ports: TakeReceiptPorts, memo: string, messageId: string): Promise<void> =>
  applyReceipt(ports, await ports.ledger.addReceipt({ messageId, memo }));

/** Whoever comes second, the receipt or our own answer from Linq, finds both here and makes the moves. */
const applyReceipt = async ({ ledger }: TakeReceiptPorts, receipt: Receipt): Promise<void> => {
  const { memo, messageId } = receipt;
  let row = memo === undefined ? undefined : await ledger.get(memo);
  if (!row) return;
  if (settles(row, messageId)) {
    row = await ledger.move(row.id, {
      from: row.state,
      to: 'sent',
      where: { turn: row.turn, attempts: row.attempts },
      set: { linq: { messageId } },
      clear: ['token', 'waitingSince', 'waitingFor', 'unknowns', 'unknownSince'],
      note: { reason: "a receipt of Linq's names it", messageId },
    });
  }
  const reached: MemoState | undefined = receipt.read ? 'read' : receipt.delivered ? 'delivered' : undefined;
  if (!row || !reached || row.linq?.messageId !== messageId || !MOVES[row.state].includes(reached)) return;
  await ledger.move(row.id, { from: row.state, to: reached, where: { turn: row.turn } });
};

/** In doubt, a message that no earlier send of this memo made, and that carries its name, is the one. */
const settles = ({ state, history }: Memo, messageId: string): boolean =>
  (state === 'unknown' || state === 'parked') && !history.some((entry) => entry.messageId === messageId);
