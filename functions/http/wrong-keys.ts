import type { Clock, Log } from '../core/ports/ports.ts';

export interface WrongKeysOptions {
  clock: Clock;
  log: Log;
  /** Waits before a wrong key is answered. On Lambda it does not: whoever waits there takes a place from the webhooks. */
  pause: (ms: number) => Promise<void>;
}

const FIRST_MS = 100;
const MOST_MS = 2000;
/** After so long without a wrong key the next is the first again. */
const QUIET_MS = 60_000;
/** More wait at no time; those beyond are answered at once, so that waiting costs us nothing. */
const MOST_WAITING = 50;

/**
 * To be called once a key was found to be wrong, and before that is answered: each answer takes twice as long as the one before. The
 * right key is never slowed, whoever else guesses, so that nobody can lock its owner out.
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
