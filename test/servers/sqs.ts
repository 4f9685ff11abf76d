import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { LOCAL_CREDENTIALS } from '../../local/emulators/s3.ts';
import { startSqs } from '../../local/emulators/sqs.ts';
import { createQueues, QUEUES, queueUrl, REGION } from '../../local/resources.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from './scripted-http.ts';

export const clientTo = (endpoint: string, maxAttempts = 1): SQSClient =>
  new SQSClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS, maxAttempts });

/** The stack's queues on the embedded SQS. */
export const startQueues = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aftercall-sqs-'));
  const sqs = await startSqs({ port: 0, directory });
  await createQueues(sqs.url);
  const client = clientTo(sqs.url);
  const recordings = queueUrl(sqs.url, QUEUES.recordings);
  const memos = queueUrl(sqs.url, QUEUES.memos);
  const receive = async (url: string, waitSeconds = 0): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
    });
    return (await client.send(command)).Messages ?? [];
  };
  return {
    url: sqs.url,
    client,
    recordings,
    memos,
    receive,
    /** Takes everything off a queue, in order. */
    async drain(url: string): Promise<Message[]> {
      const all: Message[] = [];
      for (let some = await receive(url); some.length > 0; some = await receive(url)) {
        const Entries = some.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
        all.push(...some);
      }
      return all;
    },
    /** How many messages can be received, and how many are hidden. */
    async count(url: string) {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] });
      const { Attributes } = await client.send(command);
      return { visible: Number(Attributes?.[names[0]]), hidden: Number(Attributes?.[names[1]]) };
    },
    async stop() {
      client.destroy();
      await sqs.stop();
      await rm(directory, { recursive: true });
    },
  };
};

/** What a message for a FIFO queue carries besides its body. */
export const inGroup = (group: string) => ({ MessageGroupId: group, MessageDeduplicationId: randomUUID() });

/** What Lambda hands to a function for messages that it received. */
export const eventOf = (
  messages: readonly Message[],
  arn = 'arn:aws:sqs:us-east-1:000000000000:recordings.fifo',
): SQSEvent => ({
  Records: messages.map((message) => recordOf(message, arn)),
});

const recordOf = (
  { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message,
  arn: string,
): SQSRecord => ({
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  attributes: {
    ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '1',
    SentTimestamp: Attributes.SentTimestamp ?? '0',
    SenderId: Attributes.SenderId ?? '',
    ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '0',
  },
  messageAttributes: {},
  md5OfBody: createHash('md5').update(Body).digest('hex'),
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
  awsRegion: REGION,
});

/** One call of the SQS API as the wire has it. */
export interface SqsCall {
  operation: string;
  // The protocol's JSON: what an operation carries is known to the test that reads it.
  input: Record<string, unknown>;
}

/** An SQS that answers each call as the test says. */
export const scriptedSqs = async (answer: (call: SqsCall, calls: SqsCall[]) => Answer = () => json(200, {})) => {
  const calls: SqsCall[] = [];
  const waiting: { calls: number; resolve: () => void }[] = [];
  const server: ScriptedHttp = await scriptedHttp((asked, response) => {
    const operation = String(asked.headers['x-amz-target']).replace('AmazonSQS.', '');
    const call = { operation, input: JSON.parse(String(asked.body)) };
    calls.push(call);
    for (const { calls: wanted, resolve } of waiting) if (calls.length >= wanted) resolve();
    scripted.answer(call, calls)(asked, response);
  });
  const scripted = {
    answer,
    calls,
    server,
    url: `${server.origin}/000000000000/recordings.fifo`,
    client: clientTo(server.origin),
    /** Resolves when so many calls have come. */
    called: (wanted: number): Promise<void> =>
      calls.length >= wanted ? Promise.resolve() : new Promise((resolve) => waiting.push({ calls: wanted, resolve })),
    async stop() {
      scripted.client.destroy();
      await server.stop();
    },
  };
  return scripted;
};

/** An error as SQS sends it. */
export const sqsError = (code: string): Answer =>
  json(400, { __type: `com.amazonaws.sqs#${code}`, message: 'in words' });
