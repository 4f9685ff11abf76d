import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TestProject } from 'vitest/node';
import { ofType, type Resources } from '../deploy/place.ts';
import { createResources } from '../engines/create-resources.ts';
import { synthesise } from '../infra/synthesised.ts';
import { nameIn, tagsOf } from './names.ts';

/** What the tests of a run know about the run. */
export interface AwsRun {
  id: string;
  region: string;
  account: string;
  table: string;
  resources: Resources;
}

declare module 'vitest' {
  export interface ProvidedContext {
    awsRun: AwsRun | undefined;
  }
}

/**
 * Runs once for the run: makes the template's table, which takes AWS half a minute. The test files make their own
 * queues and buckets.
 */
export default async (project: TestProject) => {
  const id = process.env.AFTERCALL_TEST_RUN;
  const region = process.env.AWS_REGION;
  if (!id || !region) return project.provide('awsRun', undefined); // this run only lists the tests
  const resources: Resources = synthesise().template.toJSON().Resources;
  const table = nameIn(id, 'ledger');
  // A table's definition names no other resource, so the account may still be unknown.
  const place = { account: '', region, sqsUrl: '', apiUrl: '', nameOf: () => table };
  const [[logicalId] = ['']] = ofType(resources, 'AWS::DynamoDB::GlobalTable');
  if (!logicalId) throw new Error('the template has no table');
  await createResources({ region }, resources, place, { types: ['AWS::DynamoDB::GlobalTable'], tags: tagsOf(id) });
  const client = new DynamoDBClient({ region });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  client.destroy();
  const account = Table?.TableArn?.split(':')[4] ?? '';
  project.provide('awsRun', { id, region, account, table, resources });
};
