import {
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Credentials, LOCAL_CREDENTIALS } from './credentials.ts';

export const BUCKET = 'aftercall';
export const TABLE = 'aftercall';
export const REGION = 'us-east-1';

/** Queue names; a dead-letter queue has the name of its queue in it. */
export const QUEUES = {
  recordings: 'recordings.fifo',
  recordingsDeadLetters: 'recordings-dead-letters.fifo',
  memos: 'memos.fifo',
  memosDeadLetters: 'memos-dead-letters.fifo',
} as const;

/** The queue of new objects in buckets that name a source. The stack has it only with such a bucket. */
export const DROPS = 'drops';

export const queueUrl = (sqs: string, name: string): string => `${sqs}/000000000000/${name}`;

/** A message's lease until its step sets one, first of all: if the bridge dies before, the message comes back soon. */
const VISIBILITY_SECONDS = 5;
const RETENTION_SECONDS = 14 * 24 * 60 * 60;

/** The waits between two checks of a new table, and the longest wait in all; seconds. */
const TABLE_WAIT = { minDelay: 0.02, maxDelay: 0.5, maxWaitTime: 30 };

/** The queues of the stack, as far as the emulator knows their attributes. Repeatable. */
export const createQueues = async (endpoint: string, credentials: Credentials = LOCAL_CREDENTIALS) => {
  // The credentials are copied, since the SDK changes its options.
  const client = new SQSClient({ endpoint, region: REGION, credentials: { ...credentials } });
  const usual = { VisibilityTimeout: String(VISIBILITY_SECONDS), MessageRetentionPeriod: String(RETENTION_SECONDS) };
  const create = (name: string, attributes: Record<string, string> = {}) =>
    client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { ...usual, FifoQueue: 'true', ...attributes } }),
    );
  const redriveTo = (name: string) => ({
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:${REGION}:000000000000:${name}`,
      maxReceiveCount: '1000',
    }),
  });
  await create(QUEUES.recordingsDeadLetters);
  await create(QUEUES.memosDeadLetters);
  await create(QUEUES.recordings, redriveTo(QUEUES.recordingsDeadLetters));
  await create(QUEUES.memos, redriveTo(QUEUES.memosDeadLetters));
  await client.send(new CreateQueueCommand({ QueueName: DROPS, Attributes: usual }));
  client.destroy();
};

/** The stack's table with its indexes, ready for requests: a new table refuses requests for a moment. Repeatable. */
export const createTable = async (endpoint: string, credentials: Credentials = LOCAL_CREDENTIALS) => {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: { ...credentials } });
  const index = (name: string, partition: string, sort: string) => ({
    IndexName: name,
    KeySchema: keys(partition, sort),
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  });
  const command = new CreateTableCommand({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'listed', 'at', 'call', 'source', 'stateGroup', 'dueKey'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: keys('pk'),
    GlobalSecondaryIndexes: [
      index('newest', 'listed', 'at'),
      index('by-call', 'call', 'at'),
      index('by-source', 'source', 'at'),
      index('by-state', 'stateGroup', 'at'),
      index('due', 'listed', 'dueKey'),
    ],
  });
  await client.send(command).catch((error) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, ...TABLE_WAIT }, { TableName: TABLE });
  client.destroy();
};

const keys = (partition: string, sort?: string): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  ...(sort ? [{ AttributeName: sort, KeyType: 'RANGE' as const }] : []),
];
