import { isFinal, type Memo, type MemoState } from '../model/memo.ts';
import type { Clock, Ledger, Log } from '../ports/ports.ts';

/**
 * A ledger that logs each move to a final state, after the write has succeeded, whichever step made the move. Metrics
 * and alarms count these lines.
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

/** `warn` and `error` where a person must do something. */
const LEVELS: Partial<Record<MemoState, 'warn' | 'error'>> = {
  failed: 'warn',
  unrouted: 'warn',
  rejected: 'warn',
  parked: 'error',
};

/** Undefined for a replay, which may come days later and says nothing about our speed. */
const msSinceWebhook = ({ generation, receivedAt }: Memo, clock: Clock): number | undefined =>
  generation === 0 && receivedAt !== undefined ? clock.nowMs() - Date.parse(receivedAt) : undefined;
