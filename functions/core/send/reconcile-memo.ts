import type { Memo } from '../model/memo.ts';
import { isoTime } from '../model/timing.ts';
import { pauseWaitClock } from '../model/wait-clock.ts';
import type { StepVerdict } from '../ports/ports.ts';
import { isForgotten, lookInChat, namedByReceipt } from './find-sent.ts';
import { recordSent, whereOf } from './record-sent.ts';
import type { ReconcilePorts } from './send-ports.ts';

/**
 * Finds out whether an attempt was sent, by asking Linq about 30 seconds, two minutes and ten minutes after the
 * attempt. If the chat or a receipt shows the memo, it is `sent`. If the last question finds nothing, when POST and URL
 * have surely ended, the memo goes back to `stored`, once. The second time, or where the chat cannot prove either, it
 * is `parked` for a person.
 */
export const reconcileMemo = async (ports: ReconcilePorts, row: Memo, receives: number): Promise<StepVerdict> => {
  const { ledger, clock, timing } = ports;
  const { chat } = row;
  const ageMs = clock.nowMs() - Date.parse(row.attemptedAt ?? row.updatedAt);
  const [firstMs] = timing.askLinqAfterMs;
  const nextMs = timing.askLinqAfterMs.find((afterMs) => afterMs > ageMs);

  const named = await namedByReceipt(ports, row);
  if (named) return recordSent(ports, row, { messageId: named }, NAMED);
  if (ageMs < firstMs) return wait(ports, row, firstMs - ageMs, 'Linq is asked later: the attempt is too recent');
  if (!chat) return park(ports, row, TOO_LONG_AGO);

  const seen = await lookInChat(ports, { ...row, chat }, receives);
  if (seen.kind === 'found') return recordSent(ports, row, seen, FOUND);
  if (nextMs === undefined && isForgotten(ports, row)) return park(ports, row, TOO_LONG_AGO);
  if (seen.kind === 'no-list') return wait(ports, row, seen.delayMs, seen.reason, seen.ours);
  if (nextMs !== undefined) return wait(ports, row, nextMs - ageMs, 'the chat does not list the memo yet');
  if (seen.kind === 'untellable') return park(ports, row, UNTELLABLE);
  if ((row.unknowns ?? 1) > 1)
    return park(ports, row, 'Linq gave no answer twice, and the chat does not list the memo');

  const note = { reason: 'the chat does not list the memo: it is sent again, once' };
  const set = { dueAt: isoTime(clock.nowMs()), unknownSince: row.unknownSince ?? row.attemptedAt ?? row.updatedAt };
  await ledger.move(row.id, { from: 'unknown', to: 'stored', where: whereOf(row), set, clear: ['token'], note });
  return { kind: 'later', delayMs: 0, reason: note.reason };
};

/**
 * Before a memo with an unknown attempt in its past, in any generation, is posted again: asks receipts and the chat
 * once more. Linq may have listed the memo meanwhile.
 * @returns undefined where the memo may be posted
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

const NAMED = { reason: "Linq's receipt names the memo" };
const FOUND = { reason: 'found in the chat' };
const UNTELLABLE = 'one of our messages in the chat may be the memo, and nothing proves it';
const TOO_LONG_AGO = 'the attempt is too old: Linq may have deleted the message';

/**
 * Delays the next question, in `unknown` or before a POST. The wait clock is paused, since Linq does not answer "not
 * now".
 * @param ours whether the memo waits for our own fault to be fixed, as `queue-anew.ts` and the dead letters need to
 * know
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

/** Leaves the decision to a person: another POST could send the memo twice. */
const park = async ({ ledger }: ReconcilePorts, row: Memo, cause: string): Promise<StepVerdict> => {
  const reason = `the memo may have been sent: ${cause}`;
  await ledger.move(row.id, { from: row.state, to: 'parked', where: whereOf(row), clear: ['token'], note: { reason } });
  return { kind: 'done', outcome: 'parked' };
};
