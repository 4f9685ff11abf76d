import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS } from '../../local/emulators/s3.ts';
import { ofType, type Place, type Resources, resolverOf } from '../deploy/place.ts';

type Properties = Record<string, unknown>;

/**
 * Makes the template's queues, bucket and table in another cloud, with every property that the template gives them.
 * @throws Error for a property that it cannot pass on: nothing of the stack is left out in silence
 */
export const createResources = async (endpoint: string, resources: Resources, place: Place): Promise<void> => {
  const options = { endpoint, region: place.region, credentials: LOCAL_CREDENTIALS };
  const [sqs, s3, dynamodb] = [new SQSClient(options), new S3Client(options), new DynamoDBClient(options)];
  const resolve = resolverOf(resources, place);
  const each = async (type: string, create: (name: string, properties: Properties) => Promise<unknown>) => {
    for (const [id, properties] of ofType(resources, type)) {
      await create(place.nameOf(id), resolve(properties) as Properties); // a resource's properties stay an object
    }
  };
  await each('AWS::SQS::Queue', (name, properties) =>
    sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: queueAttributes(properties) })),
  );
  await each('AWS::S3::Bucket', (name, properties) => createBucket(s3, name, properties));
  await each('AWS::DynamoDB::GlobalTable', (name, properties) => createTable(dynamodb, name, properties));
  for (const client of [sqs, s3, dynamodb]) client.destroy();
};

/** SQS's attributes are CloudFormation's properties as text. A false FifoQueue is not said, as SQS wants it. */
const queueAttributes = (properties: Properties): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );

const createBucket = async (s3: S3Client, Bucket: string, properties: Properties) => {
  // Each is CloudFormation's shape, which is S3's own but for the names below.
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
  await s3.send(new CreateBucketCommand({ Bucket }));
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

const createTable = async (dynamodb: DynamoDBClient, TableName: string, properties: Properties) => {
  const {
    Replicas,
    TimeToLiveSpecification,
    AttributeDefinitions,
    BillingMode,
    KeySchema,
    GlobalSecondaryIndexes,
    ...rest
  } =
    // The rest of a global table is CreateTable's own input; of its one replica, backups are what a table has besides.
    properties as Omit<CreateTableCommandInput, 'TableName'> & {
      Replicas: { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean } }[];
      TimeToLiveSpecification: UpdateTimeToLiveCommandInput['TimeToLiveSpecification'];
    };
  nothingElse('a table', rest);
  await dynamodb.send(
    new CreateTableCommand({ TableName, AttributeDefinitions, BillingMode, KeySchema, GlobalSecondaryIndexes }),
  );
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
