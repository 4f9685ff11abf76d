import type * as z from 'zod';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { readMessage } from '../../functions/core/model/messages.ts';
import { backOffMs, type Timing } from '../../functions/core/model/timing.ts';
import type { Log, StepVerdict } from '../../functions/core/ports/ports.ts';
import type { History } from './history.ts';
import { isExpected, type Process } from './process.ts';
import type { Delivery } from './queue.ts';

export interface ConsumerOptions<T> {
  schema: z.ZodType<T>;
  step: (process: Process) => (message: T, receives: number, lease: AbortSignal) => Promise<StepVerdict>;
  spawn: () => Process;
  timing: Timing;
  history: History;
  log: Log;
  /** Receives an error that a step threw by its own mistake. */
  onMistake: (process: string, error: unknown) => void;
}

const LATER_VERSION = 'a message of a later version';
const LONGEST_HIDE_MS = 11 * 3_600_000;

/**
 * Does for one message, in virtual time, what `functions/adapters/consumer.sqs.ts` does: sets a lease first, renews it
 * while the step works, and deletes the message only when its step is done.
 */
export const consume =
  <T>(options: ConsumerOptions<T>) =>
  (delivery: Delivery): { isOver(): boolean } => {
    const { schema, timing, history, log } = options;
    const process = options.spawn();
    const { message, receives } = delivery;
    const queue = process.of(
      {
        hide: async (ms: number) => delivery.hide(Math.min(LONGEST_HIDE_MS, Math.max(0, Math.ceil(ms / 1000) * 1000))),
        remove: async () => delivery.remove(),
      },
      'sqs',
    );
    let ended = false;

    const renew = () =>
      process.later(timing.leaseRenewMs, () => {
        if (ended) return;
        try {
          if (process.hasLostLease()) throw new Error('the lease cannot be renewed');
          delivery.hide(timing.leaseMs);
          renew();
        } catch (error) {
          history.say(`${process.name} is told that its lease is lost`);
          process.lease.abort(error);
        }
      });

    const take = async (): Promise<StepVerdict> => {
      const read = readMessage(schema, message.body);
      if (read.kind === 'known') return options.step(process)(read.message, receives, process.lease.signal);
      const reason = read.kind === 'later-version' ? LATER_VERSION : `unreadable: ${read.reason}`;
      log.error(reason, { step: process.step });
      return { kind: 'later', delayMs: timing.unknownVersionMs, reason };
    };

    process.start(async () => {
      await queue.hide(timing.leaseMs);
      renew();
      let verdict: StepVerdict;
      try {
        verdict = await take();
      } catch (error) {
        const isLater = error instanceof AftercallError && error.code === 'later_version';
        // An erasure may delete objects while a run still uses them. The next run sees the reason.
        const isGone = error instanceof Error && error.message.startsWith('NoSuchKey');
        const isLost = error === process.lease.signal.reason;
        history.say(`${process.name} throws: ${error instanceof Error ? error.message : String(error)}`);
        if (!isExpected(error) && !isGone && !isLost) options.onMistake(process.name, error);
        const delayMs = isLater ? timing.unknownVersionMs : backOffMs(receives, timing.retry, () => 1);
        verdict = { kind: 'later', delayMs, reason: 'step failed' };
      } finally {
        ended = true;
      }
      if (verdict.kind === 'later') {
        const isNews = verdict.reason !== LATER_VERSION || receives === 1;
        if (isNews)
          history.say(`${process.name} says: again in ${Math.round(verdict.delayMs / 1000)} s, ${verdict.reason}`);
        await queue.hide(verdict.delayMs);
        return;
      }
      history.say(`${process.name} is done: ${verdict.outcome}`);
      await queue.remove();
    });
    return { isOver: () => !process.isAlive() };
  };
