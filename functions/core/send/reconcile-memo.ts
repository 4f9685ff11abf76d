import type { Memo } from '../model/memo.ts';
import { isoTime } from '../model/timing.ts';
import { pauseWaitClock } from '../model/wait-clock.ts';
import type { StepVerdict } from '../ports/ports.ts';
import { isForgotten, lookInChat, namedByReceipt } from './find-sent.ts';
import { recordSent, whereOf } from './record-sent.ts';
import type { ReconcilePorts } from './send-ports.ts';

/**
 * Settles an attempt that may have been sent, by asking Linq: about 30 seconds, two minutes and ten minutes after it. Found
 * in the chat, or named by a receipt: `sent`. Nothing there at the last question, when POST and URL are surely dead: back to
 * `stored`, once. A second time, or where nobody can tell: `parked` for a person.
 */
export const reconcileMemo = async (ports: ReconcilePorts, row: Memo, receives: number): Promise<StepVerdict> => {
  const { ledger, clock, timing } = ports;
  const { chat } = row;
  const ageMs = clock.nowMs() - Date.parse(row.attemptedAt ?? row.updatedAt);
  const [firstMs] = timing.askLinqAfterMs;
  const nextMs = timing.askLinqAfterMs.find((afterMs) => afterMs > ageMs);

  const named = await namedByReceipt(ports, row);
  if (named) return recordSent(ports, row, { messageId: named }, NAMED);
  if (ageMs < firstMs) return wait(ports, row, firstMs - ageMs, 'it is too soon to ask Linq');
  if (!chat) return park(ports, row, TOO_LONG_AGO);

  const seen = await lookInChat(ports, { ...row, chat }, receives);
  if (seen.kind === 'found') return recordSent(ports, row, seen, FOUND);
  if (nextMs === undefined && isForgotten(ports, row)) return park(ports, row, TOO_LONG_AGO);
  if (seen.kind === 'no-list') return wait(ports, row, seen.delayMs, seen.reason, seen.ours);
  if (nextMs !== undefined) return wait(ports, row, nextMs - ageMs, 'not in the chat yet');
  if (seen.kind === 'untellable') return park(ports, row, UNTELLABLE);
  if ((row.unknowns ?? 1) > 1)
    return park(ports, row, 'Linq gave no answer twice, and the chat does not list the memo');

  const note = { reason: 'not in the chat: it is sent again, once' };
  const set = { dueAt: isoTime(clock.nowMs()), unknownSince: row.unknownSince ?? row.attemptedAt ?? row.updatedAt };
  await ledger.move(row.id, { from: 'unknown', to: 'stored', where: whereOf(row), set, clear: ['token'], note });
  return { kind: 'later', delayMs: 0, reason: note.reason };
};

/**
 * Before a memo is posted, once an attempt of which nobody knows the end lies in its past, in this generation or an earlier one: what do
 * receipts and the chat say by now? Linq may have listed it meanwhile.
 * @returns undefined where it may be posted
 */
export const checkBeforePost = async (
  ports: ReconcilePorts,
  row: Memo & { chat: string },
  receives: number,
): Promise<StepVerdict | undefined> => {
  if (row.unknownSince === undefined) return undefined;
  const named = await namedByReceipt(ports, row);
  if (named) return recordSent(ports, row, { messageId: named }, NAMED);
  const seen = await lookInChat(ports, row, receives);
  if (seen.kind === 'found') return recordSent(ports, row, seen, FOUND);
  if (isForgotten(ports, row)) return park(ports, row, TOO_LONG_AGO);
  if (seen.kind === 'no-list') return wait(ports, row, seen.delayMs, seen.reason, seen.ours);
  return seen.kind === 'untellable' ? park(ports, row, UNTELLABLE) : undefined;
};

const NAMED = { reason: "a receipt of Linq's names it" };
const FOUND = { reason: 'found in the chat' };
const UNTELLABLE = 'the chat has a message of ours that cannot be told apart';
const TOO_LONG_AGO = 'too long ago for Linq to tell';

/**
 * Puts off what is asked about, in `unknown` or before a POST. Its wait clock stands still: nobody says "not now" to it.
 * @param ours it waits for us to fix our own fault: `queue-anew.ts` and the dead letters treat it so
 */
const wait = async (
  { ledger, clock }: ReconcilePorts,
  row: Memo,
  delayMs: number,
  reason: string,
  ours = false,
): Promise<StepVerdict> => {
  const nowMs = clock.nowMs();
  const set = {
    dueAt: isoTime(nowMs + delayMs),
    ...pauseWaitClock(row, nowMs),
    ...(ours && { waitingFor: 'us' as const, ownFaultSince: row.ownFaultSince ?? isoTime(nowMs) }),
  };
  await ledger.move(row.id, { from: row.state, to: row.state, where: whereOf(row), set });
  return { kind: 'later', delayMs, reason };
};

/** A memo that may have been sent waits for a person: posting it again could send it twice. */
const park = async ({ ledger }: ReconcilePorts, row: Memo, cause: string): Promise<StepVerdict> => {
  const reason = `it may have been sent: ${cause}`;
  await ledger.move(row.id, { from: row.state, to: 'parked', where: whereOf(row), clear: ['token'], note: { reason } });
  return { kind: 'done', outcome: 'parked' };
};
