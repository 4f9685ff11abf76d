import { randomBytes } from 'node:crypto';
import { BatchWriteItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BUCKET, QUEUES } from '../../local/cloud/resources.ts';
import { localNames, type Place } from '../deploy/place.ts';
import { createResources, type ResourceType } from '../engines/create-resources.ts';
import type { Engines, Service } from '../servers/engines.ts';
import type { AwsRun } from './global-setup.ts';
import { deleteAll, findLeftovers } from './leftovers.ts';
import { nameIn, tagsOf } from './names.ts';

/**
 * A real account instead of the embedded emulators. Each call makes its own queues or its own bucket from the template.
 * The table belongs to the run, and each call empties it first. If AWS_ENDPOINT_URL is set, the clients use that
 * stand-in for AWS.
 */
export const awsEngines = ({ id, region, account, table, resources }: AwsRun): Engines => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const localName = localNames(resources);
  const service = (elsewhere: Partial<Service['elsewhere']>, stop: () => Promise<void>): Service => ({
    port: 0,
    url: endpoint ?? '',
    elsewhere: { region, ...(endpoint && { endpoint }), ...elsewhere },
    stop,
  });
  /** Makes the template's resources of a type, under names that no other resource has. */
  const create = async (type: ResourceType) => {
    const part = randomBytes(3).toString('hex');
    const nameOf = (logicalId: string) => nameIn(id, `${part}-${localName(logicalId)}`.toLowerCase());
    const place: Place = { account, region, sqsUrl: '', apiUrl: '', nameOf };
    await createResources({ region }, resources, place, { types: [type], tags: tagsOf(id) });
    const remove = async () =>
      deleteAll((await findLeftovers(region, id)).filter(({ name }) => name.startsWith(nameIn(id, `${part}-`))));
    return { nameFor: (local: string) => nameIn(id, `${part}-${local}`), remove };
  };
  return {
    lag: endpoint ? { indexMs: 0, receiveSeconds: 0 } : { indexMs: 2000, receiveSeconds: 2 },

    async s3() {
      const { nameFor, remove } = await create('AWS::S3::Bucket');
      return service({ bucket: nameFor(BUCKET) }, remove);
    },

    async sqs() {
      const { nameFor, remove } = await create('AWS::SQS::Queue');
      const client = new SQSClient({ region });
      const queues: Record<string, string> = {};
      for (const local of Object.values(QUEUES)) {
        const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: nameFor(local) }));
        queues[local] = QueueUrl;
      }
      client.destroy();
      return service({ queues }, remove);
    },

    async dynamodb() {
      await empty(region, table);
      return service({ table }, async () => {});
    },

    async world() {
      throw new Error('a world stands on this machine: test/aws/main-job.aws.ts is its likeness in an account');
    },
  };
};

/** Deletes every row. AWS needs half a minute for a new table, so the test files share one table. */
const empty = async (region: string, TableName: string) => {
  const client = new DynamoDBClient({ region });
  for await (const { Items = [] } of paginateScan(
    { client },
    { TableName, ProjectionExpression: 'pk', ConsistentRead: true },
  ))
    for (let start = 0; start < Items.length; start += 25) {
      let wanted = Items.slice(start, start + 25).map((Key) => ({ DeleteRequest: { Key } }));
      while (wanted.length > 0) {
        const request = { RequestItems: { [TableName]: wanted } };
        const { UnprocessedItems } = await client.send(new BatchWriteItemCommand(request));
        wanted = (UnprocessedItems?.[TableName] ?? []) as typeof wanted; // some of the requests just made
      }
    }
  client.destroy();
};
