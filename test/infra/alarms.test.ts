import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseLine } from '../cli/parse-line.ts';
import { alarms, all, kindOf, named, type Properties, say, template, watching } from './alarms-of.ts';

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
