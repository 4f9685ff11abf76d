import type { Memo } from '../model/memo.ts';
import { isoTime } from '../model/timing.ts';
import { pauseWaitClock } from '../model/wait-clock.ts';
import type { Move, StepVerdict } from '../ports/ports.ts';
import type { ReconcilePorts } from './send-ports.ts';

/** Marks an attempt whose answer is unknown: the run's own, or one that a crashed run has left in `sending`. */
export const markUnknown = async (
  { ledger, clock, timing }: Pick<ReconcilePorts, 'ledger' | 'clock' | 'timing'>,
  row: Memo,
  note: Move['note'] = { reason: 'the function ended between the attempt and its answer' },
): Promise<StepVerdict> => {
  const attemptedAt = row.attemptedAt ?? isoTime(clock.nowMs());
  const [firstMs] = timing.askLinqAfterMs;
  const delayMs = Math.max(0, Date.parse(attemptedAt) + firstMs - clock.nowMs());
  await ledger.move(row.id, {
    from: 'sending',
    to: 'unknown',
    where: { generation: row.generation, attempts: row.attempts },
    set: {
      attemptedAt,
      unknowns: (row.unknowns ?? 0) + 1,
      unknownSince: row.unknownSince ?? attemptedAt,
      dueAt: isoTime(clock.nowMs() + delayMs),
      ...pauseWaitClock(row, clock.nowMs()),
    },
    note,
  });
  return { kind: 'later', delayMs, reason: note.reason ?? 'unknown' };
};
