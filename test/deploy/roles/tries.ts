import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { REGION } from '../../../local/cloud/resources.ts';
import type { RoleCredentials } from './moto-account.ts';

/** The calls that can be tried on a kind of resource, by IAM's name of the right that each needs. */
export type Tries = Readonly<Record<string, (name: string) => Promise<unknown>>>;
export type Kind = 'queue' | 'object' | 'bucket' | 'table' | 'index' | 'secret';
export interface AllTries extends Record<Kind, Tries> {
  /** @param name the URL of a queue */
  queue: Tries;
  /** @param name the bucket and the key of an object, with a slash between them */
  object: Tries;
  /** @param name the name of a bucket */
  bucket: Tries;
  table: Tries;
  /** @param name the name of an index */
  index: Tries;
  /** @param name the name of a parameter */
  secret: Tries;
  destroy(): void;
}

/** The rights that are tried on each kind. */
export const ACTIONS: Readonly<Record<Kind, readonly string[]>> = {
  queue: [
    'sqs:SendMessage',
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:ChangeMessageVisibility',
    'sqs:GetQueueAttributes',
    'sqs:SetQueueAttributes',
    'sqs:PurgeQueue',
    'sqs:DeleteQueue',
  ],
  object: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
  bucket: ['s3:ListBucket', 's3:DeleteBucket'],
  table: [
    'dynamodb:GetItem',
    'dynamodb:BatchGetItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:BatchWriteItem',
    'dynamodb:Query',
    'dynamodb:Scan',
    'dynamodb:DeleteTable',
  ],
  index: ['dynamodb:Query', 'dynamodb:Scan'],
  secret: ['ssm:GetParameters', 'ssm:PutParameter', 'ssm:DeleteParameter', 'ssm:GetParametersByPath'],
};

/** Makes real requests with a role's credentials. None of them changes the results of a job. */
export const triesWith = (
  endpoint: string,
  credentials: RoleCredentials,
  { table: TableName }: { table: string },
): AllTries => {
  const options = { endpoint, region: REGION, credentials, maxAttempts: 1 };
  const sqs = new SQSClient(options);
  const s3 = new S3Client(options);
  const dynamodb = new DynamoDBClient(options);
  const ssm = new SSMClient(options);
  const pk = { pk: { S: 'nobody' } };
  const byName = { KeyConditionExpression: '#a = :a', ExpressionAttributeValues: { ':a': { S: 'x' } } };
  const query = (attribute: string) => ({ ...byName, ExpressionAttributeNames: { '#a': attribute } });
  return {
    queue: {
      'sqs:SendMessage': (QueueUrl) =>
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', ...(QueueUrl.endsWith('.fifo') && ids) })),
      'sqs:ReceiveMessage': (QueueUrl) => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 })),
      'sqs:DeleteMessage': (QueueUrl) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'none' })),
      'sqs:ChangeMessageVisibility': (QueueUrl) =>
        sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: 'none', VisibilityTimeout: 0 })),
      'sqs:GetQueueAttributes': (QueueUrl) =>
        sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
      'sqs:SetQueueAttributes': (QueueUrl) =>
        sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '60' } })),
      'sqs:PurgeQueue': (QueueUrl) => sqs.send(new PurgeQueueCommand({ QueueUrl })),
      'sqs:DeleteQueue': (QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl })),
    },
    object: {
      's3:GetObject': (name) => s3.send(new GetObjectCommand({ ...objectIn(name) })),
      's3:PutObject': (name) => s3.send(new PutObjectCommand({ ...objectIn(name), Body: 'x' })),
      's3:DeleteObject': (name) => s3.send(new DeleteObjectCommand({ ...objectIn(name) })),
      's3:AbortMultipartUpload': (name) =>
        s3.send(new AbortMultipartUploadCommand({ ...objectIn(name), UploadId: 'none' })),
    },
    bucket: {
      's3:ListBucket': (Bucket) => s3.send(new ListObjectsV2Command({ Bucket })),
      's3:DeleteBucket': (Bucket) => s3.send(new DeleteBucketCommand({ Bucket })),
    },
    table: {
      'dynamodb:GetItem': () => dynamodb.send(new GetItemCommand({ TableName, Key: pk })),
      'dynamodb:BatchGetItem': () =>
        dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [pk] } } })),
      'dynamodb:PutItem': () => dynamodb.send(new PutItemCommand({ TableName, Item: pk })),
      'dynamodb:UpdateItem': () => dynamodb.send(new UpdateItemCommand({ TableName, Key: pk })),
      'dynamodb:DeleteItem': () => dynamodb.send(new DeleteItemCommand({ TableName, Key: pk })),
      'dynamodb:BatchWriteItem': () =>
        dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: pk } }] } })),
      'dynamodb:Query': () => dynamodb.send(new QueryCommand({ TableName, ...query('pk') })),
      'dynamodb:Scan': () => dynamodb.send(new ScanCommand({ TableName })),
      'dynamodb:DeleteTable': () => dynamodb.send(new DeleteTableCommand({ TableName })),
    },
    index: {
      'dynamodb:Query': (IndexName) =>
        dynamodb.send(new QueryCommand({ TableName, IndexName, ...query(PARTITIONS[IndexName] ?? IndexName) })),
      'dynamodb:Scan': (IndexName) => dynamodb.send(new ScanCommand({ TableName, IndexName })),
    },
    secret: {
      'ssm:GetParameters': (name) => ssm.send(new GetParametersCommand({ Names: [name], WithDecryption: true })),
      'ssm:PutParameter': (name) => ssm.send(new PutParameterCommand({ Name: name, Value: 'x', Overwrite: true })),
      'ssm:DeleteParameter': (name) => ssm.send(new DeleteParameterCommand({ Name: name })),
      'ssm:GetParametersByPath': (Path) => ssm.send(new GetParametersByPathCommand({ Path, WithDecryption: true })),
    },
    destroy() {
      for (const client of [sqs, s3, dynamodb, ssm]) client.destroy();
    },
  };
};

const objectIn = (name: string) => {
  const at = name.indexOf('/');
  return { Bucket: name.slice(0, at), Key: name.slice(at + 1) };
};

const ids = { MessageGroupId: 'try', MessageDeduplicationId: 'try' };
const PARTITIONS: Readonly<Record<string, string>> = {
  newest: 'listed',
  'by-call': 'call',
  'by-source': 'source',
  'by-state': 'stateGroup',
  due: 'listed',
};
