import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sqsConsumer } from '../../functions/adapters/consumer.sqs.ts';
import { sqsDepths } from '../../functions/adapters/queues.sqs-depths.ts';
import { memoMessageSchema } from '../../functions/core/model/messages.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { eventOf, inGroup, startQueues } from '../servers/sqs.ts';

// Tests of the consumer that need the real SQS. test/adapters/consumer.sqs.test.ts tests its batches, but purges too
// often for AWS.

let queues: Awaited<ReturnType<typeof startQueues>>;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());

const send = (body: object) =>
  queues.client.send(
    new SendMessageCommand({ QueueUrl: queues.recordings, MessageBody: JSON.stringify(body), ...inGroup('any') }),
  );

test('a message that must wait is hidden, comes back after its time, and is counted', async () => {
  await send({ v: 1, memo: 'm_a', generation: 0 });
  const handler = sqsConsumer({
    client: queues.client,
    urls: [queues.recordings],
    schema: memoMessageSchema,
    step: async () => ({ kind: 'later', delayMs: 3000, reason: 'not yet' }),
    keepUnreadable: () => Promise.reject(new Error('each message can be read')),
    name: 'send',
    timing: timing(),
    random: () => 0.5,
    log: memoryLog(),
  });
  const first = await queues.receive(queues.recordings, 20);
  const { batchItemFailures } = await handler(eventOf(first, queues.recordings));
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual([first[0]?.MessageId]);

  const [again] = await queues.receive(queues.recordings, 20);

  expect(again?.MessageId).toBe(first[0]?.MessageId);
  expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
  await queues.drain(queues.recordings);
});

test('a queue has the limits that the template gives it', async () => {
  const QueueUrl = queues.memos;
  const { Attributes } = await queues.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ FifoQueue: 'true', MessageRetentionPeriod: '1209600', VisibilityTimeout: '120' });
  expect(JSON.parse(Attributes?.RedrivePolicy ?? '{}').maxReceiveCount).toBe(1000);
});

test('how much waits is told, a moment later', async () => {
  const urls = {
    recordings: queues.recordings,
    recordingsDeadLetters: queues.recordings,
    memos: queues.memos,
    memosDeadLetters: queues.memos,
  };
  for (const memo of ['m_a', 'm_b', 'm_c']) await send({ v: 1, memo, generation: 1 });
  const { depths } = sqsDepths(queues.client, urls);
  await vi.waitFor(async () => expect((await depths()).recordings).toBeGreaterThanOrEqual(3), {
    timeout: 120_000,
    interval: 2000,
  });
});
