import { createHash, randomUUID } from 'node:crypto';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { QUEUES, REGION } from '../../local/cloud/resources.ts';
import { clientOptions, engines, queueUrlOf } from './engines.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from './scripted-http.ts';

export const clientTo = (endpoint: string, maxAttempts = 1): SQSClient =>
  new SQSClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS, maxAttempts });

/** The stack's queues on an SQS of this test. */
export const startQueues = async () => {
  const sqs = await engines().sqs();
  const client = new SQSClient({ ...clientOptions(sqs), maxAttempts: 1 });
  const recordings = queueUrlOf(sqs, QUEUES.recordings);
  const memos = queueUrlOf(sqs, QUEUES.memos);
  const receive = async (url: string, waitSeconds = 0): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: Math.max(waitSeconds, engines().lag?.receiveSeconds ?? 0),
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
    /** Receives and deletes every message of a queue, in order. */
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
    },
  };
};

/** The fields that a FIFO queue's message needs besides its body. */
export const inGroup = (group: string) => ({ MessageGroupId: group, MessageDeduplicationId: randomUUID() });

/** The ARN of a queue in this account and Region. ARN and URL end in the same name. */
export const queueArnOf = (queueUrl: string, { region = REGION, account = '000000000000' } = {}): string =>
  `arn:aws:sqs:${region}:${account}:${queueUrl.slice(queueUrl.lastIndexOf('/') + 1)}`;

/** The event that Lambda gives a function for messages from the queue at this URL. */
export const eventOf = (messages: readonly Message[], queueUrl: string): SQSEvent => ({
  Records: messages.map((message) => recordOf(message, queueArnOf(queueUrl))),
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

/** One call of the SQS API, as sent over HTTP. */
export interface SqsCall {
  operation: string;
  // The protocol's JSON. The test that reads an operation knows its fields.
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
    /** Resolves when this many calls have arrived. */
    called: (wanted: number): Promise<void> =>
      calls.length >= wanted ? Promise.resolve() : new Promise((resolve) => waiting.push({ calls: wanted, resolve })),
    async stop() {
      scripted.client.destroy();
      await server.stop();
    },
  };
  return scripted;
};

/** An error response in SQS's format. */
export const sqsError = (code: string): Answer =>
  json(400, { __type: `com.amazonaws.sqs#${code}`, message: 'in words' });
