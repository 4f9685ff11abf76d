import { applyReceipt } from '../../../functions/core/send/apply-receipt.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { CHAT } from '../../fakes/examples.ts';
import { type EventOutcome, modelLinq } from '../../fakes/linq.model.ts';
import { sendStep } from '../../fakes/send-step.ts';

// An earlier attempt ended unknown: Linq may list its message, or name it in a receipt, at any later time.

const MINUTE = 60_000;

export const HOUR = 60 * MINUTE;
const reason = 'as Linq says';
export const UNKNOWN = { kind: 'unknown', reason } as const;
export const REFUSED = { kind: 'refused', to: 'failed', reason } as const;
const QUIET = { chat: CHAT, quietHours: { from: '22:00', until: '08:00', timeZone: 'UTC' } };

/** Linq takes the memo, gives no answer, and lists it only after the last question. */
export const LATE: EventOutcome = { taken: true, heard: UNKNOWN, listedAfterMs: 11 * MINUTE };

export const TAKEN: EventOutcome = { taken: true, heard: { kind: 'done' }, listedAfterMs: 0 };

export const lateAt = async (time: string, outcomes: readonly EventOutcome[], target = QUIET) => {
  const clock = manualClock(time);
  const linq = modelLinq({ clock, outcomes });
  const step = await sendStep({ clock, linq, target });
  const receipt = (chat = CHAT) =>
    applyReceipt(step)({ messageId: linq.chats[0]?.id ?? '', memo: step.id, chat, delivered: clock.iso() });
  return { ...step, linq, receipt };
};

/** Delivers the memo until it waits for the end of the quiet hours. */
export const untilQuiet = async ({ deliver, clock }: Awaited<ReturnType<typeof lateAt>>) => {
  for (let receives = 1; receives < 50; receives += 1) {
    const verdict = await deliver({ receives });
    if (verdict.kind === 'done') throw new Error('it is done before the night');
    if (verdict.reason.startsWith('quiet')) return verdict.delayMs;
    clock.advance(verdict.delayMs);
  }
  throw new Error('the night never comes');
};
