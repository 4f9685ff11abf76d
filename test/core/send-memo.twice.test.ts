import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crashingAt, scheduled } from '../fakes/effects.ts';
import type { Answer, UploadAnswer } from '../fakes/messenger.scripted.ts';
import { DONE, sendStep } from '../fakes/send-step.ts';

const why = 'as Linq says';
const ANSWERS: readonly Answer[] = [
  DONE,
  { kind: 'refused', to: 'failed', why },
  { kind: 'refused', to: 'skipped', why },
  { kind: 'not-now', patience: 'linq', why },
  { kind: 'not-now', patience: 'line', why, retryAfterMs: 60_000 },
  { kind: 'our-fault', why },
  { kind: 'cannot-fetch', why },
  { kind: 'unknown', why },
];
const UPLOADS: readonly UploadAnswer[] = [
  { kind: 'uploaded', attachmentId: 'A1' },
  { kind: 'uploaded', attachmentId: 'A2' },
  { kind: 'not-now', patience: 'linq', why },
  { kind: 'unknown', why },
];
/** What goes on is what could go wrong: answers after which Linq may be asked again come most often. */
const answers = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ANSWERS.slice(3, 7)) },
  fc.constantFrom(...ANSWERS),
);
const scripts = fc.record({
  delivery: fc.constantFrom('url' as const, 'attachment' as const),
  answers: fc.array(answers, { minLength: 12, maxLength: 12 }),
  uploads: fc.array(fc.constantFrom(...UPLOADS), { minLength: 12, maxLength: 12 }),
});
const deliveries = fc.array(
  fc.record({
    /** Effect 0 never comes: this run lives. */
    dies: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 })),
    when: fc.constantFrom('before' as const, 'after' as const),
    pauseMs: fc.constantFrom(0, 5000, 60 * 60_000),
    turn: fc.constantFrom(0, 0, 0, 1),
  }),
  { minLength: 1, maxLength: 8 },
);
const mayBeSent = (answer: Answer | undefined) => answer?.kind === 'done' || answer?.kind === 'unknown';

test('whatever is delivered, answered and killed, nothing is posted after a POST that was or may have been taken', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, deliveries, async (script, sequence) => {
      const { deliver, messenger, memo, clock } = await sendStep(script);
      let closed = false;
      for (const { dies, when, pauseMs, turn } of sequence) {
        const before = messenger.posts.length;
        const effects = crashingAt(dies, when);
        await deliver({ turn, effects }).catch(() => {});
        const posted = messenger.posts.length - before;
        expect(posted).toBeLessThanOrEqual(closed ? 0 : 1);

        const answer = script.answers[messenger.posts.length - 1];
        const { state } = await memo();
        if (posted && !effects.crashed() && answer?.kind === 'done') expect(state).toBe('sent');
        // A run that died before its answer was in the ledger has told nobody what it did.
        if (posted && (mayBeSent(answer) || state === 'sending')) closed = true;
        clock.advance(pauseMs);
      }
    }),
    { numRuns: 500 },
  );
});

test('nor where several runs have the message at once, in whatever order their effects take place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scripts, fc.integer({ min: 2, max: 3 }), async (scheduler, script, runs) => {
      const { deliver, messenger } = await sendStep(script);
      const open: string[] = [];
      let taken = false;
      const post = messenger.sendVoiceMemo;
      messenger.sendVoiceMemo = async (...given) => {
        open.push('POST');
        expect(open).toHaveLength(1); // two in flight at once could both be taken
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
