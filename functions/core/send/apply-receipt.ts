import { AftercallError } from '../model/errors.ts';
import { type Memo, type MemoState, MOVES, messagesOf, partId } from '../model/memo.ts';
import { memoNamed } from '../model/memo-file.ts';
import type { Ledger, Log, Move, Receipt } from '../ports/ports.ts';
import { isChatOf, isInDoubt, partsOf } from './find-sent.ts';

export interface ApplyReceiptPorts {
  ledger: Pick<Ledger, 'get' | 'move' | 'addReceipt'>;
  log: Log;
}

/** A receipt as Linq's event reports it, with the name of the message's file, which may lead to a memo. */
export type NewReceipt = Receipt & { file?: string };

/**
 * Records Linq's event about a message, and moves the message's memo as far as all of its receipts allow. Events may
 * come in any order and more than once. `failed` moves no memo: `delivered` may still follow, and a failed message is
 * never sent again.
 */
export const applyReceipt =
  (ports: ApplyReceiptPorts) =>
  async ({ file, ...receipt }: NewReceipt): Promise<{ memo?: string }> => {
    const named = receipt.memo ?? (await memoOf(ports, receipt.messageId, file));
    const facts = { ...receipt, ...(named && { memo: named }) };
    const known = await ports.ledger.addReceipt(facts, 'in-row');
    const row = known.memo === undefined ? undefined : await ports.ledger.get(known.memo);
    // The row of a memo that was sent has the message. Otherwise the list must have it: for a later reconciliation, and
    // for an erasure.
    const isInRow = row !== undefined && row.id === named && messagesOf(row).includes(receipt.messageId);
    if (named && !isInRow) await ports.ledger.addReceipt(facts);
    if (receipt.failed) {
      const { memo } = known; // the memo's page shows Linq's text
      ports.log.warn('Linq could not deliver a message', {
        step: 'api',
        outcome: 'delivery-failed',
        ...(memo && { memo }),
      });
    }
    if (row) await applyToMemo(ports, known, row);
    return known.memo ? { memo: known.memo } : {};
  };

/**
 * Records which memo a message carries, by Linq's answer to our POST.
 * @param row the row as it was after the answer was written
 */
export const bindReceipt = async (ports: ApplyReceiptPorts, row: Memo, messageId: string): Promise<void> =>
  applyToMemo(ports, await ports.ledger.addReceipt({ messageId, memo: row.id }, 'in-row'), row);

/**
 * The fields of a row once Linq has the memo. The message of an earlier send is kept, since its receipts are not about
 * this send.
 */
export const asSent = ({ linq: before, earlierMessages = [] }: Memo, linq: NonNullable<Memo['linq']>) =>
  ({
    set: {
      linq,
      ...(before &&
        before.messageId !== linq.messageId && {
          earlierMessages: [...earlierMessages, before.messageId].slice(-EARLIER_MESSAGES),
        }),
    },
    clear: ['token', 'waitingSince', 'pausedAt', 'waitingFor', 'ownFaultSince', 'unknowns', 'unknownSince'],
  }) as const satisfies Pick<Move, 'set' | 'clear'>;

/** A limit for a memo that a program replays with force again and again: a row must stay small. */
const EARLIER_MESSAGES = 200;

/**
 * The memo that a file's name means. Where Linq has changed the name and the call has several parts, the rows decide:
 * the part that has this message, or the only part that may have a message that we do not know.
 */
const memoOf = async (
  { ledger }: ApplyReceiptPorts,
  messageId: string,
  file: string | undefined,
): Promise<string | undefined> => {
  const named = memoNamed(file);
  if (!named || named.number === 1) return named?.first;
  const part = named.number !== undefined && (await ledger.get(partId(named.first, named.number)));
  if (part) return part.id;
  const whole = await ledger.get(named.first);
  if (!whole?.part) return whole?.id;
  const parts = (await partsOf(ledger, whole)).filter((row) => row !== undefined);
  const its = parts.find((row) => messagesOf(row).includes(messageId));
  if (its) return its.id;
  const [only, another] = parts.filter(isInDoubt);
  return another ? undefined : only?.id;
};

/** Other runs may write to the row at the same time. Each writes only a few times, so a few tries are enough. */
const TRIES = 5;

/**
 * Both a receipt and Linq's answer to our POST call this. The later of the two finds both facts and makes the moves: each
 * writes its own fact before it reads the other's. Where the row given is older than the row in the table, a move fails
 * and the row is read again.
 * @param seen the row of this receipt's memo, as this run has last seen it
 */
const applyToMemo = async ({ ledger }: ApplyReceiptPorts, receipt: Receipt, seen: Memo): Promise<void> => {
  const { memo } = receipt;
  if (memo === undefined) return;
  let row = seen.id === memo ? seen : await ledger.get(memo);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const move = row && nextMove(row, receipt);
    if (!row || !move) return;
    const where = { generation: row.generation, attempts: row.attempts };
    row = (await ledger.move(memo, { from: row.state, where, ...move })) ?? (await ledger.get(memo));
  }
  throw new AftercallError('unavailable', 'other runs keep changing the memo: try again', { memo, retryable: true });
};

/** The next move that a receipt makes, if there is one left. */
const nextMove = (row: Memo, receipt: Receipt): Omit<Move, 'from' | 'where'> | undefined => {
  const { messageId } = receipt;
  if (provesSent(row, receipt))
    return { to: 'sent', ...asSent(row, { messageId }), note: { reason: "Linq's receipt names the memo", messageId } };
  const reached: MemoState | undefined = receipt.read ? 'read' : receipt.delivered ? 'delivered' : undefined;
  const mayReach = reached && row.linq?.messageId === messageId && MOVES[row.state].includes(reached);
  return mayReach ? { to: reached } : undefined;
};

/**
 * Whether a receipt proves that the memo was sent: the memo has been posted, the message is in its chat, and no earlier
 * send made the message.
 */
const provesSent = (row: Memo, { messageId, chat }: Receipt): boolean =>
  MOVES[row.state].includes('sent') &&
  (row.attempts > 0 || row.state === 'unknown' || row.state === 'parked') &&
  isChatOf(row, chat) &&
  !messagesOf(row).includes(messageId);
