import { describe, expect, test } from 'vitest';
import { synthesise } from './synthesised.ts';

const { template, find, say, refusesPlainHttp } = synthesise();

const daySeconds = 24 * 60 * 60;
const queues = ['recordings', 'dead recordings', 'memos', 'dead memos'];

describe.each(queues)('the queue %s', (name) => {
  const { Properties: queue } = find('AWS::SQS::Queue', name);

  test('keeps a message for 14 days, encrypted', () => {
    expect(queue).toMatchObject({ MessageRetentionPeriod: 14 * daySeconds, SqsManagedSseEnabled: true });
  });

  test('speaks TLS only', () => {
    expect(refusesPlainHttp('AWS::SQS::QueuePolicy', name)).toBe(true);
  });
});

describe.each([
  ['recordings', 'dead recordings', 15 * 60],
  ['memos', 'dead memos', 120],
])('the queue %s', (name, deadName, visibilitySeconds) => {
  const alarmOn = (metric: string, queue: string) =>
    Object.values(template.findResources('AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => Properties)
      .filter(
        ({ MetricName, Dimensions }) =>
          MetricName === metric &&
          Dimensions.some(
            ({ Name, Value }: { Name: string; Value: unknown }) =>
              Name === 'QueueName' && say(Value) === `<${queue}.QueueName>`,
          ),
      );

  test('hands a message on to its dead letters after 1000 receives', () => {
    const { RedrivePolicy } = find('AWS::SQS::Queue', name).Properties;
    expect({ ...RedrivePolicy, deadLetterTargetArn: say(RedrivePolicy.deadLetterTargetArn) }).toEqual({
      deadLetterTargetArn: deadName,
      maxReceiveCount: 1000,
    });
  });

  test('shows a message again after its function’s longest run', () => {
    expect(find('AWS::SQS::Queue', name).Properties.VisibilityTimeout).toBe(visibilitySeconds);
  });

  test('raises an alarm at its first dead letter', () => {
    expect(alarmOn('NumberOfMessagesReceived', deadName)).toMatchObject([
      { Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', EvaluationPeriods: 1, Statistic: 'Sum' },
    ]);
  });

  test('raises an alarm when its oldest message has waited for an hour', () => {
    expect(alarmOn('ApproximateAgeOfOldestMessage', name)).toMatchObject([
      {
        Threshold: 3600,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        EvaluationPeriods: 1,
        Statistic: 'Maximum',
      },
    ]);
  });
});

test('recordings and memos come in order within their group', () => {
  for (const name of ['recordings', 'dead recordings', 'memos', 'dead memos']) {
    expect(find('AWS::SQS::Queue', name).Properties).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: false,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
  }
});

describe('event sources', () => {
  const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => ({
    from: say(Properties.EventSourceArn),
    to: say(Properties.FunctionName),
    batchSize: Properties.BatchSize,
    answers: Properties.FunctionResponseTypes,
    maxConcurrency: Properties.ScalingConfig?.MaximumConcurrency,
  }));

  test('each queue and each dead-letter queue has its one consumer', () => {
    expect(mappings.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual(
      ['recordings → store', 'memos → send', 'dead recordings → tend', 'dead memos → tend'].sort(),
    );
  });

  test.each(mappings)('$to takes one message of $from at a time', ({ batchSize }) => {
    expect(batchSize).toBe(1);
  });

  test.each(mappings)('$to answers in part for $from', ({ answers }) => {
    expect(answers).toEqual(['ReportBatchItemFailures']);
  });

  test.each(mappings)('no message of $from is seen again while $to may still work on it', ({ from, to }) => {
    const { VisibilityTimeout } = find('AWS::SQS::Queue', from).Properties;
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(find('AWS::Lambda::Function', to).Properties.Timeout);
  });

  test('no queue takes more than its share of the functions that run at once', () => {
    const limits = mappings.map(({ from, maxConcurrency }) => [from, maxConcurrency]);
    expect(Object.fromEntries(limits)).toEqual({
      recordings: 3,
      memos: 3,
      'dead recordings': 2,
      'dead memos': 2,
    });
  });
});
