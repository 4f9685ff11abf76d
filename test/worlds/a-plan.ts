import type { CallPlan, Command, Fault, Plan, PostPlan } from './plan.ts';

/** A plain plan: one call to chat A, and nothing goes wrong. */
export const aPlan = (over: Partial<Plan> = {}): Plan => ({
  pace: 0,
  place: 'lambda',
  delivery: 'url',
  startHour: 9,
  policy: 'none',
  linqAheadMs: 0,
  indexLagMs: 0,
  calls: [aCall()],
  posts: [],
  questions: [],
  faults: [],
  commands: [],
  ...over,
});

export const aCall = (over: Partial<CallPlan> = {}): CallPlan => ({
  afterMs: 0,
  to: 'chat A',
  caller: 0,
  parts: 1,
  media: [],
  downloadMs: 0,
  repeatsAfterMs: [],
  ...over,
});

export const aPost = (over: Partial<PostPlan> = {}): PostPlan => ({
  answer: 'done',
  listedAfterMs: 0,
  shown: 'as it is',
  answerMs: 400,
  ...over,
});

export const aFault = (
  step: Fault['step'],
  run: number,
  effect: Fault['effect'],
  trouble: Fault['trouble'],
  ms = 0,
): Fault => ({
  step,
  run,
  effect,
  trouble,
  ms,
});

export const aCommand = (name: Command['name'], afterMs: number, which = 0): Command => ({ name, afterMs, which });
