import { afterEach, describe, expect, test, vi } from 'vitest';
import { powertoolsLog } from '../../functions/adapters/log.powertools.ts';
import { timing } from '../../functions/core/timing.ts';
import { synthesise } from './synthesised.ts';

// The clock that calls tend, and the alarms that call a person.

const { template, say, other } = synthesise();

const all = (type: string, from = template): Record<string, unknown>[] =>
  Object.values(from.findResources(type)).map(({ Properties }) => Properties);

describe('the clock', () => {
  const rules = Object.entries(template.findResources('AWS::Events::Rule'));
  const [[id, rule] = ['', { Properties: {} }]] = rules;

  test('ticks every five minutes, for tend and nobody else', () => {
    expect(rules).toHaveLength(1);
    expect(rule.Properties).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
    expect(rule.Properties.Targets.map(({ Arn }: { Arn: unknown }) => say(Arn))).toEqual(['tend']);
  });

  test('ticks as often as the local one', () => {
    expect(rule.Properties.ScheduleExpression).toBe(`rate(${timing().sweepEveryMs / 60_000} minutes)`);
  });

  test('may call tend, and alone of all rules', () => {
    const permissions = all('AWS::Lambda::Permission').filter(({ Principal }) => Principal === 'events.amazonaws.com');
    expect(
      permissions.map(({ Action, FunctionName, SourceArn }) => [Action, say(FunctionName), say(SourceArn)]),
    ).toEqual([['lambda:InvokeFunction', 'tend', `<${id}.Arn>`]]);
  });

  test('and the front door are all that may call a function', () => {
    const callers = all('AWS::Lambda::Permission').map(
      ({ Principal, FunctionName }) => `${Principal} → ${say(FunctionName)}`,
    );
    expect([...new Set(callers)].sort()).toEqual([
      'apigateway.amazonaws.com → api',
      'apigateway.amazonaws.com → receive',
      'events.amazonaws.com → tend',
    ]);
  });
});

describe.each([
  ['our-fault', '/aftercall/test/LINQ_API_V3_API_KEY'],
  ['parked', 'GET /memos?state=parked'],
])('an alarm on what is %s', (outcome, words) => {
  const filters = all('AWS::Logs::MetricFilter').filter(({ LogGroupName }) => say(LogGroupName) === 'send log');
  const filter = filters.find(({ FilterPattern }) => String(FilterPattern).includes(`"${outcome}"`));
  const [metric] = (filter?.MetricTransformations ?? []) as Record<string, string>[];
  const alarms = all('AWS::CloudWatch::Alarm').filter(({ MetricName }) => MetricName === metric?.MetricName);

  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** What a step's log writes, as CloudWatch reads it. */
  const logged = (level: 'info' | 'error', facts: object): Record<string, unknown> => {
    const lines: string[] = [];
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
    powertoolsLog('send')[level]('in words', facts);
    vi.restoreAllMocks();
    return JSON.parse(lines.join(''));
  };
  /** CloudWatch's filter syntax, as far as ours goes: `{ ($.level = "ERROR") && ($.outcome = "parked") }`. */
  const counts = (line: Record<string, unknown>): boolean => {
    const conditions = [...String(filter?.FilterPattern).matchAll(/\(\$\.(\w+) = "([^"]+)"\)/g)];
    expect(conditions).toHaveLength(2);
    return conditions.every(([, field = '', value]) => line[field] === value);
  };

  test('counts what send logs as an error with this outcome, and nothing else', () => {
    const facts = { step: 'send', memo: 'm_a', outcome };
    expect(counts(logged('error', facts))).toBe(true);
    expect(counts(logged('info', facts))).toBe(false);
    expect(counts(logged('error', { ...facts, outcome: 'sent' }))).toBe(false);
  });

  test('is raised by the first in twenty minutes, which is longer than the slowest retry, and not by silence', () => {
    expect(metric).toMatchObject({
      MetricNamespace: 'Aftercall/Aftercall-test',
      MetricName: outcome,
      MetricValue: '1',
    });
    expect(alarms).toMatchObject([
      {
        Namespace: metric?.MetricNamespace,
        Statistic: 'Sum',
        Period: 1200,
        Threshold: 1,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      },
    ]);
  });

  test('says what to do, in words of its own stage', () => {
    expect(alarms.map(({ AlarmDescription }) => AlarmDescription)).toEqual([expect.stringContaining(words)]);
  });

  test('counts no other stage', () => {
    const namespaces = all('AWS::Logs::MetricFilter', other.template).flatMap(
      ({ MetricTransformations }) => MetricTransformations as Record<string, string>[],
    );
    expect(new Set(namespaces.map(({ MetricNamespace }) => MetricNamespace))).toEqual(
      new Set(['Aftercall/Aftercall-other']),
    );
  });
});

test('every alarm stands for one thing that a person must see to', () => {
  const said = all('AWS::CloudWatch::Alarm').map(({ MetricName }) => MetricName);
  expect(said.sort()).toEqual(
    [
      'our-fault',
      'parked',
      ...['ApproximateAgeOfOldestMessage', 'ApproximateAgeOfOldestMessage'],
      ...['NumberOfMessagesReceived', 'NumberOfMessagesReceived'],
    ].sort(),
  );
});
