import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENT_OUTCOMES, sendsOnce } from '../../contracts/sends-once.ts';
import { scheduled } from '../../fakes/effects.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import type { Answer } from '../../fakes/messenger.scripted.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';

const RUNS = 1000;

test(`whatever Linq does and says, and wherever runs die, one memo is in the chat at most, and its row is true (${RUNS} worlds)`, () =>
  sendsOnce(RUNS, (clock) => memoryLedger({ clock })));

const ANSWERS: readonly Answer[] = [
  DONE,
  ...EVENT_OUTCOMES.map(({ heard }) => heard).filter((heard) => heard.kind !== 'done'),
];
const scripts = fc.record({
  delivery: fc.constantFrom('url' as const, 'attachment' as const),
  answers: fc.array(fc.constantFrom(...ANSWERS), { minLength: 12, maxLength: 12 }),
});
const mayBeSent = (answer: Answer | undefined) => answer?.kind === 'done' || answer?.kind === 'unknown';

test('nor where several runs have the message at once, in whatever order their effects take place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, fc.integer({ min: 2, max: 3 }), async (scheduler, script, runs) => {
      const { deliver, messenger } = await sendStep(script);
      const open: string[] = [];
      let taken = false;
      const post = messenger.sendVoiceMemo;
      messenger.sendVoiceMemo = async (...given) => {
        open.push('POST');
        expect(open).toHaveLength(1); // two in flight at once could both be accepted
        expect(taken).toBe(false);
        const answer = await post(...given);
        await scheduler.schedule(Promise.resolve());
        taken ||= mayBeSent(answer);
        open.pop();
        return answer;
      };
      const verdicts = Array.from({ length: runs }, () => deliver({ effects: scheduled(scheduler) }));
      await scheduler.waitFor(Promise.all(verdicts));
    }),
    { numRuns: 300 },
  );
});
