import type { Memo } from '../model/memo.ts';
import type { LinqTrace, Move, StepVerdict } from '../ports/ports.ts';
import { asSent, bindReceipt } from './apply-receipt.ts';
import type { ReconcilePorts } from './send-ports.ts';

/** Writes `sent`, after the attempt itself or after a reconciliation. A late answer counts as one in time. */
export const recordSent = async (
  ports: Pick<ReconcilePorts, 'ledger' | 'log'>,
  row: Memo,
  { messageId, attachmentId }: { messageId: string; attachmentId?: string | undefined },
  note: Pick<NonNullable<Move['note']>, 'reason' | 'attempt'> & LinqTrace,
): Promise<StepVerdict> => {
  const { ledger, log } = ports;
  const linq = { messageId, ...(attachmentId && { attachmentId }) };
  const sent = {
    to: 'sent',
    where: row.token ? { token: row.token } : whereOf(row),
    ...asSent(row, linq),
    note: { ...note, messageId },
  } as const;
  const from = row.state === 'stored' || row.state === 'sending' ? row.state : 'unknown';
  let recorded = await ledger.move(row.id, { from, ...sent });
  if (!recorded) {
    const now = await ledger.get(row.id);
    const isLate = from === 'sending' && now?.state === 'unknown';
    if (isLate) recorded = await ledger.move(row.id, { from: 'unknown', ...sent });
    if (!recorded) {
      if (!now || now.linq?.messageId !== messageId) {
        log.error('the memo was sent, but its row had changed meanwhile', {
          step: 'send',
          memo: row.id,
          reason: `Linq's message ${messageId}`,
        });
        return { kind: 'done', outcome: 'sent' };
      }
      // A receipt was first, or the SDK has repeated our own write. Only the answer has the id of Linq's copy.
      if (attachmentId && !now.linq.attachmentId) {
        const where = { generation: now.generation, attempts: now.attempts };
        await ledger.move(row.id, { from: now.state, to: now.state, where, set: { linq }, note });
      }
      recorded = now;
    }
  }
  await bindReceipt(ports, recorded, messageId);
  return { kind: 'done', outcome: 'sent' };
};

/** Holds while no other run has tried or replayed the row. */
export const whereOf = ({ generation, attempts }: Memo) => ({ generation, attempts });
