import type { Memo } from './memo.ts';
import { isoTime } from './timing.ts';

type WaitClock = Pick<Memo, 'state' | 'waitingSince' | 'pausedAt' | 'dueAt' | 'attemptedAt'>;

/** A try takes no longer: Linq answers within 45 seconds. A process that died during a try tells nobody. */
const LONGEST_TRY_MS = 60_000;

/**
 * A memo's wait clock measures how long the answers were "not yet" or "not now". When it passes a limit, the memo is
 * given up. The clock runs from such an answer until the next try is due, then stands still until the try happens: a
 * closed laptop, a queue outage and a wait behind another memo do not count. It is also paused in quiet hours, over the
 * day's cap, while the line is flagged, and while Linq is asked about an attempt. So the first failure after an outage
 * is not final.
 *
 * @returns when the wait would have begun if the clock had never stood still, in milliseconds
 */
export const waitingSinceMs = (
  { state, waitingSince, pausedAt, dueAt, attemptedAt }: WaitClock,
  nowMs: number,
): number => {
  if (waitingSince === undefined) return nowMs;
  const stoodStillFromMs = Date.parse(pausedAt ?? (state === 'sending' ? attemptedAt : dueAt) ?? isoTime(nowMs));
  // A memo in `sending` is being tried, so its clock runs for as long as a try may take.
  const runsMs = pausedAt === undefined && state === 'sending' ? LONGEST_TRY_MS : 0;
  const stoodStillMs = Math.max(0, nowMs - stoodStillFromMs - runsMs);
  return Math.min(nowMs, Date.parse(waitingSince) + stoodStillMs);
};

/**
 * The parts of a move after a "not yet" or a "not now": the wait clock begins, or runs on. A pause ends here; otherwise the
 * wait would never be over.
 */
export const runWaitClock = (row: WaitClock, nowMs: number) => ({
  set: { waitingSince: isoTime(waitingSinceMs(row, nowMs)) },
  clear: ['pausedAt'] as const,
});

/** The fields of a move that pauses the wait clock, if it runs. The clock runs again from the next "not now". */
export const pauseWaitClock = (row: WaitClock, nowMs: number): Pick<Memo, 'waitingSince' | 'pausedAt'> =>
  row.waitingSince === undefined ? {} : { waitingSince: isoTime(waitingSinceMs(row, nowMs)), pausedAt: isoTime(nowMs) };

/**
 * The fields for a row that gets another due time without a try: its wait clock has stood still since the old due time.
 */
export const stillSince = ({ waitingSince, pausedAt, dueAt }: WaitClock): Pick<Memo, 'pausedAt'> =>
  waitingSince !== undefined && pausedAt === undefined && dueAt !== undefined ? { pausedAt: dueAt } : {};
