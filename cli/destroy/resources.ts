import type { CloudFormationClient, StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { AWS_CLIENT, awsFailure } from '../base/account.ts';
import { type Data, isThere } from './data.ts';

export interface Found {
  /** Whether the stage is deployed. */
  deployed: boolean;
  /** The existing data of the stack, and of stacks of this name that were deleted in the last 90 days. */
  data: Data[];
}

const KINDS: Readonly<Record<string, Data['kind']>> = {
  'AWS::S3::Bucket': 'bucket',
  'AWS::DynamoDB::GlobalTable': 'table',
  'AWS::DynamoDB::Table': 'table',
  'AWS::SQS::Queue': 'queue',
};

/** Asks CloudFormation for a stage's stack and its data. */
export const findData = async (stack: string): Promise<Found> => {
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(AWS_CLIENT);
  try {
    const present = (await resourcesOf(client, stack)) ?? [];
    const skipped: StackResourceSummary[] = [];
    for (const id of await deletedStacks(client, stack)) {
      const left = (await resourcesOf(client, id)) ?? [];
      skipped.push(...left.filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_SKIPPED'));
    }
    const data: Data[] = [];
    for (const each of dataIn([...present, ...skipped])) if (await isThere(each)) data.push(each);
    // A change set that was not executed, or a first deploy that failed, leaves an empty stack.
    const deployed = present.some(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE');
    return { deployed, data };
  } catch (error) {
    throw awsFailure(`CloudFormation cannot be asked about ${stack}`, error);
  } finally {
    client.destroy();
  }
};

const dataIn = (resources: readonly StackResourceSummary[]): Data[] => {
  const found = new Map<string, Data>();
  for (const { ResourceType = '', PhysicalResourceId: id = '', LogicalResourceId: logicalId = '' } of resources) {
    const kind = KINDS[ResourceType];
    if (kind && id) found.set(id, { kind, id, logicalId });
  }
  return [...found.values()].toSorted((a, b) => a.kind.localeCompare(b.kind));
};

/** @returns undefined where the stack does not exist */
export const resourcesOf = async (
  client: CloudFormationClient,
  stack: string,
): Promise<StackResourceSummary[] | undefined> => {
  const { paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const all: StackResourceSummary[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
      all.push(...(page.StackResourceSummaries ?? []));
    }
    return all;
  } catch (error) {
    // CloudFormation has no error class for this.
    if (Object(error).name === 'ValidationError' && /does not exist/.test(String(error))) return undefined;
    throw error;
  }
};

/** The ids of the deleted stacks of this name. CloudFormation remembers them for 90 days. */
const deletedStacks = async (client: CloudFormationClient, stack: string): Promise<string[]> => {
  const { paginateListStacks } = await import('@aws-sdk/client-cloudformation');
  const ids: string[] = [];
  for await (const page of paginateListStacks({ client }, { StackStatusFilter: ['DELETE_COMPLETE'] })) {
    for (const { StackName, StackId = '' } of page.StackSummaries ?? []) if (StackName === stack) ids.push(StackId);
  }
  return ids;
};
