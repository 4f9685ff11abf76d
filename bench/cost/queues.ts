import type { FunctionName } from '../../infra/secrets.ts';
import { ASSUMED } from './inputs.ts';
import type { Line, PriceName } from './line.ts';
import { type MeasuredStep, requestsOf } from './measured-step.ts';
import type { Queue, StackFacts } from './stack.ts';

/** A memo's requests to the two queues, each at the price of its kind, and Lambda's polls of empty queues. */
export const queueLines = (steps: readonly MeasuredStep[], { queues }: StackFacts): Line[] => {
  const polls = (ASSUMED.secondsInMonth / ASSUMED.idlePolls.waitSeconds) * ASSUMED.idlePolls.pollers;
  const ofMemos = queues
    .filter(({ isForDeadLetters }) => !isForDeadLetters)
    .map((queue): Line => {
      const { consumer } = queue;
      const perMemo = sendsTo(consumer, steps) + consumed(steps, consumer) + hidden(steps, consumer);
      const what = `${perMemo} requests to ${nameOf(queue)}`;
      return { part: 'SQS', what, price: priceOf(queue), perMemo };
    });
  const idle = [false, true].flatMap((isFifo): Line[] => {
    const asked = queues.filter((queue) => queue.isFifo === isFifo);
    const what = `Lambda asks ${asked.length} idle ${isFifo ? 'FIFO' : 'standard'} queues`;
    const [first] = asked;
    return first ? [{ part: 'SQS', what, price: priceOf(first), perMemo: 0, fixed: polls * asked.length }] : [];
  });
  return [...ofMemos, ...idle];
};

/** Which functions send to the queue of a consumer. */
const SENDERS: Readonly<Partial<Record<FunctionName, { queue: string; senders: readonly FunctionName[] }>>> = {
  store: { queue: 'recordings', senders: ['receive'] },
  send: { queue: 'memos', senders: ['store', 'tend'] },
};
/** SQS requires that a FIFO queue's name ends in `.fifo`. */
export const nameOf = ({ consumer, isFifo }: Queue): string => `${SENDERS[consumer]?.queue}${isFifo ? '.fifo' : ''}`;
const priceOf = ({ isFifo }: Queue): PriceName => (isFifo ? 'sqsFifo' : 'sqsStandard');

/** How often a message is sent to the queue of a consumer, for one memo. */
export const sendsTo = (consumer: FunctionName, steps: readonly MeasuredStep[]): number =>
  requestsOf(
    steps.filter((step) => SENDERS[consumer]?.senders.includes(step.function)),
    /^sqs SendMessage(Batch)?$/,
  );

/** Lambda receives and deletes each message. */
const consumed = (steps: readonly MeasuredStep[], name: FunctionName): number =>
  2 * steps.filter((step) => step.function === name).length;
const hidden = (steps: readonly MeasuredStep[], name: FunctionName): number =>
  requestsOf(
    steps.filter((step) => step.function === name),
    /^sqs ChangeMessageVisibility/,
  );
