import type { Clock, Log } from '../core/ports/ports.ts';

export interface WrongKeysOptions {
  clock: Clock;
  log: Log;
  /** Waits before the answer to a wrong key. On Lambda it does not wait: a waiting request would take a place from webhooks. */
  pause: (ms: number) => Promise<void>;
}

const FIRST_MS = 100;
const MOST_MS = 2000;
/** After this time without a wrong key the next one counts as the first. */
const QUIET_MS = 60_000;
/** At most this many requests wait at a time; others are answered at once, so that waiting costs little. */
const MOST_WAITING = 50;

/**
 * Call it after a wrong key and before the answer: each answer takes twice as long as the one before. The right key is never
 * slowed, so that guessing cannot lock its owner out.
 */
export const wrongKeys = ({ clock, log, pause }: WrongKeysOptions): ((where: string) => Promise<void>) => {
  let failures = 0;
  let lastMs = 0;
  let waiting = 0;
  return async (where) => {
    const nowMs = clock.nowMs();
    failures = nowMs - lastMs > QUIET_MS ? 1 : failures + 1;
    lastMs = nowMs;
    log.warn('a wrong API key', { step: 'api', outcome: 'wrong-key', reason: where });
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    try {
      await pause(Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10)));
    } finally {
      waiting -= 1;
    }
  };
};
