import { AftercallError } from '../model/errors.ts';
import { type Memo, type MemoState, MOVES, messagesOf, partId } from '../model/memo.ts';
import { memoNamed } from '../model/memo-file.ts';
import type { Ledger, Log, Move, Receipt } from '../ports/ports.ts';
import { isChatOf, isInDoubt, partsOf } from './find-sent.ts';

export interface ApplyReceiptPorts {
  ledger: Pick<Ledger, 'get' | 'move' | 'addReceipt'>;
  log: Log;
}

/** A receipt as it comes: with the name of the message's file, which may lead to a memo. */
export type NewReceipt = Receipt & { file?: string };

/**
 * Writes down what Linq says of a message, in whatever order it comes and however often, and moves the memo that it carries
 * as far as all receipts together say. A `failed` moves nothing: `delivered` may follow, and nothing is ever sent for it.
 */
export const applyReceipt =
  (ports: ApplyReceiptPorts) =>
  async ({ file, ...receipt }: NewReceipt): Promise<{ memo?: string }> => {
    const named = receipt.memo ?? (await memoOf(ports, receipt.messageId, file));
    const known = await ports.ledger.addReceipt({ ...receipt, ...(named && { memo: named }) });
    if (receipt.failed) {
      const { memo } = known; // its row shows Linq's words for it
      ports.log.warn('Linq could not deliver it', {
        step: 'api',
        outcome: 'delivery-failed',
        ...(memo && { memo }),
      });
    }
    await applyToMemo(ports, known);
    return known.memo ? { memo: known.memo } : {};
  };

/** Says which memo a message carries, as Linq's answer to our POST has it. */
export const bindReceipt = async (ports: ApplyReceiptPorts, memo: string, messageId: string): Promise<void> =>
  applyToMemo(ports, await ports.ledger.addReceipt({ messageId, memo }));

/** What a row says once Linq has the memo. The message of an earlier send stays known: no receipt of it is about this one. */
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

/** Of a memo that a program replays by force without end. A row must stay small. */
const EARLIER_MESSAGES = 200;

/**
 * The memo that a file's name means. Where Linq has changed the name, the rows say whether the call has several parts, and which of
 * these it must be: the one whose message it is, or the only one that may have a message nobody knows of.
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

/** Runs write to a row at the same time. Each of them ends, so that a few tries are enough. */
const TRIES = 5;

/** Whoever comes second, the receipt or our own answer from Linq, finds both here and makes the moves. */
const applyToMemo = async ({ ledger }: ApplyReceiptPorts, receipt: Receipt): Promise<void> => {
  const { memo } = receipt;
  if (memo === undefined) return;
  let row = await ledger.get(memo);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const move = row && nextMove(row, receipt);
    if (!row || !move) return;
    const where = { generation: row.generation, attempts: row.attempts };
    row = (await ledger.move(memo, { from: row.state, where, ...move })) ?? (await ledger.get(memo));
  }
  throw new AftercallError('unavailable', 'the memo moves all the time', { memo, retryable: true });
};

/** The next move that a receipt makes, if there is one left. */
const nextMove = (row: Memo, receipt: Receipt): Omit<Move, 'from' | 'where'> | undefined => {
  const { messageId } = receipt;
  if (provesSent(row, receipt))
    return { to: 'sent', ...asSent(row, { messageId }), note: { reason: "a receipt of Linq's names it", messageId } };
  const reached: MemoState | undefined = receipt.read ? 'read' : receipt.delivered ? 'delivered' : undefined;
  const mayReach = reached && row.linq?.messageId === messageId && MOVES[row.state].includes(reached);
  return mayReach ? { to: reached } : undefined;
};

/**
 * Once it was posted, a message that carries its name, that is in its chat, and that no earlier send of it made, is the memo:
 * whatever its row says by then.
 */
const provesSent = (row: Memo, { messageId, chat }: Receipt): boolean =>
  MOVES[row.state].includes('sent') &&
  (row.attempts > 0 || row.state === 'unknown' || row.state === 'parked') &&
  isChatOf(row, chat) &&
  !messagesOf(row).includes(messageId);
