import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Queues } from '../core/ports/ports.ts';

export interface DepthsOptions {
  recordings: string;
  recordingsDeadLetters: string;
  memos: string;
  memosDeadLetters: string;
}

/** How many messages the four queues hold, by their URLs. SQS counts roughly, and is right once a queue has come to rest. */
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

/** What can be received, what a consumer holds, and what is put off. */
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
