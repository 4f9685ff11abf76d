import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../functions/core/observe/metrics.ts';
import { parseLine } from '../cli/parse-line.ts';
import { synthesise } from './synthesised.ts';

// The alarms that notify a person, and the dashboard.

const bridge = synthesise({
  alarms: { email: 'ops@example.com', silentAfterHours: { twilio: 12, 'standard-webhooks': 168 }, refusedPerHour: 3 },
});
const { template, say } = bridge;
const watching = bridge.other;

/** A resource's properties: any values that CloudFormation accepts. */
// biome-ignore lint/suspicious/noExplicitAny: as CDK types them
type Properties = Record<string, any>;
const all = (type: string, from = template): Properties[] =>
  Object.values(from.findResources(type)).map(({ Properties }) => Properties);
const alarms = all('AWS::CloudWatch::Alarm');
const named = (name: string, from = template): Properties => {
  const [alarm, ...others] = all('AWS::CloudWatch::Alarm', from).filter(({ AlarmName }) => AlarmName === name);
  if (!alarm || others.length > 0) throw new Error(`no alarm, or several, are called ${name}`);
  return alarm;
};
const kindOf = (name: string): string =>
  name
    .replace(/^aftercall-(test|other)-/, '')
    .replace(/-(twilio|standard-webhooks|receive|store|send|api|tend|recordings|memos)$/, '');

describe('what an alarm says', () => {
  const both = [...alarms, ...all('AWS::CloudWatch::Alarm', watching.template)];
  const texts = both.map(({ AlarmName, AlarmDescription }) => [String(AlarmName), String(AlarmDescription)] as const);

  test.each(texts)('%s: what is wrong, and what to do', (_, text) => {
    expect(text.split('`')[0]?.length).toBeGreaterThan(40);
    expect(text.length).toBeLessThanOrEqual(1024); // CloudWatch's limit
    expect(text).toMatch(/^[\x20-\x7e]+$/); // CloudFormation replaces every other character by a ?
  });

  test.each(texts)('%s: the command, as it is typed for this stage', async (name, text) => {
    const stage = /^aftercall-(\w+)-/.exec(name)?.[1];
    const commands = [...text.matchAll(/`([^`]+)`/g)].map(([, command = '']) => command);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      expect(command).toMatch(/^npx aftercall \S/);
      expect(command.endsWith(` --stage ${stage}`)).toBe(true);
      await expect(parseLine(command.split(' ').slice(2))).resolves.toBeDefined();
    }
  });

  test('a command that there is not, or an option that it has not, would be seen', async () => {
    await expect(parseLine(['memos', '--state', 'lost'])).rejects.toThrow();
    await expect(parseLine(['fix', '--stage', 'prod'])).rejects.toThrow();
    await expect(parseLine(['doctor', '--force'])).rejects.toThrow();
    await expect(parseLine(['secrets'])).rejects.toThrow();
  });

  const page = readFileSync(new URL('../../docs/alarms.md', import.meta.url), 'utf8');
  const inPage = [...page.matchAll(/`npx aftercall ([^`]+)`/g)].map(([, line = '']) => line);

  test.each(inPage)('docs/alarms.md shows a command that there is: %s', async (line) => {
    await expect(parseLine(line.split(' '))).resolves.toBeDefined();
  });

  test('stands in docs/alarms.md, and nothing else does', () => {
    expect(inPage.length).toBeGreaterThan(10);
    const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, kind]) => kind);
    const kinds = new Set(texts.map(([name]) => kindOf(name)));
    expect(rows.sort()).toEqual([...kinds].sort());
  });
});

test('each thing that a person must see to has its alarm', () => {
  const names = all('AWS::CloudWatch::Alarm', watching.template).map(({ AlarmName }) => AlarmName);
  const each = (kind: string, ...of: string[]) => of.map((one) => `aftercall-other-${kind}-${one}`);
  const functions = ['receive', 'store', 'send', 'api', 'tend'];
  expect(names.sort()).toEqual(
    [
      ...each('refused', 'twilio', 'standard-webhooks'),
      ...each('silent', 'twilio', 'standard-webhooks'),
      ...[...each('errors', ...functions), ...each('throttles', ...functions)],
      ...[...each('oldest-message', 'recordings', 'memos'), ...each('dead-letters', 'recordings', 'memos')],
      ...each('steps-failing', 'store', 'send', 'tend'),
      ...[
        ...['leases-failing', 'later-version', 'rate-limited', 'not-taken'],
        ...['front-door', 'rejected', 'unrouted', 'linq-refuses-us', 'failed', 'parked', 'line-flagged'],
        ...['linq-account', 'delivery-failed', 'receipts-refused', 'receipts-unreadable', 'copies-left', 'no-sweep'],
      ].map((name) => `aftercall-other-${name}`),
    ].sort(),
  );
});

describe('how an alarm listens', () => {
  test('all of them to metrics: none needs the words of a log line of ours to stay as they are', () => {
    const filters = all('AWS::Logs::MetricFilter');
    const [stage] = all('AWS::ApiGatewayV2::Stage');
    expect(filters).toHaveLength(1);
    // The only filter reads the access log, whose fields the log's format names.
    expect(stage?.AccessLogSettings.DestinationArn['Fn::GetAtt'][0]).toBe(filters[0]?.LogGroupName.Ref);
  });

  test('rate-limited to 429s of the throttle alone: the HTTP API counts other 4xx too, and a function may answer 429', () => {
    const [filter] = all('AWS::Logs::MetricFilter');
    const [stage] = all('AWS::ApiGatewayV2::Stage');
    const line = JSON.parse(stage?.AccessLogSettings.Format);
    const integration = '$context.integration.status';
    expect(line).toMatchObject({ status: '$context.status', integration, stage: 'test' });
    expect(filter).toMatchObject({
      FilterPattern: '{ ($.status = "429") && ($.integration != "200") }',
      MetricTransformations: [
        {
          MetricNamespace: 'Aftercall',
          MetricName: 'RequestsThrottled',
          MetricValue: '1',
          Dimensions: [{ Key: 'stage', Value: '$.stage' }],
        },
      ],
    });
    // A default value would make the metric exist, and cost, in every hour.
    expect(filter?.MetricTransformations[0]).not.toHaveProperty('DefaultValue');
    expect(named('aftercall-test-rate-limited')).toMatchObject({
      Namespace: 'Aftercall',
      MetricName: 'RequestsThrottled',
      Dimensions: [{ Name: 'stage', Value: 'test' }],
      Statistic: 'Sum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  test.each([
    ['parked', 'MemosParked'],
    ['unrouted', 'MemosUnrouted'],
    ['linq-refuses-us', 'LinqRefusesUs'],
    ['line-flagged', 'LinesFlagged'],
    ['linq-account', 'LinqAccountChanges'],
    ['copies-left', 'CopiesLeftAtLinq'],
  ])('%s speaks at the first, for longer than the slowest retry, and not of silence', (name, metric) => {
    expect(named(`aftercall-test-${name}`)).toMatchObject({
      Namespace: 'Aftercall',
      MetricName: metric,
      Dimensions: [{ Name: 'stage', Value: 'test' }],
      Statistic: 'Sum',
      Period: 1200,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test.each([
    ['5 refused webhooks of a source', 'aftercall-test-refused-twilio', template, 5],
    ['as many as the configuration says', 'aftercall-other-refused-twilio', watching.template, 3],
  ])('to %s within an hour', (_, name, from, threshold) => {
    expect(named(name, from)).toMatchObject({
      MetricName: 'EventsRefused',
      Dimensions: expect.arrayContaining([{ Name: 'source', Value: 'twilio' }]),
      Period: 3600,
      Threshold: threshold,
    });
  });

  /** An alarm on silence: CloudWatch counts a gap as zero, and an absence of all data as an alarm. */
  const silence = (MetricName: string, Period: number, periods: number) => ({
    Metrics: expect.arrayContaining([
      expect.objectContaining({ Expression: 'FILL(seen, 0)' }),
      expect.objectContaining({
        Id: 'seen',
        MetricStat: expect.objectContaining({ Metric: expect.objectContaining({ MetricName }), Period, Stat: 'Sum' }),
      }),
    ]),
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    EvaluationPeriods: periods,
    DatapointsToAlarm: periods,
    TreatMissingData: 'breaching',
  });

  test.each([
    ['twilio', 12],
    ['standard-webhooks', 168],
  ])('to the silence of %s, for %i hours one after the other', (source, hours) => {
    expect(named(`aftercall-other-silent-${source}`, watching.template)).toMatchObject(
      silence('EventsTaken', 3600, hours),
    );
  });

  test('to the silence of no source that the configuration does not name', () => {
    expect(alarms.filter(({ AlarmName }) => AlarmName.includes('silent'))).toEqual([]);
  });

  test('to a sweep that does not come, for twenty minutes', () => {
    expect(named('aftercall-test-no-sweep')).toMatchObject(silence('Sweeps', 300, 4));
  });

  test.each(['receive', 'store', 'send', 'api', 'tend'])(
    'to the errors and throttles of %s, as AWS counts them',
    (name) => {
      for (const [kind, metric] of [
        ['errors', 'Errors'],
        ['throttles', 'Throttles'],
      ]) {
        const alarm = named(`aftercall-test-${kind}-${name}`);
        expect(alarm).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: metric, Threshold: 1, Statistic: 'Sum' });
        expect(alarm.Dimensions.map(({ Value }: { Value: unknown }) => say(Value))).toEqual([name]);
      }
    },
  );

  test('to the front door’s 5xx', () => {
    expect(named('aftercall-test-front-door')).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Threshold: 1,
      Statistic: 'Sum',
    });
  });

  test('never for longer than CloudWatch looks back: a day, or seven in periods of an hour', () => {
    for (const { Period, Metrics, EvaluationPeriods } of all('AWS::CloudWatch::Alarm', watching.template)) {
      const seconds = Period ?? Metrics.find(({ MetricStat }: Properties) => MetricStat).MetricStat.Period;
      expect(seconds * EvaluationPeriods).toBeLessThanOrEqual(seconds < 3600 ? 86_400 : 604_800);
    }
  });
});

describe('without an address', () => {
  test('alarms are there, and tell nobody', () => {
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('AWS::KMS::Key', 0);
    expect(alarms.length).toBeGreaterThan(20);
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('AlarmActions');
  });

  test('the deploy says so', () => {
    expect(bridge.outputs).toContainEqual(expect.stringMatching(/^nobody: .*alarms: \{ email \}/));
  });
});

describe('with an address', () => {
  const { template, outputs } = watching;
  const [[topicId] = []] = Object.entries(template.findResources('AWS::SNS::Topic'));
  const [[keyId, key] = []] = Object.entries(template.findResources('AWS::KMS::Key'));
  const fromHere = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

  test('an e-mail is sent there, and the deploy says what is left to do', () => {
    expect(all('AWS::SNS::Subscription', template)).toMatchObject([
      { Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: { Ref: topicId } },
    ]);
    expect(outputs).toContainEqual(expect.stringMatching(/^ops@example\.com, once .*link/));
  });

  test('every alarm tells the topic, and says too when what goes on has been fixed', () => {
    const each = all('AWS::CloudWatch::Alarm', template);
    for (const alarm of each) expect(alarm.AlarmActions).toEqual([{ Ref: topicId }]);
    const tellsTheEnd = each.filter(({ OKActions }) => OKActions).map(({ AlarmName }) => kindOf(AlarmName));
    expect([...new Set(tellsTheEnd)].sort()).toEqual(
      [
        'rate-limited',
        'refused',
        'silent',
        'oldest-message',
        'steps-failing',
        'leases-failing',
        'later-version',
        'linq-refuses-us',
        'receipts-refused',
        'no-sweep',
      ].sort(),
    );
  });

  test('CloudWatch of this account may publish, nobody without TLS, and no other service', () => {
    const [policy] = all('AWS::SNS::TopicPolicy', template);
    const statements: Properties[] = policy?.PolicyDocument.Statement;
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: { Ref: topicId },
        Condition: fromHere,
      }),
    ]);
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
      { Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });

  test('the topic is encrypted with a key that lets CloudWatch in, as the one of SNS does not', () => {
    expect(all('AWS::SNS::Topic', template)).toMatchObject([{ KmsMasterKeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } }]);
    expect(key?.Properties.EnableKeyRotation).toBe(true);
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual({
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: fromHere,
    });
  });
});

describe('the dashboard', () => {
  const [board, ...others] = all('AWS::CloudWatch::Dashboard');
  const body: { widgets: Properties[] } = JSON.parse(say(board?.DashboardBody));

  test('is one, named after its stage, and the deploy says where', () => {
    expect(others).toEqual([]);
    expect(board?.DashboardName).toBe('aftercall-test');
    expect(bridge.outputs).toContainEqual(expect.stringMatching(/#dashboards\/dashboard\/aftercall-test$/));
  });

  test('has every alarm at its top', () => {
    const [first] = body.widgets;
    expect(first).toMatchObject({ type: 'alarm', x: 0, y: 0, width: 24 });
    expect(first?.properties.alarms).toHaveLength(alarms.length);
  });

  test('reads from top to bottom as the path', () => {
    const titles = body.widgets.filter(({ type }) => type === 'text').sort((a, b) => a.y - b.y);
    expect(titles.map(({ properties }) => properties.markdown)).toEqual([
      ...['## the front door', '## receive: events by source', '## the queue recordings', '## store'],
      ...['## the queue memos', '## send', '## receipts', '## how memos end', '## the functions'],
    ]);
  });

  test('fits the page, and no graph is empty', () => {
    for (const { x, width, type, properties } of body.widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      if (type === 'metric') expect(properties.metrics.length).toBeGreaterThan(0);
    }
  });

  test('or an alarm shows each metric that is counted', () => {
    const shown = JSON.stringify(body) + JSON.stringify(all('AWS::CloudWatch::Alarm', watching.template));
    expect(Object.keys(METRICS).filter((name) => !shown.includes(`"${name}"`))).toEqual([]);
  });
});
