import { inWords, REPLAY_PLANS, type ReplayPlan } from '../../core/operate/replay-memos.ts';

/** What a form did, for the page that it redirects to: a word of `SAID`, or plans with their numbers, as `send.3,delivered.1`. */
export const sayReplay = (plans: readonly ReplayPlan[]): string =>
  [...new Set(plans)].map((plan) => `${plan}.${plans.filter((each) => each === plan).length}`).join(',');

/** An address may say anything, and the page none of it but this. */
export const saidInWords = (said: string | undefined): string | undefined => {
  if (said !== undefined && Object.hasOwn(SAID, said)) return SAID[said];
  const plans = (said ?? '').split(',').flatMap((each) => {
    const [, plan, count] = /^([a-z-]+)\.(\d{1,3})$/.exec(each) ?? [];
    const known = REPLAY_PLANS.find((name) => name === plan);
    return known ? Array<ReplayPlan>(Number(count)).fill(known) : [];
  });
  return plans.length > 0 ? `${inWords(plans, false)}.` : undefined;
};

const SAID: Readonly<Record<string, string>> = {
  erased: 'The memo is erased.',
  suppressed: 'No memo goes to them until you take them off the suppression list.',
  unsuppressed: 'They are off the suppression list.',
};
