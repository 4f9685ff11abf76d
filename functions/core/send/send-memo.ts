import { isFinal, type Memo } from '../model/memo.ts';
import type { MemoMessage } from '../model/messages.ts';
import { applyReplay } from '../operate/replay-memos.ts';
import type { StepVerdict } from '../ports/ports.ts';
import { bindReceipt } from './apply-receipt.ts';
import { checkRecipient } from './check-recipient.ts';
import { makeReady } from './make-ready.ts';
import { markUnknown } from './mark-unknown.ts';
import { beginAttempt, postMemo } from './post-memo.ts';
import { checkBeforePost, reconcileMemo } from './reconcile-memo.ts';
import { resolveChat } from './resolve-chat.ts';
import type { Addressed, Sendable, SendMemoPorts } from './send-ports.ts';
import { noteWait } from './waits-behind.ts';

/**
 * Sends one memo, once. Linq's endpoint takes no idempotency key, so the order of the stages is the promise: prepare
 * everything, write `sending` with a fresh token, POST within seconds, write the answer only where the token is still
 * the same. If an earlier attempt may have been sent, Linq is asked before anything is posted again:
 * `reconcile-memo.ts`.
 *
 * @returns the step: `receives` counts how often SQS gave out the message; `lease` aborts when the message is lost to
 * this run
 * @throws AftercallError `later_version` where a later version wrote the row; else what a port throws. The message then
 * comes again.
 */
export const sendMemo =
  (ports: SendMemoPorts) =>
  async (message: MemoMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const { ledger } = ports;
    const storedRow = await ledger.get(message.memo);
    if (!storedRow) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (message.generation < storedRow.generation) return { kind: 'done', outcome: 'an older generation' };
    const isReplay = message.generation > storedRow.generation && !message.anew;
    const row = isReplay ? await applyReplay(ledger, storedRow, message.generation, message.force) : storedRow;
    const verdict = await send(ports, row, receives, lease);
    await noteWait(ports, storedRow, verdict);
    return verdict;
  };

const send = async (ports: SendMemoPorts, row: Memo, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
  if (!isSendable(row)) return handleState(ports, row, receives);
  const addressed = await resolveChat(ports, row, receives);
  if (addressed.kind !== 'chat') return addressed;
  const sendable: Addressed = { ...row, chat: addressed.chat };

  const held = await checkRecipient(ports, sendable);
  if (held) return held;
  const reconciled = await checkBeforePost(ports, sendable, receives);
  if (reconciled) return reconciled;

  const ready = await makeReady(ports, sendable, receives);
  if (ready.kind !== 'ready') return ready;
  lease.throwIfAborted();
  const begun = await beginAttempt(ports, sendable, ready.memo, receives, lease);
  return begun.kind === 'begun' ? postMemo(ports, begun, ready.memo, receives) : begun;
};

const isSendable = (row: Memo): row is Sendable =>
  row.state === 'stored' && row.audio !== undefined && row.target !== undefined;

/** A row that cannot be posted: its state says what is left to do. */
const handleState = async (ports: SendMemoPorts, row: Memo, receives: number): Promise<StepVerdict> => {
  if (row.state === 'sending') return markUnknown(ports, row);
  if (row.state === 'unknown') return reconcileMemo(ports, row, receives);
  if (!isFinal(row.state))
    return { kind: 'later', delayMs: ports.timing.retry.firstMs, reason: `the memo is still ${row.state}` };
  // The run that wrote `sent` may have died before it bound the receipts.
  if (row.linq) await bindReceipt(ports, row, row.linq.messageId);
  return { kind: 'done', outcome: row.state };
};
