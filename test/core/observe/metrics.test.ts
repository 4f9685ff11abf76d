import { describe, expect, test } from 'vitest';
import {
  countedIn,
  type Level,
  METRICS,
  type MetricName,
  type MetricRow,
} from '../../../functions/core/observe/metrics.ts';
import { OTHER_MOMENTS } from './metric-moments.ts';
import { PATH_MOMENTS } from './metric-moments-path.ts';

/** Every moment that must be counted. */
const MOMENTS = { ...PATH_MOMENTS, ...OTHER_MOMENTS };

test.each(Object.entries(MOMENTS))('%s counts what it is, and no more', async (_, [run, counts]) => {
  expect(await run()).toEqual(counts);
});

test('each metric has such a moment', () => {
  const counted = Object.values(MOMENTS).flatMap(([, counts]) => counts);
  expect(Object.keys(METRICS).filter((name) => !counted.includes(name as MetricName))).toEqual([]);
});

describe('the table', () => {
  // Widened, because this test accepts any row.
  const rows: readonly (readonly [string, MetricRow])[] = Object.entries(METRICS);

  test.each(rows)('%s is told apart by its stage, and by nothing that a caller chooses', (_, { dimensions }) => {
    expect(dimensions[0]).toBe('stage');
    expect(dimensions.filter((name) => !['stage', 'service', 'source'].includes(name))).toEqual([]);
  });

  test('counts milliseconds only where a line has them', () => {
    const line = { step: 'send', outcome: 'sent' };
    expect(countedIn('info', line).map(({ name }) => name)).toEqual(['MemosSent']);
    expect(countedIn('info', { ...line, ms: 5300 })).toMatchObject([
      { name: 'MemosSent', value: 1 },
      { name: 'MsToSent', value: 5300 },
    ]);
  });

  test.each(['info', 'warn', 'error'] as Level[])('counts nothing in a line of %s that it does not know', (level) => {
    expect(countedIn(level, {})).toEqual([]);
    expect(countedIn(level, { step: 'send', outcome: 'constructor', ms: 1 })).toEqual([]);
  });
});
