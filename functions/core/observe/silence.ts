import { HOUR_MS } from '../model/timing.ts';

/** What to do about a source from which nothing comes. */
export const silenceFix = (hook: string): string =>
  `Check at the vendor that its webhook is on and posts to ${hook}. The next call then appears by itself.`;

/**
 * For how many whole hours a source has been silent, where that is longer than the alarm for it allows.
 * @param last ISO times of the last accepted, ignored and refused webhook
 * @param limitHours `silentAfterHours` of the source
 */
export const silentHours = (
  last: readonly (string | undefined)[],
  limitHours: number | undefined,
  nowMs: number,
): number | undefined => {
  const newest = last
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  if (newest === undefined || limitHours === undefined) return undefined;
  const hours = Math.floor((nowMs - Date.parse(newest)) / HOUR_MS);
  return hours >= limitHours ? hours : undefined;
};
