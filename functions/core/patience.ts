import type { Memo } from './memo.ts';
import type { Timing } from './timing.ts';

/**
 * When a memo's present wait began, for giving up by. Time in which nobody could try is left out: a closed laptop or a
 * queue that was away wakes up to a first failure, not to a last one.
 */
export const waitingSinceMs = (
  { waitingSince, dueAt }: Pick<Memo, 'waitingSince' | 'dueAt'>,
  nowMs: number,
  { overdueMs }: Pick<Timing, 'overdueMs'>,
): number => {
  if (waitingSince === undefined) return nowMs;
  const lateMs = dueAt === undefined ? 0 : nowMs - Date.parse(dueAt);
  return Date.parse(waitingSince) + (lateMs > overdueMs ? lateMs : 0);
};
