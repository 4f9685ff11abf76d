import type { Clock } from '../core/ports/ports.ts';

/** Looks at most once in so long, however many ask meanwhile; a look that failed is not remembered. */
export const remember = <T>(look: () => Promise<T>, forMs: number, clock: Clock): (() => Promise<T>) => {
  let seen: { atMs: number; value: Promise<T> } | undefined;
  return () => {
    if (seen && clock.nowMs() - seen.atMs < forMs) return seen.value;
    const now = { atMs: clock.nowMs(), value: look() };
    seen = now;
    now.value.catch(() => {
      if (seen === now) seen = undefined;
    });
    return now.value;
  };
};
