import { BUCKET, QUEUES, TABLE } from '../../local/cloud/resources.ts';
import type { Resource } from './template.ts';

/** A template's resources by their logical ids. */
export type Resources = Readonly<Record<string, Resource>>;

/** The account and Region that the stack is assumed to be in, and the names of its resources. */
export interface Place {
  account: string;
  region: string;
  /** The base of queue URLs, without a slash at its end. */
  sqsUrl: string;
  /** API Gateway's address. */
  apiUrl: string;
  /** The physical name of a resource. */
  nameOf(logicalId: string): string;
}

/**
 * Computes a template's values as CloudFormation does.
 * @throws Error for an intrinsic or an attribute that this function does not know, so that none is ignored silently
 */
export const resolverOf = (resources: Resources, place: Place) => {
  const { account, region, nameOf } = place;
  const pseudo: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const typeOf = (id: string): string => {
    const type = resources[id]?.Type;
    if (!type) throw new Error(`the template has no resource ${id}`);
    return type;
  };

  const reference = (id: string): string => {
    if (id in pseudo) return pseudo[id] ?? '';
    return typeOf(id) === 'AWS::SQS::Queue' ? `${place.sqsUrl}/${account}/${nameOf(id)}` : nameOf(id);
  };
  const arnOf = (id: string): string => {
    const name = nameOf(id);
    const arn = {
      'AWS::SQS::Queue': `arn:aws:sqs:${region}:${account}:${name}`,
      'AWS::S3::Bucket': `arn:aws:s3:::${name}`,
      'AWS::DynamoDB::GlobalTable': `arn:aws:dynamodb:${region}:${account}:table/${name}`,
      'AWS::IAM::Role': `arn:aws:iam::${account}:role/${name}`,
      'AWS::Lambda::Function': `arn:aws:lambda:${region}:${account}:function:${name}`,
      'AWS::Logs::LogGroup': `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
    }[typeOf(id)];
    if (!arn) throw new Error(`nothing here knows the ARN of ${id}, a ${typeOf(id)}`);
    return arn;
  };
  const attribute = (id: string, name: string): string => {
    if (name === 'Arn') return arnOf(id);
    if (name === 'ApiEndpoint') return place.apiUrl;
    throw new Error(`nothing here knows ${id}.${name}, an attribute of a ${typeOf(id)}`);
  };

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [[key = '', inner] = [], ...more] = Object.entries(value);
    const isIntrinsic = more.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
    if (!isIntrinsic) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one)]));
    if (key === 'Ref') return reference(String(inner));
    if (key === 'Fn::GetAtt') {
      const [id = '', name = ''] = inner as [string, string]; // CloudFormation's own shape
      return attribute(id, name);
    }
    if (key === 'Fn::Join') {
      const [between, parts] = inner as [string, unknown[]]; // CloudFormation's own shape
      return parts.map((part) => String(resolve(part))).join(between);
    }
    throw new Error(`nothing here knows ${key}`);
  };
  return resolve;
};

export const ofType = (resources: Resources, type: string): [id: string, properties: Record<string, unknown>][] =>
  Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) => (Type === type ? [[id, Properties]] : []));

/** The local names of the stack's resources, by the variable that gives a function the name. */
const NAMES: Readonly<Record<string, string>> = {
  BUCKET,
  TABLE,
  RECORDINGS_QUEUE_URL: QUEUES.recordings,
  RECORDINGS_DLQ_URL: QUEUES.recordingsDeadLetters,
  MEMOS_QUEUE_URL: QUEUES.memos,
  MEMOS_DLQ_URL: QUEUES.memosDeadLetters,
};

/**
 * The names of local/cloud/resources.ts for the template's bucket, table and queues.
 * @returns the name by logical id; for a resource that no variable names, the id itself
 */
export const localNames = (resources: Resources) => {
  const known = new Map<string, string>();
  for (const [, { Environment }] of ofType(resources, 'AWS::Lambda::Function')) {
    const { Variables = {} } = (Environment ?? {}) as { Variables?: Record<string, { Ref?: string } | string> };
    for (const [variable, value] of Object.entries(Variables)) {
      const name = NAMES[variable];
      if (name !== undefined && typeof value === 'object' && value.Ref) known.set(value.Ref, name);
    }
  }
  return (logicalId: string): string => known.get(logicalId) ?? logicalId;
};
