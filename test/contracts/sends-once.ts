import fc from 'fast-check';
import { expect } from 'vitest';
import { isFinal } from '../../functions/core/model/memo.ts';
import type { Clock, Ledger } from '../../functions/core/ports/ports.ts';
import { applyReceipt } from '../../functions/core/send/apply-receipt.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { crashingAt } from '../fakes/effects.ts';
import { aRecording } from '../fakes/examples.ts';
import { type Echo, type EventOutcome, modelLinq } from '../fakes/linq.model.ts';
import { sendStep } from '../fakes/send-step.ts';

const reason = 'as Linq says';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const EVENT_OUTCOMES: readonly Omit<EventOutcome, 'listedAfterMs'>[] = [
  { taken: true, heard: { kind: 'done' } },
  { taken: true, heard: { kind: 'unknown', reason } },
  { taken: false, heard: { kind: 'unknown', reason } },
  { taken: false, heard: { kind: 'not-now', waitsFor: 'linq', reason } },
  { taken: false, heard: { kind: 'not-now', waitsFor: 'line', reason, retryAfterMs: MINUTE } },
  { taken: false, heard: { kind: 'our-fault', reason } },
  { taken: false, heard: { kind: 'cannot-fetch', reason } },
  { taken: false, heard: { kind: 'refused', to: 'failed', reason } },
  { taken: false, heard: { kind: 'refused', to: 'skipped', reason } },
];
/** From now on Linq takes the memo and answers, so the memo ends. */
const MENDED: EventOutcome = { taken: true, heard: { kind: 'done' }, listedAfterMs: 0 };
/**
 * The list shows a memo before the last question, ten minutes after the POST: no list or receipt can tell of a later
 * one.
 */
const outcomes = fc.record({
  outcome: fc.constantFrom(...EVENT_OUTCOMES),
  listedAfterMs: fc.constantFrom(0, MINUTE, 9 * MINUTE),
});
const worlds = fc.record({
  delivery: fc.constantFrom('url' as const, 'attachment' as const),
  echo: fc.constantFrom<Echo>('both', 'filename', 'id', 'neither'),
  lists: fc.array(fc.constantFrom('listed' as const, 'no-list' as const), { maxLength: 6 }),
  outcomes: fc.array(outcomes, { minLength: 1, maxLength: 8 }),
});
const deliveries = fc.array(
  fc.record({
    /** There is no effect 0: with 0 the run does not die. */
    dies: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 })),
    when: fc.constantFrom('before' as const, 'after' as const),
    pauseMs: fc.constantFrom(0, 5000, 31_000, 11 * MINUTE, HOUR, 25 * HOUR),
    /** A person replays without having checked the memo, or a receipt names the memo. */
    also: fc.constantFrom('nothing' as const, 'nothing' as const, 'replay' as const, 'receipt' as const),
  }),
  { minLength: 1, maxLength: 10 },
);

let worldsSeen = 0;

/**
 * Whatever Linq does and answers, whatever receipts and replays come, and wherever runs die: at most one copy of the
 * memo is in the chat, and its row is true.
 */
export const sendsOnce = async (runs: number, ledgerWith: (clock: Clock) => Ledger): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(worlds, deliveries, async (world, sequence) => {
      const clock = manualClock();
      const linq = modelLinq({
        clock,
        echo: world.echo,
        lists: [...world.lists, 'listed'],
        outcomes: [...world.outcomes.map(({ outcome, listedAfterMs }) => ({ ...outcome, listedAfterMs })), MENDED],
      });
      worldsSeen += 1;
      const recording = aRecording({ id: `RE${worldsSeen}` });
      const ledger = ledgerWith(clock);
      const step = await sendStep({ delivery: world.delivery, linq, clock, ledger, recording });
      const { id, deliver, keepDelivering, memo, log } = step;
      let generation = 0;
      for (const { dies, when, pauseMs, also } of sequence) {
        const effects = crashingAt(dies, when);
        await deliver({ generation, effects }).catch(() => {});
        expect(linq.chats.length, 'in the chat').toBeLessThanOrEqual(1);
        clock.advance(pauseMs);
        if (also === 'replay' && isFinal((await memo()).state)) generation = (await memo()).generation + 1;
        const [message] = linq.chats;
        if (also === 'receipt' && message)
          await applyReceipt({ ledger, log })({ messageId: message.id, memo: id, delivered: clock.iso() });
      }
      await keepDelivering({ generation });
      const { state, reason } = await memo();
      const inChat = linq.chats.length;
      expect(isFinal(state)).toBe(true);
      if (['sent', 'delivered'].includes(state)) expect(inChat).toBe(1);
      else expect(reason).toBeTruthy();
      if (['failed', 'skipped'].includes(state)) expect(inChat).toBe(0);
      expect(inChat).toBeLessThanOrEqual(1);
    }),
    { numRuns: runs },
  );
};
