import type { Clock } from '../core/ports/ports.ts';

/** While a value is being read, nobody knows how long it will be fresh. */
const READING_MS = 5_000;

/**
 * Caches one value for a time. Callers in that time share one read; a read that failed is not cached.
 * @param forMs how long a value is fresh; a value that costs much to read may be fresh for longer
 */
export const ttlCache = <T>(
  read: () => Promise<T>,
  forMs: number | ((value: T) => number),
  clock: Clock,
): (() => Promise<T>) => {
  let seen: { atMs: number; forMs: number; value: Promise<T> } | undefined;
  return () => {
    if (seen && clock.nowMs() - seen.atMs < seen.forMs) return seen.value;
    const now = { atMs: clock.nowMs(), forMs: typeof forMs === 'number' ? forMs : READING_MS, value: read() };
    seen = now;
    now.value.then(
      (value) => {
        if (typeof forMs === 'function') now.forMs = forMs(value);
      },
      () => {
        if (seen === now) seen = undefined;
      },
    );
    return now.value;
  };
};
