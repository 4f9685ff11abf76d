import fc from 'fast-check';
import {
  type CallPlan,
  COMMANDS,
  type Command,
  DESTINATIONS,
  type Fault,
  MEDIA_ANSWERS,
  type Plan,
  POST_ANSWERS,
  type PostPlan,
  QUESTION_ANSWERS,
  SHOWN,
  STEPS,
  TROUBLES,
} from './plan.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const call: fc.Arbitrary<CallPlan> = fc.record({
  afterMs: fc.constantFrom(0, 0, 200, 2 * SECOND, 30 * SECOND, 5 * MINUTE, 2 * HOUR),
  to: fc.constantFrom('chat A', 'chat A', ...DESTINATIONS),
  caller: fc.constantFrom(0, 1),
  parts: fc.constantFrom(1, 1, 3),
  media: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...MEDIA_ANSWERS), { maxLength: 4 }) },
  ),
  downloadMs: fc.constantFrom(0, 0, 3 * SECOND, 90 * SECOND),
  repeatsAfterMs: fc.array(fc.constantFrom(0, SECOND, 10 * SECOND, 2 * MINUTE, HOUR, 26 * HOUR), { maxLength: 2 }),
});

const post: fc.Arbitrary<PostPlan> = fc.record(
  {
    answer: fc.constantFrom('done', 'unknown, taken', ...POST_ANSWERS),
    listedAfterMs: fc.constantFrom(0, 0, 20 * SECOND, 3 * MINUTE, 9 * MINUTE, 15 * MINUTE, 5 * HOUR),
    shown: fc.oneof(
      { weight: 3, arbitrary: fc.constant('as it is' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...SHOWN) },
    ),
    receiptAfterMs: fc.constantFrom(0, 3 * SECOND, 5 * MINUTE, 12 * MINUTE, 3 * HOUR),
    answerMs: fc.constantFrom(400, 400, 5 * SECOND, 44 * SECOND),
  },
  { requiredKeys: ['answer', 'listedAfterMs', 'shown', 'answerMs'] },
);

const fault: fc.Arbitrary<Fault> = fc.record({
  step: fc.constantFrom('store', 'store', 'send', 'send', ...STEPS),
  run: fc.integer({ min: 1, max: 8 }),
  effect: fc.integer({ min: 1, max: 26 }),
  trouble: fc.constantFrom(...TROUBLES),
  ms: fc.constantFrom(70 * SECOND, 3 * MINUTE, 20 * MINUTE),
});

const command: fc.Arbitrary<Command> = fc.record({
  afterMs: fc.constantFrom(
    SECOND,
    5 * SECOND,
    40 * SECOND,
    3 * MINUTE,
    11 * MINUTE,
    25 * MINUTE,
    HOUR,
    4 * HOUR,
    25 * HOUR,
  ),
  name: fc.constantFrom(...COMMANDS),
  which: fc.nat(11),
});

/** Worlds of all kinds. Plain choices stand first, because fast-check shrinks a failing world towards them. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  pace: fc.nat(1_000_000),
  place: fc.constantFrom('lambda', 'laptop'),
  delivery: fc.constantFrom('url', 'attachment'),
  startHour: fc.constantFrom(9, 21),
  policy: fc.constantFrom('none', 'none', 'quiet hours', 'one a day', 'two a day'),
  linqAheadMs: fc.constantFrom(0, 90 * SECOND, -90 * SECOND),
  indexLagMs: fc.constantFrom(0, 0, 2 * SECOND, 10 * SECOND),
  calls: fc.array(call, { minLength: 1, maxLength: 4 }),
  posts: fc.array(post, { maxLength: 6 }),
  questions: fc.array(fc.constantFrom('listed' as const, ...QUESTION_ANSWERS), { maxLength: 6 }),
  faults: fc.array(fault, { maxLength: 8 }),
  commands: fc.array(command, { maxLength: 4 }),
});
