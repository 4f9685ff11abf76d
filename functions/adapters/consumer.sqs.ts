import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import { readMessage } from '../core/model/messages.ts';
import { backOffMs, type Timing } from '../core/model/timing.ts';
import type { Log, StepVerdict } from '../core/ports/ports.ts';

export interface ConsumerOptions<T> {
  client: SQSClient;
  /** The URLs of all queues whose records this handler gets. A record names its queue by an ARN. */
  urls: readonly string[];
  schema: z.ZodType<T>;
  /** @param receives how often SQS has given out this message, this time included */
  step: (message: T, receives: number, lease: AbortSignal) => Promise<StepVerdict>;
  /** Stores an unreadable message where a person sees it. */
  keepUnreadable: (body: string, reason: string) => Promise<void>;
  name: string;
  timing: Timing;
  random: () => number;
  log: Log;
}

/** SQS hides a message for at most twelve hours after its receipt. */
const MAX_DELAY_SECONDS = 11 * 60 * 60;

/**
 * A Lambda handler that runs a step for each message under a lease: the message's visibility is set first and renewed
 * while the step works, so that another run gets the message within a minute of a crash. A message is deleted only when
 * its step is done. A message that must wait is hidden until then, and reported as failed so that the queue keeps it.
 */
export const sqsConsumer = <T>(options: ConsumerOptions<T>) => {
  const { schema, step, name, timing, random, log } = options;

  return async (event: SQSEvent, context?: Context): Promise<SQSBatchResponse> => {
    // A processor keeps the state of its batch, so each invocation needs its own.
    const processor = new SqsFifoPartialProcessorAsync();
    return processPartialResponse(event, consume, processor, {
      ...(context && { context }),
      throwOnFullBatchFailure: false,
    });
  };

  async function consume(record: SQSRecord): Promise<void> {
    const receives = Number(record.attributes.ApproximateReceiveCount);
    const setVisibility = visibilityOf(record, options);
    const lease = await leaseOn(setVisibility, timing).catch((error) => {
      log.error('the lease on a message could not be set: it comes again', { ...facts('lease-failed'), error });
      throw new RetryLater('no lease');
    });
    lease.signal.addEventListener('abort', () =>
      log.error('the lease on a message could not be renewed: its step stops, and it comes again', {
        ...facts('lease-failed'),
        error: lease.signal.reason,
      }),
    );
    let verdict: StepVerdict;
    try {
      verdict = await take(record.body, receives, lease.signal);
    } catch (error) {
      verdict = afterError(error, receives);
    } finally {
      await lease.end();
    }
    if (verdict.kind === 'done') return;
    await setVisibility(verdict.delayMs).catch((error) =>
      log.error('a message could not be delayed: it comes again when its lease ends', {
        ...facts('lease-failed'),
        error,
      }),
    );
    log.info('later', { step: name, reason: verdict.reason, ms: Math.round(verdict.delayMs) });
    throw new RetryLater(verdict.reason);
  }

  /**
   * A message that this code cannot read is stored in a row, for a person or for later code. A message of a later
   * version first waits a day for that code; a longer wait would hold up the later messages of its group.
   */
  async function take(body: string, receives: number, lease: AbortSignal): Promise<StepVerdict> {
    const read = readMessage(schema, body);
    if (read.kind === 'known') return step(read.message, receives, lease);
    const reason =
      read.kind === 'later-version' ? 'a message of a later version' : `an unreadable message: ${read.reason}`;
    log.error(reason, facts(read.kind));
    const isNews = receives * timing.unknownVersionMs < timing.laterVersionMs;
    if (read.kind === 'later-version' && isNews) return { kind: 'later', delayMs: timing.unknownVersionMs, reason };
    await options.keepUnreadable(body, read.kind === 'unreadable' ? read.reason : LATER_VERSION);
    return { kind: 'done', outcome: 'kept in a row' };
  }

  /** A row of a later version waits like a message of a later version. */
  function afterError(error: unknown, receives: number): StepVerdict {
    if (error instanceof AftercallError && error.code === 'later_version') {
      log.error(error.message, { ...facts('later-version'), ...(error.memo && { memo: error.memo }) });
      return { kind: 'later', delayMs: timing.unknownVersionMs, reason: error.message };
    }
    log.error('step failed', { ...facts('step-failed'), error });
    return { kind: 'later', delayMs: backOffMs(receives, timing.retry, random), reason: 'step failed' };
  }

  function facts(outcome: string) {
    return { step: name, outcome };
  }
};

const LATER_VERSION = 'a later version of the bridge wrote the message: replay it when that version runs again';

/**
 * A queue's ARN and its URL end in its name.
 * @throws Error for a queue of which the function has no URL
 */
const urlOf = (arn: string, urls: readonly string[]): string => {
  const name = arn.slice(arn.lastIndexOf(':') + 1);
  const url = urls.find((url) => url.endsWith(`/${name}`));
  if (url === undefined)
    throw new Error(`the function has no URL of the queue ${name}: compare its *_QUEUE_URL variables`);
  return url;
};

/** Tells the batch processor to keep the message. */
class RetryLater extends Error {}

type SetVisibility = (ms: number) => Promise<unknown>;

/** Async, so that the error of an unknown queue is a rejection like every other and reaches the log. */
const visibilityOf =
  (
    { eventSourceARN, receiptHandle }: SQSRecord,
    { client, urls }: Pick<ConsumerOptions<never>, 'client' | 'urls'>,
  ): SetVisibility =>
  async (ms) => {
    const VisibilityTimeout = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(ms / 1000)));
    const message = { QueueUrl: urlOf(eventSourceARN, urls), ReceiptHandle: receiptHandle };
    return client.send(new ChangeMessageVisibilityCommand({ ...message, VisibilityTimeout }));
  };

/**
 * The renewal is stopped and awaited before the message's last visibility is set, which it would otherwise overwrite.
 */
const leaseOn = async (setVisibility: SetVisibility, { leaseMs, leaseRenewMs }: Timing) => {
  await setVisibility(leaseMs);
  const lost = new AbortController();
  let renewal: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // One renewal after the other, so that `end` also awaits a slow renewal.
    renewal = renewal.then(() => setVisibility(leaseMs)).catch((error) => lost.abort(error));
  }, leaseRenewMs);
  return {
    /** Aborts when a renewal fails: another run may have the message by then. */
    signal: lost.signal,
    async end() {
      clearInterval(timer);
      await renewal;
    },
  };
};
