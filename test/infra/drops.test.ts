import { describe, expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';
import { amazonConnect } from '../../functions/sources/amazon-connect.ts';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { addBridge } from '../../infra/bridge-app.ts';
import { AftercallStack } from '../../infra/stack.ts';
import { functionNames, makeApp, sources, synthesise } from './synthesised.ts';

const instanceArn = 'arn:aws:connect:us-east-1:111122223333:instance/11111111-2222-4333-8444-555555555555';
const both = { connect: amazonConnect({ instanceArn }), drop: s3Drop() };
const buckets = [
  { name: 'acme-calls', prefix: 'calls/', source: 'drop' },
  { name: 'connect-calls', prefix: '', source: 'connect', account: '444455556666' },
  { name: 'livekit-calls', prefix: 'egress/' },
];
const alarms = { silentAfterHours: { drop: 12 } };
const { template, rightsOf, other } = synthesise({ sources: { ...sources, ...both }, buckets, alarms });
const rules = Object.entries(other.template.findResources('AWS::Events::Rule')).filter(
  ([, { Properties }]) => Properties.EventPattern,
);
const queues = Object.entries(other.template.findResources('AWS::SQS::Queue')).filter(([id]) => /Drops/.test(id));
const idOf = (name: RegExp) => queues.find(([id]) => name.test(id))?.[0] ?? '';
const [queue, deadLetters] = [idOf(/DropsQueue/), idOf(/DropsDeadLetters/)];
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('buckets that name a source', () => {
  test('have one rule each: S3’s new objects of that bucket, prefix and account, to the queue and its dead letters', () => {
    const targets = [expect.objectContaining({ Arn: arn(queue), DeadLetterConfig: { Arn: arn(deadLetters) } })];
    const pattern = { source: ['aws.s3'], 'detail-type': ['Object Created'] };
    expect(rules.map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({
        EventPattern: {
          ...pattern,
          account: [{ Ref: 'AWS::AccountId' }],
          detail: { bucket: { name: ['acme-calls'] }, object: { key: [{ prefix: 'calls/' }] } },
        },
        Targets: targets,
      }),
      expect.objectContaining({
        EventPattern: { ...pattern, account: ['444455556666'], detail: { bucket: { name: ['connect-calls'] } } },
        Targets: targets,
      }),
    ]);
  });

  test('have queues that EventBridge may write to by these rules of this account alone, and only over TLS', () => {
    const policies = Object.values(other.template.findResources('AWS::SQS::QueuePolicy'));
    for (const id of [queue, deadLetters]) {
      const own = policies.filter(
        ({ Properties }) => JSON.stringify(Properties.Queues) === JSON.stringify([{ Ref: id }]),
      );
      const statements = own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
      expect(statements).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn(id),
          Condition: {
            ArnEquals: { 'aws:SourceArn': rules.map(([rule]) => arn(rule)) },
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          },
        },
      ]);
    }
  });

  test('have a standard queue that keeps messages for 14 days, outlives the stack, and has dead letters', () => {
    for (const [, { Properties, DeletionPolicy }] of queues) {
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
      expect(Properties).not.toHaveProperty('FifoQueue');
      expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    }
    expect(other.template.findResources('AWS::SQS::Queue')[queue]?.Properties.RedrivePolicy).toMatchObject({
      deadLetterTargetArn: arn(deadLetters),
    });
  });

  test('give receive the queue, and store the objects and what their source asks: nothing else, and nobody else', () => {
    const more = (name: (typeof functionNames)[number]) => {
      const before = new Set(rightsOf(name));
      return other.rightsOf(name).filter((right) => !before.has(right) && !right.includes('/aftercall/other/'));
    };
    const ofQueue = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'];
    expect(more('receive')).toEqual(ofQueue.map((action) => `sqs:${action} on <${queue}.Arn>`));
    expect(more('store')).toEqual([
      `connect:DescribeContact on ${instanceArn}/contact/*`,
      's3:GetObject on arn:<AWS::Partition>:s3:::acme-calls/calls/*',
      's3:GetObject on arn:<AWS::Partition>:s3:::connect-calls/*',
      's3:GetObject on arn:<AWS::Partition>:s3:::livekit-calls/egress/*',
    ]);
    for (const name of ['send', 'api', 'tend'] as const) expect(more(name)).toEqual([]);
  });

  test('hand receive one event at a time, two at once, and take each back that fails', () => {
    const [mapping] = Object.values(other.template.findResources('AWS::Lambda::EventSourceMapping')).filter(
      ({ Properties }) => JSON.stringify(Properties.EventSourceArn) === JSON.stringify(arn(queue)),
    );
    expect(mapping?.Properties).toMatchObject({
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(other.find('AWS::Lambda::Function', 'receive').Properties.Environment.Variables.DROPS_QUEUE_URL).toEqual({
      Ref: queue,
    });
  });

  test('have alarms on the queue, and no hook to paste', () => {
    const names = Object.values(other.template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    );
    for (const name of ['oldest-message-drops', 'dead-letters-drops', 'steps-failing-receive'])
      expect(names).toContain(`aftercall-other-${name}`);
    expect(names).not.toContain('aftercall-other-refused-drop');
    const silent = Object.values(other.template.findResources('AWS::CloudWatch::Alarm')).find(
      ({ Properties }) => Properties.AlarmName === 'aftercall-other-silent-drop',
    );
    expect(silent?.Properties.AlarmDescription).toMatch(/^No new object of drop has come for 12 hours\./);
    expect(other.outputs.filter((value) => /hooks\/(drop|connect)$/.test(value))).toEqual([]);
  });

  test('have dead letters that the dashboard counts while they wait, since nobody receives them', () => {
    const [board] = Object.values(other.template.findResources('AWS::CloudWatch::Dashboard'));
    const { widgets } = JSON.parse(other.say(board?.Properties.DashboardBody));
    const counted =
      JSON.stringify(widgets).match(/"AWS\/SQS","(\w+)","QueueName","<[^"]*DropsDeadLetters[^"]*"/g) ?? [];
    expect(counted).toEqual([expect.stringContaining('ApproximateNumberOfMessagesVisible')]);
  });

  test('break no rule of cdk-nag in a synth', { timeout: 180_000 }, () => {
    const app = makeApp();
    addBridge(app, { ...bridge, sources: { ...bridge.sources, ...both }, buckets, stages: {} }, 'nag');
    expect(() => app.synth()).not.toThrow();
  });
});

describe('without such a bucket', () => {
  test('the stack has no rule on objects, no queue and no right of it', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/aws\.s3|Drops|DROPS_QUEUE_URL|connect:/);
  });

  test('a source that asks AWS is given no right', () => {
    const { other: idle } = synthesise({
      sources: { ...sources, ...both },
      buckets: [{ name: 'a-bucket', prefix: '' }],
    });
    for (const name of functionNames)
      expect(idle.rightsOf(name).filter((right) => right.includes('connect:'))).toEqual([]);
  });
});

test('the stage of the laptop is deployed nowhere', () => {
  const deploy = () => new AftercallStack(makeApp(), 'Aftercall-local', { stage: 'local', sources });
  expect(deploy).toThrow('is the laptop: deploy under another name');
});
