import { inWords, REPLAY_PLANS, type ReplayPlan } from '../../core/operate/replay-memos.ts';

/** The `flash` of a redirect after a replay: each plan with its count, as `send.3,delivered.1`. */
export const flashOfReplay = (plans: readonly ReplayPlan[]): string =>
  [...new Set(plans)].map((plan) => `${plan}.${plans.filter((each) => each === plan).length}`).join(',');

/** The sentence for a `flash`. A URL may hold any text; the page shows only sentences of ours. */
export const flashText = (flash: string | undefined): string | undefined => {
  if (flash !== undefined && Object.hasOwn(SENTENCES, flash)) return SENTENCES[flash];
  const plans = (flash ?? '').split(',').flatMap((each) => {
    const [, plan, count] = /^([a-z-]+)\.(\d{1,3})$/.exec(each) ?? [];
    const known = REPLAY_PLANS.find((name) => name === plan);
    return known ? Array<ReplayPlan>(Number(count)).fill(known) : [];
  });
  return plans.length > 0 ? `${inWords(plans, false)}.` : undefined;
};

const SENTENCES: Readonly<Record<string, string>> = {
  erased: 'The memo is erased.',
  'erased-chosen': 'The memos that you chose are erased.',
  'erased-some': 'Some of the memos that you chose are erased. The others could not be erased now: try again later.',
  test: 'A test call has ended. Its memo appears below in a moment.',
  suppressed: 'The recipient is on the suppression list now. They get no memo until you remove them from it.',
  unsuppressed: 'The recipient is not on the suppression list any more.',
};
