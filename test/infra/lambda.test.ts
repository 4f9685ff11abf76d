import { readFileSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import type { FunctionName } from '../../infra/secrets.ts';
import { functionNames, list, type Statement, synthesise } from './synthesised.ts';

const { template, find, say, rightsOf, other } = synthesise({ sources: {} });

const on = (resource: string, ...actions: string[]): string[] => actions.map((action) => `${action} on ${resource}`);
const consume = (queue: string): string[] =>
  on(queue, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes');
const parameter = (name: string): string =>
  `arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/aftercall/test/${name}`;
const read = (...names: string[]): string[] => names.flatMap((name) => on(parameter(name), 'ssm:GetParameters'));

const publicUrl = expect.stringMatching(/^<\w+\.ApiEndpoint>$/);

const table: Record<
  FunctionName,
  { memoryMegabytes: number; timeoutSeconds: number; environment: Record<string, unknown>; may: string[] }
> = {
  receive: {
    memoryMegabytes: 512,
    timeoutSeconds: 10,
    environment: {
      AFTERCALL_STAGE: 'test',
      RECORDINGS_QUEUE_URL: 'recordings',
      BUCKET: 'bucket',
      PUBLIC_URL: publicUrl,
      SECRETS_PREFIX: '/aftercall/test/',
    },
    may: [
      ...on('recordings', 'sqs:SendMessage'),
      ...on('bucket/inbox/*', 's3:PutObject'),
      ...read('TWILIO_AUTH_TOKEN', 'STANDARD_WEBHOOKS_SECRET'),
    ],
  },
  store: {
    memoryMegabytes: 1769,
    timeoutSeconds: 900,
    environment: {
      AFTERCALL_STAGE: 'test',
      RECORDINGS_QUEUE_URL: 'recordings',
      MEMOS_QUEUE_URL: 'memos',
      BUCKET: 'bucket',
      TABLE: 'ledger',
      SECRETS_PREFIX: '/aftercall/test/',
      STORE_CONCURRENCY: '3',
    },
    may: [
      ...consume('recordings'),
      ...on('bucket/audio/*', 's3:PutObject', 's3:GetObject', 's3:DeleteObject'),
      ...on('bucket/inbox/*', 's3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:DeleteObject'),
      ...on('bucket', 's3:ListBucket'),
      ...on('ledger', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'),
      ...on('recordings', 'sqs:SendMessage'),
      ...on('memos', 'sqs:SendMessage'),
      ...read('TWILIO_AUTH_TOKEN'),
    ],
  },
  send: {
    memoryMegabytes: 512,
    timeoutSeconds: 120,
    environment: {
      AFTERCALL_STAGE: 'test',
      MEMOS_QUEUE_URL: 'memos',
      BUCKET: 'bucket',
      TABLE: 'ledger',
      SECRETS_PREFIX: '/aftercall/test/',
      AFTERCALL_DELIVERY: 'url',
      RETENTION_DAYS: '30',
    },
    may: [
      ...consume('memos'),
      ...on('bucket/audio/*', 's3:GetObject'),
      ...on('bucket', 's3:ListBucket'),
      ...on('ledger', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'),
      ...read('LINQ_API_V3_API_KEY'),
    ],
  },
  api: {
    memoryMegabytes: 512,
    timeoutSeconds: 30,
    environment: {
      AFTERCALL_STAGE: 'test',
      RECORDINGS_QUEUE_URL: 'recordings',
      MEMOS_QUEUE_URL: 'memos',
      RECORDINGS_DLQ_URL: 'dead recordings',
      MEMOS_DLQ_URL: 'dead memos',
      BUCKET: 'bucket',
      TABLE: 'ledger',
      PUBLIC_URL: publicUrl,
      RETENTION_DAYS: '30',
      SECRETS_PREFIX: '/aftercall/test/',
    },
    may: [
      ...on('ledger', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'),
      ...on('ledger/index/newest', 'dynamodb:Query'),
      ...on('ledger/index/by-call', 'dynamodb:Query'),
      ...on('ledger/index/by-source', 'dynamodb:Query'),
      ...on('ledger/index/by-state', 'dynamodb:Query'),
      ...on('recordings', 'sqs:SendMessage'),
      ...on('memos', 'sqs:SendMessage'),
      ...['recordings', 'dead recordings', 'memos', 'dead memos'].flatMap((queue) =>
        on(queue, 'sqs:GetQueueAttributes'),
      ),
      ...on('bucket/audio/*', 's3:GetObject', 's3:DeleteObject'),
      ...on('bucket/inbox/*', 's3:DeleteObject', 's3:PutObject'),
      ...on('bucket', 's3:ListBucket'),
      ...read('AFTERCALL_API_KEY', 'LINQ_WEBHOOK_SECRET'),
    ],
  },
  tend: {
    memoryMegabytes: 512,
    timeoutSeconds: 240,
    environment: {
      AFTERCALL_STAGE: 'test',
      RECORDINGS_QUEUE_URL: 'recordings',
      MEMOS_QUEUE_URL: 'memos',
      RECORDINGS_DLQ_URL: 'dead recordings',
      MEMOS_DLQ_URL: 'dead memos',
      TABLE: 'ledger',
      RETENTION_DAYS: '30',
    },
    may: [
      ...consume('dead recordings'),
      ...consume('dead memos'),
      ...on('ledger', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'),
      ...on('ledger/index/by-state', 'dynamodb:Query'),
      ...on('ledger/index/due', 'dynamodb:Query'),
      ...on('ledger/index/newest', 'dynamodb:Query'),
      ...on('recordings', 'sqs:SendMessage'),
      ...on('memos', 'sqs:SendMessage'),
    ],
  },
};

describe.each(functionNames)('%s', (name) => {
  const { Properties: lambda } = find('AWS::Lambda::Function', name);
  const expected = table[name];

  test('may do exactly what its step needs, and write its own log', () => {
    const ownLog = on(`${name} log`, 'logs:CreateLogStream', 'logs:PutLogEvents');
    expect(rightsOf(name)).toEqual([...expected.may, ...ownLog].sort());
  });

  test('has no right but by its own policy', () => {
    const { Properties: role } = find('AWS::IAM::Role', `${name} role`);
    expect(role).not.toHaveProperty('ManagedPolicyArns');
    expect(role).not.toHaveProperty('Policies');
  });

  test('is told exactly what its step needs, and no secret', () => {
    const variables = Object.entries(lambda.Environment.Variables).map(([key, value]) => [key, say(value)]);
    expect(Object.fromEntries(variables)).toEqual(expected.environment);
  });

  test('has the memory and the time of its step', () => {
    expect(lambda).toMatchObject({ MemorySize: expected.memoryMegabytes, Timeout: expected.timeoutSeconds });
  });

  test('runs on Node 24 and arm64', () => {
    expect(lambda).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
  });

  test('logs JSON to a log group of its own, which forgets', () => {
    expect(lambda.LoggingConfig.LogFormat).toBe('JSON');
    expect(say(lambda.LoggingConfig.LogGroup)).toBe(`${name} log`);
    expect(find('AWS::Logs::LogGroup', `${name} log`).Properties.RetentionInDays).toBe(RetentionDays.ONE_MONTH);
  });

  test('reserves no concurrency', () => {
    expect(lambda).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

test('an object that is not there is told from one that is withheld: to store, send and api, and to no other', () => {
  const told = functionNames.filter((name) => rightsOf(name).includes('s3:ListBucket on bucket'));
  expect(told).toEqual(['store', 'send', 'api']);
});

test('the ledger is listed by api and tend alone, and tend lists by state and by time', () => {
  const lists = (name: FunctionName) => rightsOf(name).filter((right) => right.startsWith('dynamodb:Query on '));
  expect(functionNames.filter((name) => lists(name).length > 0)).toEqual(['api', 'tend']);
  expect(lists('tend')).toEqual(
    ['by-state', 'due', 'newest'].map((index) => `dynamodb:Query on ledger/index/${index}`),
  );
});

describe('secrets', () => {
  test.each([
    ['TWILIO_AUTH_TOKEN', ['receive', 'store']],
    ['STANDARD_WEBHOOKS_SECRET', ['receive']],
    ['LINQ_API_V3_API_KEY', ['send']],
    ['LINQ_WEBHOOK_SECRET', ['api']],
    ['AFTERCALL_API_KEY', ['api']],
  ])('%s is readable only by %j', (secret, readers) => {
    const right = `ssm:GetParameters on ${parameter(secret)}`;
    expect(functionNames.filter((name) => rightsOf(name).includes(right))).toEqual(readers);
  });

  test('a bridge without sources reads the secrets of none', () => {
    const readers = functionNames.filter((name) => other.rightsOf(name).join().includes('ssm:GetParameters'));
    expect(readers).toEqual(['send', 'api']);
  });

  test('no value of a secret is in the template', () => {
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    const parameters = Object.values(template.findResources('AWS::SSM::Parameter'));
    expect(parameters.map(({ Properties }) => Properties.Name)).toEqual(['/aftercall/test/URL']); // no secret
    expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:');
  });
});

interface PolicyHolder {
  Properties?: {
    PolicyDocument?: { Statement: Statement[] };
    AssumeRolePolicyDocument?: { Statement: Statement[] };
  };
}

test('nothing is allowed by a wildcard but the keys under a prefix', () => {
  const wildcards = Object.values<PolicyHolder>(template.toJSON().Resources)
    .flatMap(({ Properties }) => [Properties?.PolicyDocument, Properties?.AssumeRolePolicyDocument])
    .flatMap((policy) => policy?.Statement ?? [])
    .flatMap(({ Effect, Action, Resource }) => [
      ...list(Action).map((action) => `${Effect} ${action}`),
      ...list(Resource).map((resource) => `${Effect} on ${say(resource)}`),
    ])
    .filter((right) => right.includes('*'));

  expect([...new Set(wildcards)].sort()).toEqual(
    [
      // The keys are made as memos arrive, so the prefix is the narrowest possible right.
      'Allow on bucket/audio/*',
      'Allow on bucket/inbox/*',
      // The statement that refuses requests without TLS covers every action, and every object of the bucket.
      'Deny on bucket/*',
      'Deny s3:*',
      'Deny sqs:*',
    ].sort(),
  );
});

test.each(functionNames)('%s gets every variable that its entry cannot do without', (name) => {
  const entry = readFileSync(new URL(`../../functions/${name}.ts`, import.meta.url), 'utf8');
  const [, list = ''] = /readEnvironment\(process\.env, \[([^\]]*)\]/.exec(entry) ?? [];
  const asked = [...list.matchAll(/'(\w+)'/g)].map(([, variable]) => variable);
  const optional = [
    'LINQ_API_V3_BASE_URL',
    'AFTERCALL_ALLOW_HOSTS',
    'AFTERCALL_TIME_SCALE',
    'FFMPEG_PATH',
    'PATH',
    'SANDBOX_URL',
    'TEST_CALL_URL',
    'MADE_UP_SECRET',
    'DROPS_QUEUE_URL', // only where a bucket names a source: test/infra/drops.test.ts
  ];
  expect(asked.length).toBeGreaterThan(0);
  const given = Object.keys(find('AWS::Lambda::Function', name).Properties.Environment.Variables);
  expect(
    asked.filter((variable) => !given.includes(variable ?? '')).filter((v) => !optional.includes(v ?? '')),
  ).toEqual([]);
});
