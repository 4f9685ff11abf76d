import type { Memo } from '../model/memo.ts';
import type { RoutedMessage } from '../model/messages.ts';
import { isoTime, type Timing } from '../model/timing.ts';
import type { Clock, RecordingsQueue } from '../ports/ports.ts';

export interface ChatOrderPorts {
  queue: RecordingsQueue;
  clock: Clock;
  timing: Timing;
}

/** A message that crashes its function leaves no reason. After this many receives its recording counts as not ready. */
const TRIES = 10;

/**
 * The memos of one chat are sent in the order in which their calls were acknowledged. The queue keeps the order: the
 * recordings of one target share a message group, and a recording that is not ready holds up its group. It may do so
 * until `orderWaitMs` after its acknowledgement; then it gets a group of its own, and the chat goes on without it.
 */
export const chatOrder = ({ queue, clock, timing }: ChatOrderPorts) => {
  const leftMs = ({ receivedAt }: RoutedMessage): number => Date.parse(receivedAt) + timing.orderWaitMs - clock.nowMs();
  const holdsOthers = ({ target, late }: RoutedMessage): boolean => target !== undefined && !late;

  return {
    /**
     * Whether the recording was tried in vain and its time is over. Every recording gets a first try: the whole queue
     * may have waited.
     */
    isOver: (message: RoutedMessage, { waitingSince }: Memo, receives: number): boolean =>
      holdsOthers(message) && leftMs(message) <= 0 && (waitingSince !== undefined || receives > TRIES),

    /**
     * How long a recording that is not ready may hide its message.
     * @param delayMs our own back-off, which the end of the recording's time shortens
     * @param askedMs the delay that the source asks for, which is not shortened
     * @returns undefined where the recording would hold up its chat for too long
     */
    delayMs: (message: RoutedMessage, delayMs: number, askedMs: number): number | undefined => {
      if (!holdsOthers(message)) return Math.max(delayMs, askedMs);
      const left = leftMs(message);
      return left > 0 && askedMs <= left ? Math.max(askedMs, Math.min(delayMs, left)) : undefined;
    },

    /** Puts the message on the queue again, in a group of its own. The received message is then finished. */
    goOnAlone: (message: RoutedMessage, delayMs = 0): Promise<void> =>
      queue.send([{ ...message, late: true, ...(delayMs > 0 && { notBefore: isoTime(clock.nowMs() + delayMs) }) }]),
  };
};
