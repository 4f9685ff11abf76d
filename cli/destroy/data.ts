import type { S3Client } from '@aws-sdk/client-s3';
import { AWS_CLIENT, awsFailure } from '../base/account.ts';
import { Failure } from '../base/failure.ts';

/** A resource that outlives the stack of its stage. */
export interface Data {
  kind: 'bucket' | 'table' | 'queue';
  /** A bucket's or a table's name, a queue's URL. */
  id: string;
  /** Its name in the template. */
  logicalId: string;
}

/** Deletes a bucket with everything in it, a table, or a queue. A resource that is gone already is no failure. */
export const deleteData = async ({ kind, id }: Data): Promise<void> => {
  try {
    await DELETE[kind](id);
  } catch (error) {
    if (GONE.includes(Object(error).name)) return;
    throw error instanceof Failure ? error : awsFailure(`the ${kind} ${id} was not deleted`, error);
  }
};

/** Whether the resource still exists. A resource that may not be read counts as existing. */
export const isThere = async ({ kind, id }: Data): Promise<boolean> => {
  try {
    await DESCRIBE[kind](id);
    return true;
  } catch (error) {
    return !GONE.includes(Object(error).name);
  }
};

const DESCRIBE: Readonly<Record<Data['kind'], (id: string) => Promise<void>>> = {
  async bucket(Bucket) {
    const { HeadBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
    await asked(new S3Client(AWS_CLIENT), (client) => client.send(new HeadBucketCommand({ Bucket })));
  },

  async table(TableName) {
    const { DescribeTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    await asked(new DynamoDBClient(AWS_CLIENT), (client) => client.send(new DescribeTableCommand({ TableName })));
  },

  async queue(QueueUrl) {
    const { GetQueueAttributesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    await asked(new SQSClient(AWS_CLIENT), (client) => client.send(command));
  },
};

/** Closes the client after its answer. */
const asked = async <Client extends { destroy(): void }>(client: Client, ask: (client: Client) => Promise<unknown>) => {
  try {
    await ask(client);
  } finally {
    client.destroy();
  }
};

const GONE = [
  'NoSuchBucket',
  'NotFound',
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
];

const DELETE: Readonly<Record<Data['kind'], (id: string) => Promise<void>>> = {
  async bucket(Bucket) {
    const { DeleteBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
    await asked(new S3Client(AWS_CLIENT), async (client) => {
      await abortUploads(client, Bucket);
      await deleteObjects(client, Bucket);
      await client.send(new DeleteBucketCommand({ Bucket }));
    });
  },

  async table(TableName) {
    const { DeleteTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    await asked(new DynamoDBClient(AWS_CLIENT), (client) => client.send(new DeleteTableCommand({ TableName })));
  },

  async queue(QueueUrl) {
    const { DeleteQueueCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    await asked(new SQSClient(AWS_CLIENT), (client) => client.send(new DeleteQueueCommand({ QueueUrl })));
  },
};

/** Also deletes older versions, in case somebody has enabled versioning. */
const deleteObjects = async (client: S3Client, Bucket: string): Promise<void> => {
  const { DeleteObjectsCommand, ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, ...(VersionId !== undefined && { VersionId }) }],
    );
    if (Objects.length === 0) return;
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    const [first] = Errors;
    if (first)
      throw new Failure(`${Errors.length} objects of ${Bucket} were not deleted: ${first.Code} (${first.Key})`, 'aws');
  }
};

const abortUploads = async (client: S3Client, Bucket: string): Promise<void> => {
  const { AbortMultipartUploadCommand, ListMultipartUploadsCommand } = await import('@aws-sdk/client-s3');
  for (;;) {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    if (Uploads.length === 0) return;
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
};
