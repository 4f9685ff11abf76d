import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

export interface PollerOptions {
  client: SQSClient;
  queueUrl: string;
  queueArn: string;
  handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
  /** How many batches the handler may work on at once: the event source's maximum concurrency. */
  concurrency: number;
  /** Waited for before each request to the queue. */
  turn?: () => Promise<void>;
  /** Messages in a batch, at most. @default 1, as the stack has it */
  batchSize?: number;
}

/**
 * Does the work of Lambda's event source mapping: gives a handler real SQS events, and deletes each record that the
 * answer does not name as failed. If a handler throws, its message stays in the queue, as on AWS.
 */
export const startPoller = ({
  client,
  queueUrl,
  queueArn,
  handler,
  concurrency,
  turn,
  batchSize = 1,
}: PollerOptions): { stop(): Promise<void> } => {
  const stopping = new AbortController();
  let away = false;
  const loops = Array.from({ length: concurrency }, () => loop());
  return {
    /** Waits for the messages that the handler works on. Unfinished messages stay in the queue. */
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };

  async function loop() {
    while (!stopping.signal.aborted) {
      await turn?.();
      const messages = await receive();
      if (messages.length > 0) await hand(messages);
    }
  }

  async function receive(): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
    });
    try {
      const { Messages = [] } = await client.send(command, { abortSignal: stopping.signal });
      away = false;
      return Messages;
    } catch (error) {
      if (stopping.signal.aborted) return [];
      if (!away) complain('WARN', 'the queue does not answer', error); // once, not twice a second
      away = true;
      await setTimeout(500);
      return [];
    }
  }

  async function hand(messages: readonly Message[]) {
    try {
      const { batchItemFailures } = await handler({ Records: messages.map((message) => toRecord(message, queueArn)) });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const isInBatch = (id: string) => messages.some(({ MessageId }) => MessageId === id);
      // If the answer names a record that is not in the batch, Lambda counts all records as failed.
      if (![...failed].every(isInBatch)) return;
      for (const { MessageId = '', ReceiptHandle } of messages) {
        if (failed.has(MessageId)) continue;
        await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    } catch (error) {
      complain('ERROR', 'the function failed', error);
    }
  }
};

/** The emulator also gives messages to a waiting request of a killed process. A short wait keeps that loss small. */
const WAIT_SECONDS = 2;

const complain = (level: string, message: string, error: unknown) =>
  console.error(JSON.stringify({ level, service: 'poller', message, error: String(error) }));

/** A message in the form in which Lambda gives it to a function. */
const toRecord = (
  { MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }: Message,
  arn: string,
): SQSEvent['Records'][number] => ({
  messageId: MessageId ?? randomUUID(),
  receiptHandle: ReceiptHandle ?? '',
  body: Body ?? '',
  attributes: {
    ApproximateReceiveCount: Attributes?.ApproximateReceiveCount ?? '1',
    SentTimestamp: Attributes?.SentTimestamp ?? '',
    SenderId: Attributes?.SenderId ?? '',
    ApproximateFirstReceiveTimestamp: Attributes?.ApproximateFirstReceiveTimestamp ?? '',
    ...(Attributes?.MessageGroupId && { MessageGroupId: Attributes.MessageGroupId }),
    ...(Attributes?.MessageDeduplicationId && { MessageDeduplicationId: Attributes.MessageDeduplicationId }),
  },
  messageAttributes: {},
  md5OfBody: MD5OfBody ?? '',
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
  awsRegion: 'us-east-1',
});
