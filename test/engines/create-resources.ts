import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { ofType, type Place, type Resources, resolverOf } from '../deploy/place.ts';

type Properties = Record<string, unknown>;
type Tags = Readonly<Record<string, string>>;
export interface ClientOptions {
  region: string;
  endpoint?: string;
}

/** The resource types of the template that this file can make. */
const TYPES = ['AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable'] as const;
export type ResourceType = (typeof TYPES)[number];

/**
 * Makes the template's queues, bucket and table in another cloud, with every property of the template.
 * @throws Error for a property that it cannot pass on, so that no property is left out silently
 */
export const createResources = async (
  at: string | ClientOptions,
  resources: Resources,
  place: Place,
  { types = TYPES, tags = {} }: { types?: readonly ResourceType[]; tags?: Tags } = {},
): Promise<void> => {
  const options = typeof at === 'string' ? { endpoint: at, region: place.region, credentials: LOCAL_CREDENTIALS } : at;
  const [sqs, s3, dynamodb] = [new SQSClient(options), new S3Client(options), new DynamoDBClient(options)];
  const resolve = resolverOf(resources, place);
  const each = async (type: ResourceType, create: (name: string, properties: Properties) => Promise<unknown>) => {
    if (!types.includes(type)) return;
    for (const [id, properties] of ofType(resources, type)) {
      await create(place.nameOf(id), resolve(properties) as Properties); // resolved properties are an object
    }
  };
  await each('AWS::SQS::Queue', (name, properties) =>
    sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: queueAttributes(properties), tags })),
  );
  await each('AWS::S3::Bucket', (name, properties) => createBucket(s3, name, properties, place.region, tags));
  await each('AWS::DynamoDB::GlobalTable', (name, properties) => createTable(dynamodb, name, properties, tags));
  for (const client of [sqs, s3, dynamodb]) client.destroy();
};

/**
 * SQS's attributes are CloudFormation's properties as text. The template leaves out a FifoQueue that is false, as SQS
 * requires.
 */
const queueAttributes = (properties: Properties): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );

const createBucket = async (s3: S3Client, Bucket: string, properties: Properties, region: string, tags: Tags) => {
  // A cast: CloudFormation's shapes are S3's own shapes, apart from the names below.
  const { BucketEncryption, LifecycleConfiguration, OwnershipControls, PublicAccessBlockConfiguration, ...rest } =
    properties as {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }[];
      };
      LifecycleConfiguration: { Rules: LifecycleRule[] };
      OwnershipControls: { Rules: { ObjectOwnership: 'BucketOwnerEnforced' }[] };
      PublicAccessBlockConfiguration: Record<string, boolean>;
    };
  nothingElse('a bucket', rest);
  // A bucket is made in us-east-1 when no location is given; S3 refuses us-east-1 as a given location.
  const LocationConstraint = region as BucketLocationConstraint; // a cast: any Region
  const elsewhere = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint } };
  await s3.send(new CreateBucketCommand({ Bucket, ...elsewhere }));
  if (Object.keys(tags).length > 0)
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList(tags) } }));
  const encryption = {
    Rules: BucketEncryption.ServerSideEncryptionConfiguration.map((rule) => ({
      ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault,
    })),
  };
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: encryption }));
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  const Rules = LifecycleConfiguration.Rules.map(lifecycleRule);
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
};

interface LifecycleRule {
  Id: string;
  Status: 'Enabled';
  Prefix?: string;
  ExpirationInDays?: number;
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
}
const lifecycleRule = ({
  Id,
  Status,
  Prefix = '',
  ExpirationInDays,
  AbortIncompleteMultipartUpload,
  ...rest
}: LifecycleRule) => {
  nothingElse('a lifecycle rule', rest);
  return {
    ID: Id,
    Status,
    Filter: { Prefix },
    ...(ExpirationInDays !== undefined && { Expiration: { Days: ExpirationInDays } }),
    ...(AbortIncompleteMultipartUpload && { AbortIncompleteMultipartUpload }),
  };
};

const createTable = async (dynamodb: DynamoDBClient, TableName: string, properties: Properties, tags: Tags) => {
  const {
    Replicas,
    TimeToLiveSpecification,
    AttributeDefinitions,
    BillingMode,
    KeySchema,
    GlobalSecondaryIndexes,
    ...rest
  } =
    // A cast: the rest of a global table is CreateTable's own input. Its one replica says whether the table has
    // backups.
    properties as Omit<CreateTableCommandInput, 'TableName'> & {
      Replicas: { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean } }[];
      TimeToLiveSpecification: UpdateTimeToLiveCommandInput['TimeToLiveSpecification'];
    };
  nothingElse('a table', rest);
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions,
      BillingMode,
      KeySchema,
      GlobalSecondaryIndexes,
      ...(Object.keys(tags).length > 0 && { Tags: tagList(tags) }),
    }),
  );
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 300 }, { TableName });
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  const [replica, ...more] = Replicas;
  if (!replica || more.length > 0)
    throw new Error(`the table has ${Replicas.length} replicas: one Region is passed on`);
  const { PointInTimeRecoverySpecification } = replica;
  await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
};

const nothingElse = (what: string, rest: Properties) => {
  const unknown = Object.keys(rest);
  if (unknown.length > 0)
    throw new Error(`the template gives ${what} ${unknown.join(', ')}, which is not passed on here`);
};

const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
