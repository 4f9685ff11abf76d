import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { powertoolsLog } from '../../functions/adapters/log.powertools.ts';
import { METRICS, type MetricRow } from '../../functions/core/observe/metrics.ts';

// What CloudWatch extracts from our log lines, checked against AWS's specification of the Embedded Metric Format:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

const UNITS =
  /^(Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Percent|Count|(Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Count)\/Second|None)$/;
const directiveSchema = z.strictObject({
  Namespace: z.string().min(1).max(1024),
  Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
  Metrics: z
    .array(
      z.strictObject({
        Name: z.string().min(1).max(1024),
        Unit: z.string().regex(UNITS).optional(),
        StorageResolution: z.literal([1, 60]).optional(),
      }),
    )
    .min(1)
    .max(100),
});
const documentSchema = z.looseObject({
  _aws: z.looseObject({ Timestamp: z.int(), CloudWatchMetrics: z.array(directiveSchema).min(1) }),
});

/** Reads one line as CloudWatch does; throws where CloudWatch would ignore the line. */
const extracted = (line: string) => {
  expect(Buffer.byteLength(line)).toBeLessThan(256 * 1024);
  const document = documentSchema.parse(JSON.parse(line));
  // In milliseconds, within the last minute. CloudWatch accepts two weeks back and two hours ahead.
  expect(Math.abs(document._aws.Timestamp - Date.now())).toBeLessThan(60_000);
  return document._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name, Unit }) => {
      const value = z.number().parse(document[Name]);
      return Dimensions.map((set) => {
        const dimensions = set.map((name) => [name, z.string().min(1).max(1024).parse(document[name])]);
        return { Namespace, Name, Unit, value, dimensions: Object.fromEntries(dimensions) };
      });
    }),
  );
};

const log = (service = 'receive') => powertoolsLog(service, { stage: 'prod', sources: ['twilio', '12025550123'] });
const counted = () => lines.flatMap((line) => (line.includes('_aws') ? extracted(line) : []));

test.each(
  Object.entries<MetricRow>(METRICS).flatMap(([name, row]) =>
    row.outcomes.map((outcome) => [name, outcome, row] as const),
  ),
)('%s of an outcome %s is in the line that it is made of, as AWS specifies it', (name, outcome, row) => {
  const step = row.step ?? 'send';
  log(step)[row.level]('in words', { step, outcome, source: 'twilio', memo: 'm_a', ms: 1234 });

  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines.join(''))).toMatchObject({ message: 'in words', service: step, step, memo: 'm_a', outcome });
  const values = { stage: 'prod', service: step, source: 'twilio' };
  expect(counted().filter(({ Name }) => Name === name)).toEqual([
    {
      Namespace: 'Aftercall',
      Name: name,
      Unit: row.unit,
      value: row.unit === 'Count' ? 1 : 1234,
      dimensions: Object.fromEntries(row.dimensions.map((dimension) => [dimension, values[dimension]])),
    },
  ]);
});

describe('a dimension is never a caller’s choice', () => {
  const refused = (source: string) => log().warn('refused', { step: 'receive', outcome: 'no-such-source', source });

  test.each(['acme', 'Twilio', 'twilio/', '__proto__', 'constructor', ''])(
    'a source that is not configured: %s',
    (name) => {
      refused(name);
      expect(lines).toHaveLength(1);
      expect(counted()).toEqual([]);
    },
  );

  test('a configured source’s name is whole, also where it looks like a number', () => {
    refused('12025550123');
    expect(counted()).toMatchObject([{ dimensions: { stage: 'prod', source: '12025550123' } }]);
  });

  test('a memo, a reason and an error are in the line, and no dimension', () => {
    log('send').error('parked', {
      step: 'send',
      outcome: 'parked',
      memo: 'm_a',
      reason: 'who knows',
      error: new Error('x'),
    });
    expect(counted()).toMatchObject([{ Name: 'MemosParked', dimensions: { stage: 'prod' } }]);
  });
});

test('one line after the other each counts its own: nothing is gathered, and nothing carried over', () => {
  const send = log('send');
  send.info('answered', { step: 'send', outcome: 'done', ms: 7 });
  send.info('the memo is sent', { step: 'send', outcome: 'sent', ms: 5300 });
  send.info('later', { step: 'send', reason: 'not yet' });
  const names = lines.map((line) => (line.includes('_aws') ? extracted(line).map(({ Name }) => Name) : []));
  expect(names).toEqual([['LinqTook', 'MsOfLinq'], ['MemosSent', 'MsToSent'], []]);
  expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('LinqTook');
});

test('a function that dies has counted whatever it has said', () => {
  const step = () => {
    log('store').error('step failed', { step: 'store', outcome: 'step-failed', error: new Error('broken') });
    throw new Error('out of memory');
  };
  expect(step).toThrow('out of memory');
  expect(counted()).toMatchObject([{ Name: 'StepsFailed', value: 1, dimensions: { stage: 'prod', service: 'store' } }]);
});

test('without a stage, as on a laptop, lines are lines and nothing else', () => {
  powertoolsLog('send').info('the memo is sent', { step: 'send', outcome: 'sent', ms: 5300 });
  expect(Object.keys(JSON.parse(lines.join(''))).sort()).toEqual(
    ['level', 'message', 'ms', 'outcome', 'sampling_rate', 'service', 'step', 'timestamp'].sort(),
  );
});
