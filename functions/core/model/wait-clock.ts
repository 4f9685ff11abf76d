import type { Memo } from './memo.ts';
import { isoTime } from './timing.ts';

type WaitClock = Pick<Memo, 'state' | 'waitingSince' | 'pausedAt' | 'dueAt'>;

/**
 * A memo's wait clock says for how long it has been told "not yet" or "not now": what giving up goes by. It runs from such an
 * answer until the next try is due. From then on it stands still until somebody tries, so that a closed laptop, a queue that was
 * away and a wait behind another memo cost nothing. It also stands still while it is paused: in quiet hours, over the day's cap,
 * while the line is flagged, and while Linq is asked about an attempt.
 *
 * @returns when the wait would have begun if the clock had never stood still, in milliseconds
 */
export const waitingSinceMs = ({ state, waitingSince, pausedAt, dueAt }: WaitClock, nowMs: number): number => {
  if (waitingSince === undefined) return nowMs;
  // A memo that is with Linq is tried at this moment.
  const stoodStillFrom = pausedAt ?? (state === 'sending' ? undefined : dueAt);
  const stoodStillMs = stoodStillFrom === undefined ? 0 : Math.max(0, nowMs - Date.parse(stoodStillFrom));
  return Math.min(nowMs, Date.parse(waitingSince) + stoodStillMs);
};

/** Lets a memo's wait clock run on after a "not yet" or a "not now", or begin: the parts of a move. A pause ends here, or the time would never be over. */
export const runWaitClock = (row: WaitClock, nowMs: number) => ({
  set: { waitingSince: isoTime(waitingSinceMs(row, nowMs)) },
  clear: ['pausedAt'] as const,
});

/** Stops a memo's wait clock, if it runs: the fields of a move. It runs again from the next "not now". */
export const pauseWaitClock = (row: WaitClock, nowMs: number): Pick<Memo, 'waitingSince' | 'pausedAt'> =>
  row.waitingSince === undefined ? {} : { waitingSince: isoTime(waitingSinceMs(row, nowMs)), pausedAt: isoTime(nowMs) };

/** Where a row gets another due time although nobody has tried: its wait clock has stood still since the old one. */
export const stillSince = ({ waitingSince, pausedAt, dueAt }: WaitClock): Pick<Memo, 'pausedAt'> =>
  waitingSince !== undefined && pausedAt === undefined && dueAt !== undefined ? { pausedAt: dueAt } : {};
