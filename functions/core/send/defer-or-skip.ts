import type { Memo } from '../model/memo.ts';
import { isoTime } from '../model/timing.ts';
import { pauseWaitClock } from '../model/wait-clock.ts';
import { takeBack } from '../operate/delete-at-linq.ts';
import type { PolicyVerdict } from '../policy/send-policy.ts';
import type { StepVerdict } from '../ports/ports.ts';
import type { SendMemoPorts } from './send-ports.ts';

/**
 * Applies the send policy: the memo is skipped for good, or waits with its wait clock stopped.
 * @param uploaded the attachment that Linq has by now: the row keeps its id for a later attempt, or for an erasure
 */
export const deferOrSkip = async (
  ports: SendMemoPorts,
  row: Memo,
  policy: Exclude<PolicyVerdict, { kind: 'free' }>,
  uploaded?: string,
): Promise<StepVerdict> => {
  const { ledger, clock } = ports;
  const { reason } = policy;
  const isSkipped = policy.kind === 'suppressed';
  const nowMs = clock.nowMs();
  const moved = await ledger.move(row.id, {
    from: 'stored',
    to: isSkipped ? 'skipped' : 'stored',
    where: { generation: row.generation },
    set: {
      ...(uploaded !== undefined && { uploaded }),
      ...(!isSkipped && { dueAt: isoTime(nowMs + policy.delayMs), ...pauseWaitClock(row, nowMs) }),
    },
    ...((isSkipped || row.reason !== reason) && { note: { reason } }),
  });
  if (!moved && uploaded !== undefined && !(await ledger.get(row.id))) await takeBack(ports, row.id, uploaded);
  return isSkipped ? { kind: 'done', outcome: 'skipped' } : { kind: 'later', delayMs: policy.delayMs, reason };
};
