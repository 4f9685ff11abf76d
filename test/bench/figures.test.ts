import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Results, valuesOf } from '../../bench/report/figure.ts';
import { figuresPage } from '../../bench/report/page.ts';
import { withFigures } from '../../bench/report/readme.ts';
import { isReached, TABLE } from '../../bench/report/table.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const results: Results = JSON.parse(read('bench/results.json'));

test('docs/figures.md and the short form of the README follow from bench/results.json: npm run bench -- --page', () => {
  expect(read('docs/figures.md')).toBe(figuresPage(results));
  expect(withFigures(read('README.md'), results)).toBe(read('README.md'));
});

test('every row of the table is measured, and every measured figure is a row', () => {
  expect(Object.keys(results.figures).sort()).toEqual(TABLE.map(({ id }) => id).sort());
});

test('the requests and write units of the table are those that npm run cost has counted', () => {
  const { job, expiry } = JSON.parse(read('bench/cost/measured.json'));
  const units = [...job, ...expiry].reduce((sum: number, { writeUnits }) => sum + writeUnits, 0);
  expect(results.figures.writeUnitsPerMemo?.ours.median).toBe(units);
});

test.each([
  ['at most, reached', { of: 'value', at: 'most', bound: 5 } as const, 5, undefined, true],
  ['at most, not reached', { of: 'value', at: 'most', bound: 5 } as const, 6, undefined, false],
  ['a ratio, at least', { of: 'ratio', at: 'least', bound: 0.8 } as const, 79, 100, false],
  ['a ratio, at most', { of: 'ratio', at: 'most', bound: 2 } as const, 20, 10, true],
])('a goal is judged by the medians: %s', (_, goal, ours, floor, reached) => {
  const figure = { ours: valuesOf([ours]), ...(floor !== undefined && { floor: valuesOf([floor]) }) };
  expect(isReached({ id: 'any', what: '', unit: '', goal }, figure)).toBe(reached);
});
