import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPoller } from '../../../local/bridge/poller.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/credentials.ts';
import { startSqs } from '../../../local/cloud/emulators/sqs.ts';
import { REGION } from '../../../local/cloud/resources.ts';

// What AWS documents in "Reporting batch item failures for Lambda functions with an Amazon SQS trigger".

let client: SQSClient;
let stop: () => Promise<void>;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'aftercall-poller-'));
  const sqs = await startSqs({ port: 0, directory });
  client = new SQSClient({ endpoint: sqs.url, region: REGION, credentials: LOCAL_CREDENTIALS });
  stop = async () => {
    client.destroy();
    await sqs.stop();
    rmSync(directory, { recursive: true });
  };
});
afterAll(() => stop());

/** Gives three messages as one batch; returns the messages that the queue still has. */
const afterBatch = async (name: string, answer: (event: SQSEvent) => SQSBatchResponse): Promise<string[]> => {
  const Attributes = { VisibilityTimeout: '1' };
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  for (const MessageBody of ['one', 'two', 'three'])
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const handed = Promise.withResolvers<void>();
  let seen = 0;
  const poller = startPoller({
    client,
    queueUrl: QueueUrl ?? '',
    queueArn: `arn:aws:sqs:${REGION}:000000000000:${name}`,
    concurrency: 1,
    batchSize: 10,
    handler: async (event) => {
      seen += event.Records.length;
      if (seen >= 3) handed.resolve();
      return answer(event);
    },
  });
  await handed.promise;
  await poller.stop();
  const left: string[] = [];
  for (const end = Date.now() + 2500; Date.now() < end; ) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 60 }),
    );
    left.push(...Messages.map(({ Body = '' }) => Body));
  }
  return left.toSorted();
};

const failuresIn = ({ Records }: SQSEvent, body: string): SQSBatchResponse => ({
  batchItemFailures: Records.flatMap((record) => (record.body === body ? [{ itemIdentifier: record.messageId }] : [])),
});

test('the records of a batch that the answer names stay in the queue', async () => {
  expect(await afterBatch('some', (event) => failuresIn(event, 'two'))).toEqual(['two']);
});

test('a batch whose answer names no failure is deleted', async () => {
  expect(await afterBatch('none', () => ({ batchItemFailures: [] }))).toEqual([]);
});

test('an answer that names a record of no batch fails them all', async () => {
  const answer = () => ({ batchItemFailures: [{ itemIdentifier: 'nobody' }] });
  expect(await afterBatch('all', answer)).toEqual(['one', 'three', 'two']);
});
