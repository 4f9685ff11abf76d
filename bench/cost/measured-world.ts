import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { FunctionName } from '../../infra/secrets.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { startDynamodb } from '../../local/cloud/emulators/dynamodb.ts';
import { startS3 } from '../../local/cloud/emulators/s3.ts';
import { startSqs } from '../../local/cloud/emulators/sqs.ts';
import {
  BUCKET,
  createQueues,
  createTable,
  DROPS,
  QUEUES,
  queueUrl,
  REGION,
  TABLE,
} from '../../local/cloud/resources.ts';
import { listen } from '../../local/loopback/listen.ts';
import { scriptedLinq } from '../../test/scripted-linq.ts';
import { itemBytes, projected, sums } from './capacity.ts';
import { type Counted, type CountingProxy, countingProxy, nothingCounted } from './counting-proxy.ts';
import { type HostedFunction, type HostOptions, hostFunction, type Invocation } from './hosted-function.ts';
import { parameterServer } from './parameter-server.ts';
import { USERS_BUCKET } from './users-bucket.ts';

export const PUBLIC_URL = 'https://abc123.execute-api.us-east-1.amazonaws.com';

export interface MeasuredInvocation extends Invocation {
  counted: Counted;
}

export interface MeasuredHostOptions extends HostOptions {
  /** Variables that differ. */
  environment?: Readonly<Record<string, string>>;
  /** Further servers whose requests are counted. */
  servers?: readonly CountingProxy[];
}

/**
 * Starts the embedded cloud, a scripted Linq, a media host, and each function in a process of its own. Each function
 * has its own proxies, so that every request belongs to a known function.
 * @param recording gives the bytes that the media host serves at every URL
 */
export const startMeasuredWorld = async (recording: () => Uint8Array) => {
  const data = await mkdtemp(join(tmpdir(), 'aftercall-cost-'));
  const s3 = await startS3({ port: 0, directory: join(data, 's3'), bucket: BUCKET, others: [USERS_BUCKET] });
  const sqs = await startSqs({ port: 0, directory: join(data, 'sqs') });
  const dynamodb = await startDynamodb({ port: 0, directory: join(data, 'dynamodb') });
  await createQueues(sqs.url);
  await createTable(dynamodb.url);
  const linq = await scriptedLinq();
  const media = await listen(
    http.createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': recording().length }).end(recording());
    }),
    0,
  );
  const secrets = {
    STANDARD_WEBHOOKS_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    LINQ_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    LINQ_API_V3_API_KEY: linq.key,
    AFTERCALL_API_KEY: randomBytes(24).toString('base64url'),
  };
  const options = { region: REGION, credentials: LOCAL_CREDENTIALS };
  const queues = new SQSClient({ ...options, endpoint: sqs.url });
  const database = new DynamoDBClient({ ...options, endpoint: dynamodb.url });
  const { Table } = await database.send(new DescribeTableCommand({ TableName: TABLE }));

  /** Starts a function with its proxies. */
  const host = async (name: FunctionName, { environment = {}, servers = [], ...options }: MeasuredHostOptions = {}) => {
    const proxies: CountingProxy[] = [
      await countingProxy('s3', s3),
      await countingProxy('sqs', sqs),
      await countingProxy('dynamodb', dynamodb, Table?.GlobalSecondaryIndexes ?? []),
    ];
    const [toS3, toSqs, toDynamodb] = proxies.map(({ url }) => url) as [string, string, string]; // the three above
    const ssm = await parameterServer('/aftercall/prod/', secrets);
    const hosted: HostedFunction = await hostFunction(
      name,
      {
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
        AWS_ENDPOINT_URL_S3: toS3,
        AWS_ENDPOINT_URL_SQS: toSqs,
        AWS_ENDPOINT_URL_DYNAMODB: toDynamodb,
        AWS_ENDPOINT_URL_SSM: ssm.url,
        RECORDINGS_QUEUE_URL: queueUrl(toSqs, QUEUES.recordings),
        RECORDINGS_DLQ_URL: queueUrl(toSqs, QUEUES.recordingsDeadLetters),
        DROPS_QUEUE_URL: queueUrl(toSqs, DROPS),
        MEMOS_QUEUE_URL: queueUrl(toSqs, QUEUES.memos),
        MEMOS_DLQ_URL: queueUrl(toSqs, QUEUES.memosDeadLetters),
        BUCKET,
        TABLE,
        PUBLIC_URL,
        RETENTION_DAYS: '30',
        SECRETS_PREFIX: '/aftercall/prod/',
        AFTERCALL_STAGE: 'prod',
        AFTERCALL_DELIVERY: 'url',
        AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
        LINQ_API_V3_BASE_URL: linq.url,
        ...environment,
      },
      options,
    );
    const counting = [...proxies, ssm, ...servers];
    return {
      async invoke(event: unknown): Promise<MeasuredInvocation> {
        for (const proxy of counting) proxy.take();
        const invocation = await hosted.invoke(event);
        return {
          ...invocation,
          counted: counting.map((proxy) => proxy.take()).reduce(added, nothingCounted()),
        };
      },
      async stop() {
        await hosted.stop();
        for (const proxy of [...proxies, ssm]) await proxy.stop();
      },
    };
  };

  /** Gives the next message of a queue to a function in Lambda's form, and deletes it after a success. */
  const consume = async (queue: string, invoke: (event: unknown) => Promise<MeasuredInvocation>) => {
    const QueueUrl = queueUrl(sqs.url, queue);
    const { Messages = [] } = await queues.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2, MessageSystemAttributeNames: ['All'] }),
    );
    const [message] = Messages;
    if (!message) throw new Error(`${queue} holds no message`);
    const record = {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes,
      messageAttributes: {},
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:${REGION}:000000000000:${queue}`,
      awsRegion: REGION,
    };
    const invocation = await invoke({ Records: [record] });
    if (Object(invocation.answer).batchItemFailures.length > 0)
      throw new Error(`${queue}: not taken\n${invocation.log}`);
    await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return invocation;
  };

  /** Every row that contains this text, with its size. */
  const rowsWith = async (text: string) => {
    const rows: { pk: string; bytes: number; indexes: number; indexBytes: number }[] = [];
    for await (const { Items = [] } of paginateScan({ client: database }, { TableName: TABLE }))
      for (const item of Items) {
        if (!JSON.stringify(item).includes(text)) continue;
        const entries = (Table?.GlobalSecondaryIndexes ?? [])
          .map((index) => projected(item, index))
          .filter((entry) => entry !== undefined);
        const indexBytes = entries.reduce((sum, entry) => sum + itemBytes(entry), 0);
        rows.push({ pk: item.pk?.S ?? '', bytes: itemBytes(item), indexes: entries.length, indexBytes });
      }
    return rows;
  };

  return {
    host,
    consume,
    rowsWith,
    linq,
    secrets,
    mediaUrl: media.url,
    urls: { s3: s3.url, sqs: sqs.url },
    async stop() {
      queues.destroy();
      database.destroy();
      for (const server of [media, linq, dynamodb, sqs, s3]) await server.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
};

const added = (one: Counted, other: Counted): Counted => ({
  requests: sums(one.requests, other.requests),
  readUnits: one.readUnits + other.readUnits,
  writeUnits: one.writeUnits + other.writeUnits,
  keyUnits: sums(one.keyUnits, other.keyUnits),
  objectBytes: one.objectBytes + other.objectBytes,
});
