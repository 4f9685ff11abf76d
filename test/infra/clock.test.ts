import { describe, expect, test } from 'vitest';
import { timing } from '../../functions/core/model/timing.ts';
import { synthesise } from './synthesised.ts';

// The clock that calls tend. alarms.test.ts has the alarms that notify a person.

const { template, say, find } = synthesise();

const all = (type: string): Record<string, unknown>[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

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

  test('comes after a sweep that took all of its time has ended, with half a minute for what it had begun', () => {
    const { sweepForMs, sweepEveryMs } = timing();
    const timeoutMs = find('AWS::Lambda::Function', 'tend').Properties.Timeout * 1000;
    expect(timeoutMs).toBeGreaterThanOrEqual(sweepForMs + 30_000);
    expect(timeoutMs).toBeLessThan(sweepEveryMs);
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
