import type { Clock } from '../core/ports/ports.ts';

/** Caches one value for a time. Callers in that time share one read; a read that failed is not cached. */
export const ttlCache = <T>(read: () => Promise<T>, forMs: number, clock: Clock): (() => Promise<T>) => {
  let seen: { atMs: number; value: Promise<T> } | undefined;
  return () => {
    if (seen && clock.nowMs() - seen.atMs < forMs) return seen.value;
    const now = { atMs: clock.nowMs(), value: read() };
    seen = now;
    now.value.catch(() => {
      if (seen === now) seen = undefined;
    });
    return now.value;
  };
};
