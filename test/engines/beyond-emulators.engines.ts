import { Readable } from 'node:stream';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sqsConsumer } from '../../functions/adapters/consumer.sqs.ts';
import { memoMessageSchema } from '../../functions/core/model/messages.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { startAudioStore } from '../servers/s3.ts';
import { eventOf, startQueues } from '../servers/sqs.ts';

// Behaviour that moto has and the embedded emulators lack or do wrong. test/world.ts lists these holes.

describe('S3', () => {
  let s3: Awaited<ReturnType<typeof startAudioStore>>;
  beforeAll(async () => {
    s3 = await startAudioStore();
  });
  afterAll(() => s3.stop());

  test('an upload that breaks half-way is aborted: no part of it stays', async () => {
    const body = new Readable({ read() {} });
    body.push(Buffer.alloc(6 * 1024 * 1024, 1));
    const put = s3.store.put('inbox/broken', body);
    const uploads = async () => {
      const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
      return Uploads.map(({ Key }) => Key);
    };
    while ((await uploads()).length === 0); // waits until the upload has begun

    body.destroy(new Error('cut short'));

    await expect(put).rejects.toThrow('cut short');
    expect(await uploads()).toEqual([]);
  });

  test('an object that is copied keeps its type apart from its bytes', async () => {
    await s3.store.put('inbox/raw', Buffer.from('abc'), 3);
    await s3.store.copy('inbox/raw', 'audio/m_a/1.mp3', 'audio/mpeg');
    const answer = await fetch(
      await s3.store.presignGet({ key: 'audio/m_a/1.mp3', type: 'audio/mpeg', bytes: 3 }, 60_000),
    );
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['audio/mpeg', 'abc']);
  });
});

describe('SQS', () => {
  let queues: Awaited<ReturnType<typeof startQueues>>;
  beforeAll(async () => {
    queues = await startQueues();
  });
  afterAll(() => queues.stop());
  const put = async () => {
    const MessageBody = JSON.stringify({ v: 1, memo: 'm_a', generation: 0 });
    const ids = { MessageGroupId: 'group', MessageDeduplicationId: String(Math.random()) };
    await queues.client.send(new SendMessageCommand({ QueueUrl: queues.memos, MessageBody, ...ids }));
    return queues.receive(queues.memos);
  };

  test('a message that need not wait is there again at once', async () => {
    const handler = sqsConsumer({
      client: queues.client,
      urls: [queues.memos],
      schema: memoMessageSchema,
      step: async () => ({ kind: 'later', delayMs: 0, reason: 'again' }),
      keepUnreadable: () => Promise.reject(new Error('each message can be read')),
      name: 'send',
      timing: timing(),
      random: () => 0.5,
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    const received = await put();
    expect(received).toHaveLength(1);

    await handler(eventOf(received, queues.memos));

    const [again] = await queues.receive(queues.memos);
    expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
    await queues.drain(queues.memos);
  });

  test('no message is hidden for more than twelve hours', async () => {
    const [{ ReceiptHandle } = {}] = await put();
    const hide = (VisibilityTimeout: number) =>
      queues.client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: queues.memos, ReceiptHandle, VisibilityTimeout }),
      );

    await expect(hide(12 * 60 * 60 + 1)).rejects.toThrow();
    await hide(11 * 60 * 60);
  });
});
