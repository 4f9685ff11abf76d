import { setTimeout } from 'node:timers/promises';

/** More webhooks than these, answered at once, are a burst. */
const FEW = 4;
/** Other work waits no longer than this for the end of a burst. */
const LONGEST_MS = 2000;
const LOOK_MS = 20;

/**
 * On AWS, `receive` has processes of its own. Here all functions share one process, and the work on memos would slow down the answers
 * to a burst of webhooks. So no new work begins while a burst is answered.
 */
export const webhooksFirst = () => {
  let answering = 0;
  return {
    /** Counts a webhook until its answer. */
    async answer<T>(work: () => T | Promise<T>): Promise<T> {
      answering += 1;
      try {
        return await work();
      } finally {
        answering -= 1;
      }
    },
    /** Resolves when other work may begin. */
    async turn(): Promise<void> {
      for (let waitedMs = 0; answering > FEW && waitedMs < LONGEST_MS; waitedMs += LOOK_MS) await setTimeout(LOOK_MS);
    },
  };
};
