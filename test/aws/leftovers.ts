import {
  DeleteTableCommand,
  DynamoDBClient,
  paginateListTables,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteQueueCommand, paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import { DeleteParametersCommand, paginateDescribeParameters, SSMClient } from '@aws-sdk/client-ssm';
import { isOurs, PREFIX } from './names.ts';

/** One resource that a run has made. */
export interface Leftover {
  kind: 'bucket' | 'table' | 'queue' | 'parameter';
  name: string;
  delete(): Promise<unknown>;
}

/**
 * Finds the resources that runs made in this Region, by their names.
 * @param run the only run to search for; without a value, every run
 */
export const findLeftovers = async (region: string, run?: string): Promise<Leftover[]> => {
  const [s3, dynamodb, sqs, ssm] = [
    new S3Client({ region }),
    new DynamoDBClient({ region }),
    new SQSClient({ region }),
    new SSMClient({ region }),
  ];
  const found: Leftover[] = [];

  const { Buckets = [] } = await s3.send(new ListBucketsCommand({ Prefix: PREFIX }));
  for (const { Name = '' } of Buckets)
    if (isOurs(Name, run)) found.push({ kind: 'bucket', name: Name, delete: () => deleteBucket(s3, Name) });

  for await (const { TableNames = [] } of paginateListTables({ client: dynamodb }, {}))
    for (const name of TableNames)
      if (isOurs(name, run)) found.push({ kind: 'table', name, delete: () => deleteTable(dynamodb, name) });

  for await (const { QueueUrls = [] } of paginateListQueues(
    { client: sqs },
    { QueueNamePrefix: PREFIX, MaxResults: 1000 },
  ))
    for (const QueueUrl of QueueUrls) {
      const name = QueueUrl.split('/').at(-1) ?? '';
      if (isOurs(name, run))
        found.push({ kind: 'queue', name, delete: () => sqs.send(new DeleteQueueCommand({ QueueUrl })) });
    }

  const named = { Key: 'Name', Option: 'BeginsWith', Values: [`/${PREFIX}`] };
  for await (const { Parameters = [] } of paginateDescribeParameters({ client: ssm }, { ParameterFilters: [named] }))
    for (const { Name = '' } of Parameters)
      if (isOurs(Name, run))
        found.push({
          kind: 'parameter',
          name: Name,
          delete: () => ssm.send(new DeleteParametersCommand({ Names: [Name] })),
        });
  return found;
};

/**
 * Deletes all of them. After a failure it continues with the next.
 * @throws AggregateError with the resources that could not be deleted
 */
export const deleteAll = async (leftovers: readonly Leftover[]): Promise<void> => {
  const failures: Error[] = [];
  for (const { kind, name, delete: remove } of leftovers) {
    try {
      await remove();
    } catch (cause) {
      failures.push(
        new Error(`the ${kind} ${name} is still there: ${cause instanceof Error ? cause.message : cause}`, { cause }),
      );
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
};

const deleteBucket = async (s3: S3Client, Bucket: string) => {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
};

/** AWS refuses to delete a table that is still being made, for longer than the client retries by itself. */
const deleteTable = async (dynamodb: DynamoDBClient, TableName: string) => {
  for (let tries = 1; ; tries += 1) {
    try {
      await dynamodb.send(new DeleteTableCommand({ TableName }));
      break;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ResourceInUseException' || tries === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5000));
    }
  }
  await waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 300 }, { TableName });
};
