import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Queues } from '../core/ports/ports.ts';

export interface DepthsOptions {
  recordings: string;
  recordingsDeadLetters: string;
  memos: string;
  memosDeadLetters: string;
}

/** How many messages the four queues hold. SQS's numbers are approximate, and exact once a queue is at rest. */
export const sqsDepths = (client: SQSClient, urls: DepthsOptions): Queues => {
  const depth = async (url: string): Promise<number> => {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] });
    const { Attributes = {} } = await client.send(command);
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  };
  return {
    async depths() {
      const { recordings, memos, recordingsDeadLetters, memosDeadLetters } = urls;
      const all = [recordings, memos, recordingsDeadLetters, memosDeadLetters].map(depth);
      const [waiting = 0, sending = 0, dead = 0, deadMemos = 0] = await Promise.all(all);
      return { recordings: waiting, memos: sending, deadLetters: dead + deadMemos };
    },
  };
};

/** Messages that are visible, held by a consumer, and delayed. */
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
