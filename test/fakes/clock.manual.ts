import type { Clock } from '../../functions/core/ports/ports.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  iso(): string;
}

/** A clock that stands still until a test moves it. */
export const manualClock = (start = '2026-03-04T05:06:07.000Z'): ManualClock => {
  let nowMs = Date.parse(start);
  return {
    nowMs: () => nowMs,
    iso: () => new Date(nowMs).toISOString(),
    advance(ms) {
      nowMs += ms;
    },
  };
};
