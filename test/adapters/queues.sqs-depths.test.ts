import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sqsDepths } from '../../functions/adapters/queues.sqs-depths.ts';
import { QUEUES, queueUrl } from '../../local/cloud/resources.ts';
import { inGroup, startQueues } from '../servers/sqs.ts';

let queues: Awaited<ReturnType<typeof startQueues>>;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());

test('counts what waits and what is held, and dead letters together', async () => {
  const url = (name: string) => queueUrl(queues.url, name);
  const { depths } = sqsDepths(queues.client, {
    recordings: queues.recordings,
    recordingsDeadLetters: url(QUEUES.recordingsDeadLetters),
    memos: queues.memos,
    memosDeadLetters: url(QUEUES.memosDeadLetters),
  });
  expect(await depths()).toEqual({ recordings: 0, memos: 0, deadLetters: 0 });

  const send = (QueueUrl: string) =>
    queues.client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', ...inGroup('any') }));
  await send(queues.recordings);
  await queues.receive(queues.recordings);
  await send(queues.recordings);
  await send(queues.recordings);
  await send(queues.memos);
  await send(url(QUEUES.recordingsDeadLetters));
  await send(url(QUEUES.memosDeadLetters));
  expect(await depths()).toEqual({ recordings: 3, memos: 1, deadLetters: 2 });
});
