import type { Memo } from '../model/memo.ts';
import type { RoutedMessage } from '../model/messages.ts';
import { isoTime, type Timing } from '../model/timing.ts';
import type { Clock, RecordingsQueue } from '../ports/ports.ts';

export interface ChatOrderPorts {
  queue: RecordingsQueue;
  clock: Clock;
  timing: Timing;
}

/** A message that ends its function each time says nothing: after so many tries it is taken for one that will not be ready. */
const TRIES = 10;

/**
 * The memos of one chat go in the order in which their calls were acknowledged. The queue keeps that order: the recordings of
 * one target share a message group, and a recording that is not ready holds its group. It may do so until `orderWaitMs` after
 * its acknowledgement; then it goes on in a group of its own, and the chat goes on without it.
 */
export const chatOrder = ({ queue, clock, timing }: ChatOrderPorts) => {
  const leftMs = ({ receivedAt }: RoutedMessage): number => Date.parse(receivedAt) + timing.orderWaitMs - clock.nowMs();
  const holdsOthers = ({ target, late }: RoutedMessage): boolean => target !== undefined && !late;

  return {
    /** Its time is over, and it was tried in vain. A first try is due to it whatever its age: a whole queue may have waited. */
    isOver: (message: RoutedMessage, { waitingSince }: Memo, receives: number): boolean =>
      holdsOthers(message) && leftMs(message) <= 0 && (waitingSince !== undefined || receives > TRIES),

    /**
     * How long a recording that is not ready may hide its message.
     * @param delayMs our own back-off, which gives way to the end of its time
     * @param askedMs what the source asks for, which does not
     * @returns undefined where it would hold its chat for too long
     */
    delayMs: (message: RoutedMessage, delayMs: number, askedMs: number): number | undefined => {
      if (!holdsOthers(message)) return Math.max(delayMs, askedMs);
      const left = leftMs(message);
      return left > 0 && askedMs <= left ? Math.max(askedMs, Math.min(delayMs, left)) : undefined;
    },

    /** Puts the message on the queue again, in a group of its own. The one in hand is then finished. */
    goOnAlone: (message: RoutedMessage, delayMs = 0): Promise<void> =>
      queue.send([{ ...message, late: true, ...(delayMs > 0 && { notBefore: isoTime(clock.nowMs() + delayMs) }) }]),
  };
};
