import { randomUUID } from 'node:crypto';
import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QUEUES, queueUrl } from '../../local/cloud/resources.ts';
import { inGroup } from '../servers/sqs.ts';
import { until, type World } from '../world.ts';

const urlIn = (world: World, queue: string) => queueUrl(`http://127.0.0.1:${world.cloud.cloud.ports.sqs}`, queue);

/** Puts a message into a queue of the world, in a message group of its own. */
export const plant = (sqs: SQSClient, world: World, queue: string, body: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl: urlIn(world, queue), MessageBody: body, ...inGroup(randomUUID()) }));

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Resolves to true when no message waits and none is in hand: everything that could be sent has been sent. */
export const queuesAreEmpty = (sqs: SQSClient, world: World): Promise<true | undefined> =>
  until(async () => {
    for (const name of [QUEUES.recordings, QUEUES.memos]) {
      const command = new GetQueueAttributesCommand({ QueueUrl: urlIn(world, name), AttributeNames: ['All'] });
      const { Attributes = {} } = await sqs.send(command);
      if (COUNTS.some((count) => Number(Attributes[count]) > 0)) return undefined;
    }
    return true;
  });
