import type { Memo } from '../model/memo.ts';
import { isoTime } from '../model/timing.ts';
import { waitingSinceMs } from '../model/wait-clock.ts';
import { takeBack } from '../operate/delete-at-linq.ts';
import type { StepVerdict, VoiceMemo } from '../ports/ports.ts';
import { applyAnswer, traceNote } from './apply-answer.ts';
import { recordSent } from './record-sent.ts';
import type { Addressed, SendMemoPorts } from './send-ports.ts';

/** The row in `sending`, under this run's attempt token. */
type Begun = { kind: 'begun'; sending: Memo; chat: string; begunMs: number };

/**
 * Writes `sending` with a fresh token. Another run may have been faster; or there may be too little time left for the
 * POST.
 */
export const beginAttempt = async (
  ports: SendMemoPorts,
  row: Addressed,
  memo: VoiceMemo,
  receives: number,
  lease: AbortSignal,
): Promise<Begun | StepVerdict> => {
  const { ledger, clock, timing, token } = ports;
  const attempt = row.attempts + 1;
  const attemptToken = token();
  const begunMs = clock.nowMs();
  const moved = await ledger.move(row.id, {
    from: 'stored',
    to: 'sending',
    where: { attempts: row.attempts, generation: row.generation },
    set: {
      attempts: attempt,
      token: attemptToken,
      chat: row.chat,
      attemptedAt: isoTime(begunMs),
      ...(row.waitingSince && { waitingSince: isoTime(waitingSinceMs(row, begunMs)) }),
      ...('attachmentId' in memo && { uploaded: memo.attachmentId }),
    },
    clear: ['pausedAt'],
    note: { attempt },
  });
  // The SDK repeats a write whose answer was lost, and the repeated write fails its condition. The token shows that the
  // row is ours.
  const sending = moved ?? (await ledger.get(row.id));
  if (!sending && 'attachmentId' in memo) await takeBack(ports, row.id, memo.attachmentId);
  if (sending?.state !== 'sending' || sending.token !== attemptToken)
    return { kind: 'later', delayMs: timing.retry.firstMs, reason: 'another run sends the memo' };
  if (lease.aborted || clock.nowMs() - begunMs > timing.startPostMs) {
    const reason = lease.aborted ? 'the lease was lost before the POST' : 'the ledger was too slow before the POST';
    return applyAnswer(ports, sending, 'sending', { kind: 'not-now', reason, waitsFor: 'linq' }, receives);
  }
  return { kind: 'begun', sending, chat: row.chat, begunMs };
};

/** Posts the memo and writes the answer where the attempt token is still the same. */
export const postMemo = async (
  ports: SendMemoPorts,
  { sending, chat, begunMs }: Begun,
  memo: VoiceMemo,
  receives: number,
): Promise<StepVerdict> => {
  const { messenger, clock, log } = ports;
  const answer = await messenger.sendVoiceMemo(chat, memo);
  log.info('answered', { step: 'send', memo: sending.id, outcome: answer.kind, ms: clock.nowMs() - begunMs });
  if (answer.kind !== 'done') return applyAnswer(ports, sending, 'sending', answer, receives);
  return recordSent(ports, sending, answer, traceNote(answer, sending.attempts));
};
