import type { S3Client } from '@aws-sdk/client-s3';
import { awsFailure, PATIENT } from '../base/account.ts';
import { Failure } from '../base/failure.ts';
import type { Data } from './resources.ts';

/** Deletes a bucket with all in it, a table, or a queue. What is gone already is no failure. */
export const deleteData = async ({ kind, id }: Data): Promise<void> => {
  try {
    await DELETE[kind](id);
  } catch (error) {
    if (GONE.includes(Object(error).name)) return;
    throw error instanceof Failure ? error : awsFailure(`the ${kind} ${id} was not deleted`, error);
  }
};

const GONE = [
  'NoSuchBucket',
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
];

const DELETE: Readonly<Record<Data['kind'], (id: string) => Promise<void>>> = {
  async bucket(Bucket) {
    const { DeleteBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client(PATIENT);
    await abortUploads(client, Bucket);
    await deleteObjects(client, Bucket);
    await client.send(new DeleteBucketCommand({ Bucket }));
    client.destroy();
  },

  async table(TableName) {
    const { DeleteTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient(PATIENT);
    await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
  },

  async queue(QueueUrl) {
    const { DeleteQueueCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    const client = new SQSClient(PATIENT);
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    client.destroy();
  },
};

/** Also older versions, should somebody have switched versioning on. */
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
