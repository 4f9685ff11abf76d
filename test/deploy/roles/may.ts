import type { FunctionName, SecretRow } from '../../../infra/secrets.ts';
import { isAllowed } from './policy.ts';
import type { Role } from './rights.ts';
import type { Named } from './things.ts';
import { ACTIONS } from './tries.ts';

const consume = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'];
const read = ['dynamodb:GetItem'];
const write = [...read, 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
const readMany = 'dynamodb:BatchGetItem';
const indexes = (...names: string[]) => Object.fromEntries(names.map((name) => [`index ${name}`, ['dynamodb:Query']]));

/**
 * The rights of each function: the table of docs/path.md in IAM's words, written by hand and not read from the
 * template. Everything else is forbidden. The keys are our words for the resources. infra/secrets.ts says who reads a
 * secret.
 */
const MAY: Readonly<Record<FunctionName, Readonly<Record<string, readonly string[]>>>> = {
  receive: { drops: consume, recordings: ['sqs:SendMessage'], 'inbox/': ['s3:PutObject'] },
  store: {
    recordings: [...consume, 'sqs:SendMessage'],
    memos: ['sqs:SendMessage'],
    'audio/': ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
    'inbox/': ['s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
    bucket: ['s3:ListBucket'],
    // What call systems leave in buckets of the user: bridge-with-buckets.ts.
    'objects drops/calls/': ['s3:GetObject'],
    'objects drops/connect/': ['s3:GetObject'],
    'objects livekit-calls/egress/': ['s3:GetObject'],
    ledger: [...write, readMany],
  },
  send: {
    memos: consume,
    'audio/': ['s3:GetObject'],
    bucket: ['s3:ListBucket'],
    ledger: [...write, readMany],
  },
  api: {
    recordings: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
    memos: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
    'dead recordings': ['sqs:GetQueueAttributes'],
    'dead memos': ['sqs:GetQueueAttributes'],
    'audio/': ['s3:GetObject', 's3:DeleteObject'],
    'inbox/': ['s3:DeleteObject', 's3:PutObject'],
    bucket: ['s3:ListBucket'],
    ledger: [...write, readMany],
    ...indexes('newest', 'by-call', 'by-source', 'by-state'),
  },
  tend: {
    recordings: ['sqs:SendMessage'],
    memos: ['sqs:SendMessage'],
    'dead recordings': consume,
    'dead memos': consume,
    ledger: [...write, readMany],
    ...indexes('newest', 'by-state', 'due'),
  },
};

/** Whether a function's task includes an action on a thing. */
export const isRight = (by: FunctionName, action: string, thing: string, secrets: readonly SecretRow[]): boolean => {
  const [kind, name] = thing.split(' ');
  if (kind !== 'secret') return MAY[by][thing]?.includes(action) ?? false;
  return action === 'ssm:GetParameters' && secrets.some((row) => row.name === name && row.readers.includes(by));
};

/**
 * Where a role allows an action outside its task, or does not allow an action of its task, by the evaluator's verdict.
 */
export const wrongRights = (
  { name, statements }: Pick<Role, 'name' | 'statements'>,
  things: readonly Named[],
  secrets: readonly SecretRow[],
): string[] =>
  things.flatMap(({ kind, thing, resource }) =>
    ACTIONS[kind].flatMap((action) => {
      const allowed = isAllowed(statements, action, resource);
      if (allowed === isRight(name, action, thing, secrets)) return [];
      const say = `${name} ${action} on ${thing}`;
      return [
        allowed
          ? `${say}: it must not, and its role allows it`
          : `${say}: it is its task, and its role does not allow it`,
      ];
    }),
  );

/** A right that no job here uses, and how the stack uses the right. */
export interface NamedPath {
  by: readonly FunctionName[];
  action: RegExp;
  resource: RegExp;
  path: string;
}
export const PATHS: readonly NamedPath[] = [
  {
    by: ['receive', 'store', 'send', 'api', 'tend'],
    action: /^logs:(CreateLogStream|PutLogEvents)$/,
    resource: /:log-group:/,
    path: "Lambda writes the function's own log",
  },
  {
    by: ['receive', 'store', 'send', 'tend'],
    action: /^sqs:GetQueueAttributes$/,
    resource: /^arn:aws:sqs:/,
    path: "Lambda's event source mapping asks how much waits in a queue that it polls",
  },
  {
    by: ['store'],
    action: /^kms:Decrypt$/,
    resource: /:key\//,
    path: 'S3 decrypts an object of the user with the rights of the role that reads it',
  },
  {
    by: ['store'],
    action: /^connect:DescribeContact$/,
    resource: /:instance\/[0-9a-f-]{36}\/contact\/\*$/,
    path: 'store signs this question for the host of AWS alone, so a stand-in gets it without a signature (test/adapters/recordings.ask-aws.test.ts)',
  },
  {
    by: ['tend'],
    action: /^dynamodb:Query$/,
    resource: /\/index\/by-state$/,
    path: 'tend lists the waiting memos only after a fault of ours has lasted for hours (test/core/tend/queue-anew.test.ts)',
  },
];
