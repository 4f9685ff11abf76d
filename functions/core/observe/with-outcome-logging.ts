import { isFinal, type Memo, type MemoState } from '../model/memo.ts';
import type { Clock, Ledger, Log } from '../ports/ports.ts';

/**
 * A ledger that tells in the log of each memo that comes to an end, or to a receipt, once its write holds: whichever step
 * wrote it, and whether or not it knew. What is counted, and what alarms speak of, is told here.
 */
export const withOutcomeLogging = (
  ledger: Ledger,
  { step, clock, log }: { step: string; clock: Clock; log: Log },
): Ledger => ({
  ...ledger,
  async move(id, move) {
    const row = await ledger.move(id, move);
    if (row && move.to !== move.from && isFinal(move.to)) {
      const { source } = row.recording;
      const ms = move.to === 'sent' ? msSinceWebhook(row, clock) : undefined;
      const reason = move.note?.reason;
      log[LEVELS[move.to] ?? 'info'](`the memo is ${move.to}`, {
        ...{ step, source, memo: id, outcome: move.to },
        ...(reason && { reason }),
        ...(ms !== undefined && { ms }),
      });
    }
    return row;
  },
});

/** As far as a person must see to it. */
const LEVELS: Partial<Record<MemoState, 'warn' | 'error'>> = {
  failed: 'warn',
  unrouted: 'warn',
  rejected: 'warn',
  parked: 'error',
};

/** A replay may come days later: it says nothing of how fast we are. */
const msSinceWebhook = ({ generation, receivedAt }: Memo, clock: Clock): number | undefined =>
  generation === 0 && receivedAt !== undefined ? clock.nowMs() - Date.parse(receivedAt) : undefined;
