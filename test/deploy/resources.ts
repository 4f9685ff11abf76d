import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Cloud, urlOf } from '../../local/cloud/cloud-file.ts';
import type { Credentials } from '../../local/cloud/credentials.ts';
import { BUCKET, queueUrl, REGION } from '../../local/cloud/resources.ts';
import type { Resource, Template, Value } from './template.ts';

export const ACCOUNT = '000000000000';

/** What CloudFormation gives for `Ref` and `Fn::GetAtt`, by logical id and by `<logical id>.<attribute>`. */
export type Physical = Map<string, string>;

/**
 * Makes the template's queues and table on the embedded cloud, with the template's own attributes. The template's
 * bucket is the embedded cloud's bucket.
 */
export const createResources = async ({ resources }: Template, cloud: Cloud): Promise<Physical> => {
  const physical: Physical = new Map();
  const sqs = urlOf(cloud, 'sqs');
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type === 'AWS::SQS::Queue') {
      const name = `${id}${Properties.FifoQueue ? '.fifo' : ''}`;
      physical.set(id, queueUrl(sqs, name));
      physical.set(`${id}.Arn`, `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`);
    }
    if (Type === 'AWS::S3::Bucket') physical.set(id, BUCKET);
    if (Type === 'AWS::DynamoDB::GlobalTable') physical.set(id, id);
  }
  await createQueues(resources, physical, sqs, cloud.credentials);
  await createTables(resources, urlOf(cloud, 'dynamodb'), cloud.credentials);
  return physical;
};

/** @throws Error if the template names something that the embedded cloud does not have */
export const resolve = (value: Value, physical: Physical): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const call = value as { Ref?: string; 'Fn::GetAtt'?: [string, string]; 'Fn::Join'?: [string, Value[]] };
  const [glue, parts] = call['Fn::Join'] ?? [];
  if (parts) return parts.map((part) => resolve(part, physical)).join(glue);
  const found = physical.get(call.Ref ?? call['Fn::GetAtt']?.join('.') ?? '');
  if (found === undefined) throw new Error(`nothing here stands for ${JSON.stringify(value)}`);
  return found;
};

const createQueues = async (
  resources: Template['resources'],
  physical: Physical,
  endpoint: string,
  credentials: Credentials,
) => {
  const client = new SQSClient({ endpoint, region: REGION, credentials });
  const queues = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue');
  // A queue that a redrive policy names must exist first.
  const ordered = queues.toSorted(
    ([, a], [, b]) => Number('RedrivePolicy' in a.Properties) - Number('RedrivePolicy' in b.Properties),
  );
  for (const [id, { Properties }] of ordered) {
    await client.send(
      new CreateQueueCommand({
        QueueName: physical.get(`${id}.Arn`)?.split(':').pop() ?? id,
        Attributes: attributesOf(Properties, physical),
      }),
    );
  }
  client.destroy();
};

/** CloudFormation's property names are SQS's attribute names. */
const attributesOf = (properties: Record<string, Value>, physical: Physical): Record<string, string> => {
  const { RedrivePolicy, FifoQueue, Tags, ...plain } = properties;
  const redrive = RedrivePolicy as { deadLetterTargetArn: Value; maxReceiveCount: number } | undefined;
  return {
    ...Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, String(value)])),
    ...(FifoQueue === true && { FifoQueue: 'true' }),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        ...redrive,
        deadLetterTargetArn: resolve(redrive.deadLetterTargetArn, physical),
      }),
    }),
  };
};

const createTables = async (resources: Template['resources'], endpoint: string, credentials: Credentials) => {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials });
  for (const [id, resource] of Object.entries(resources)) {
    if (resource.Type === 'AWS::DynamoDB::GlobalTable')
      await client.send(new CreateTableCommand(tableOf(id, resource)));
  }
  client.destroy();
};

/** CloudFormation writes these parts in the format of DynamoDB's API. */
const tableOf = (id: string, { Properties }: Resource): CreateTableCommandInput => {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } =
    Properties as unknown as CreateTableCommandInput;
  return { TableName: id, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode };
};
