import type { LinqErasure } from './messages.ts';
import type { Log, Messenger, StepVerdict } from './ports.ts';
import { backOffMs, type Timing } from './timing.ts';

export interface EraseAtLinqPorts {
  messenger: Pick<Messenger, 'deleteAttachment'>;
  timing: Timing;
  random: () => number;
  log: Log;
}

/** Deletes Linq's copies of an erased memo's audio. It is tried until Linq does it, or the message is too old for SQS. */
export const eraseAtLinq =
  ({ messenger, timing, random, log }: EraseAtLinqPorts) =>
  async ({ erase: { memo, attachments } }: LinqErasure, receives: number): Promise<StepVerdict> => {
    for (const attachment of attachments) {
      const answer = await messenger.deleteAttachment(attachment);
      if (answer.kind === 'deleted') continue;
      const { why } = answer;
      if (answer.kind === 'our-fault') log.error(why, { step: 'send', memo, outcome: 'our-fault', why });
      const asked = 'retryAfterMs' in answer ? (answer.retryAfterMs ?? 0) : 0;
      return { kind: 'later', delayMs: Math.max(asked, backOffMs(receives, timing.retry, random)), why };
    }
    log.info('erased at Linq', { step: 'send', memo, outcome: 'erased' });
    return { kind: 'done', outcome: 'erased' };
  };
