import { readFileSync } from 'node:fs';
import type { GlobalSecondaryIndexDescription } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { type Arrivals, measureArrivals } from '../../bench/cost/arrivals.ts';
import { arrivalsOf, tracesIn } from '../../bench/cost/arrivals-page.ts';
import { itemBytes, writeUnits } from '../../bench/cost/capacity.ts';
import { limitsOf } from '../../bench/cost/limits.ts';
import { type MainJob, type Measured, measureMainJob } from '../../bench/cost/main-job.ts';
import { byOperation, type MeasuredStep, requestsOf, unitsByIndex } from '../../bench/cost/measured-step.ts';
import { billedMs, billOf, costOf, monthly } from '../../bench/cost/model.ts';
import { costPage } from '../../bench/cost/page.ts';
import list from '../../bench/cost/prices.json' with { type: 'json' };
import { withCosts } from '../../bench/cost/readme.ts';
import { stackFacts } from '../../bench/cost/stack.ts';

const measured: Measured = JSON.parse(readFileSync(new URL('../../bench/cost/measured.json', import.meta.url), 'utf8'));
const stack = stackFacts();

/** The figures of a step that are equal on every machine. */
const counts = ({ name, function: by, requests, requestsForSecrets, writeUnits: written, keyUnits }: MeasuredStep) => ({
  name,
  by,
  requests,
  requestsForSecrets,
  written,
  keyUnits,
});
const withReads = (step: MeasuredStep) => ({ ...counts(step), read: step.readUnits });

/** A sweep reads rows in pages, so its share of them depends on the number of rows. */
const exact = ({ job, expiry, idleSweep, metrics }: MainJob) => ({
  job: job.map(withReads),
  expiry: expiry.map(counts),
  idleSweep: counts(idleSweep),
  metrics,
});

test('the main job asks AWS for what docs/cost.md says: npm run cost renews it', async () => {
  const fresh = await measureMainJob({ runs: 2, conversion: false });
  expect(exact(fresh)).toEqual(exact(measured));
}, 300_000);

test('objects of a bucket and refused webhooks ask AWS for what docs/cost.md says: npm run cost renews it', async () => {
  const exactly = (arrivals: Arrivals) => Object.entries(arrivals).map(([way, steps]) => [way, steps.map(withReads)]);
  expect(exactly(await measureArrivals({ runs: 2 }))).toEqual(exactly(measured.arrivals));
}, 300_000);

test.each([
  ['recordings by webhook', 7, 8],
  ['objects of `s3-drop`, the facts in their metadata', 13, 7],
  ['objects of `s3-drop`, each with a JSON beside it', 18, 9],
  ['objects of `amazon-connect`, each contact asked for', 13, 8],
  ['refused webhooks, each with its trace', 4, 2],
])('%s make %i requests and use %i write units each, until the audio or the trace is kept', (arrival, ...figures) => {
  const found = arrivalsOf(measured, stack, list.prices).find(({ what }) => what === arrival);
  expect([found?.requests, found?.writeUnits]).toEqual(figures);
});

// docs/decisions.md: ten one by one, then a trace for each doubling.
test('a flood of refused webhooks costs a few traces', () => {
  expect([1, 10, 11, 20, 1000].map(tracesIn)).toEqual([1, 10, 10, 11, 16]);
  const [traced, flood] = arrivalsOf(measured, stack, list.prices).slice(-2);
  expect(flood?.usd).toBeGreaterThan(1.2); // API Gateway and Lambda bill each
  expect(flood?.usd).toBeLessThan((traced?.usd ?? 0) / 2);
});

test('a memo makes these requests and uses these write units', () => {
  const [toSent, whole] = [measured.job.slice(0, 3), [...measured.job, ...measured.expiry]];
  expect(byOperation(toSent)).toEqual({
    'dynamodb BatchGetItem': 2,
    'dynamodb GetItem': 1,
    'dynamodb PutItem': 2,
    'dynamodb UpdateItem': 4,
    's3 PutObject': 1,
    'sqs ChangeMessageVisibility': 2,
    'sqs SendMessage': 1,
    'sqs SendMessageBatch': 1,
  });
  const indexes = { 'by-call': 2, 'by-source': 2, 'by-state': 2, due: 2, newest: 2 };
  expect(unitsByIndex(whole)).toEqual({ table: 19, ...indexes });
  expect(whole.reduce((all, { writeUnits: units }) => all + units, 0)).toBeLessThanOrEqual(30);
});

test('docs/cost.md follows from what was measured, the stack and the prices: npm run cost -- --page renews it', () => {
  const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  expect(page).toBe(costPage(measured, stack, list));
});

test('the table of the README follows from the same: npm run cost -- --page renews it', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toBe(withCosts(readme, measured, stack, list.prices));
  const stale = readme.replace(/^\| AWS, a month .*$/m, '| AWS, a month | $1 | $2 | $3 |');
  expect(withCosts(stale, measured, stack, list.prices)).toBe(readme);
});

// From Amazon's DynamoDB guide: "DynamoDB item sizes and formats", "Global secondary indexes".
describe('write units', () => {
  const index: GlobalSecondaryIndexDescription = {
    IndexName: 'by-state',
    KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  };
  const row = (over: Record<string, { S: string }> = {}) => ({ pk: { S: 'm1' }, ...over });
  const sent = { state: { S: 'sent' } };
  const read = { state: { S: 'read' } };
  const large = { text: { S: 'x'.repeat(1500) } };

  test('an item has the bytes of its names and its values', () => {
    expect(itemBytes({ 'shirt-color': { S: 'R' }, 'shirt-size': { S: 'M' } })).toBe(23);
  });

  test.each([
    ['a new item without the index key', undefined, row(), { table: 1, keys: {} }],
    ['a new item with the index key', undefined, row(sent), { table: 1, keys: { 'by-state sent': 1 } }],
    ['a changed index key', row(sent), row(read), { table: 1, keys: { 'by-state sent': 1, 'by-state read': 1 } }],
    ['an index key taken away', row(sent), row(), { table: 1, keys: { 'by-state sent': 1 } }],
    ['another attribute', row(sent), row({ ...sent, a: { S: 'b' } }), { table: 1, keys: { 'by-state sent': 1 } }],
    ['nothing', row(sent), row(sent), { table: 1, keys: {} }],
    ['a large item made small', row({ ...sent, ...large }), row(sent), { table: 2, keys: { 'by-state sent': 2 } }],
    ['a deletion', row({ ...sent, ...large }), undefined, { table: 2, keys: { 'by-state sent': 2 } }],
    ['a refused write of nothing', undefined, undefined, { table: 1, keys: {} }],
  ])('of %s', (_, before, after, units) => {
    expect(writeUnits(before, after, [index])).toEqual(units);
  });
});

describe('the model', () => {
  test('takes each tier of a price for its own share', () => {
    // 10,240 GB at 0.09, 40,960 at 0.085 and 8,800 at 0.07.
    expect(costOf(list.prices.egressGb, 60_000)).toBeCloseTo(5019.2, 6);
    expect(costOf(list.prices.httpApiRequest, 4_000_000)).toBeCloseTo(4, 9);
  });

  test('bills processor time at the share of the memory, and each request that is waited for', () => {
    const step = { ...(measured.job[0] as MeasuredStep), name: 'any', cpuMs: 10 };
    const requests = { 'sqs SendMessage': 1, 'dynamodb GetItem': 2, 's3 GetObject, presigned': 1 };
    expect(billedMs({ ...step, requests }, 1769)).toBeCloseTo(10 + 8 + 2 * 5, 6); // Linq fetches the presigned object
    expect(billedMs({ ...step, requests: {} }, 442.25)).toBeCloseTo(40, 6);
  });

  test('a memo more costs what its lines say, and idle queues cost without one', () => {
    const bill = billOf(measured, stack);
    const at = (memos: number) =>
      bill.reduce((all, line) => all + monthly(line, memos, measured, stack, list.prices), 0);
    expect(at(0)).toBeGreaterThan(1);
    expect(at(2_000_000)).toBeGreaterThan(at(1_000_000));
    const writes = bill.find(({ price }) => price === 'dynamodbWrite');
    const units = [...measured.job, ...measured.expiry].reduce((all, step) => all + step.writeUnits, 0);
    expect(writes?.perMemo).toBe(units);
  });

  test('each request to SQS is billed once, at the price of the kind of its queue', () => {
    const steps = [...measured.job, ...measured.expiry];
    const lines = (facts = stack) => billOf(measured, facts).filter(({ part }) => part === 'SQS');
    const handed = steps.filter(({ function: by }) => by === 'store' || by === 'send').length; // received and deleted
    const perMemo = lines().reduce((all, line) => all + line.perMemo, 0);
    expect(perMemo).toBe(requestsOf(steps, /^sqs /) + 2 * handed);

    // Every queue of the template is FIFO.
    expect(stack.queues.map(({ isFifo }) => isFifo)).toEqual([true, true, true, true]);
    expect(new Set(lines().map(({ price }) => price))).toEqual(new Set(['sqsFifo']));
    const queues = stack.queues.map((queue) => ({ ...queue, isFifo: queue.consumer !== 'store' }));
    const [recordings, memos, ...idle] = lines({ ...stack, queues });
    expect([recordings?.price, memos?.price]).toEqual(['sqsStandard', 'sqsFifo']);
    expect(idle.map(({ price }) => price)).toEqual(['sqsStandard', 'sqsFifo']);
    expect(idle[1]?.fixed).toBe(3 * (idle[0]?.fixed ?? Number.NaN));
  });

  test('every key of the table and its indexes bears a thousand memos a second', () => {
    const keys = limitsOf(measured, stack).filter(({ what }) => what.startsWith('DynamoDB'));
    expect(keys.length).toBeGreaterThanOrEqual(5);
    for (const { what, memosPerSecond } of keys) expect.soft(memosPerSecond, what).toBeGreaterThanOrEqual(1000);
  });

  test('a cap that is raised bears more memos, and the stage is read for its throttle', () => {
    const of = (what: RegExp, facts = stack) => limitsOf(measured, facts).find((limit) => what.test(limit.what));
    const twice = {
      ...stack,
      maxConcurrency: { ...stack.maxConcurrency, store: 2 * (stack.maxConcurrency.store ?? 0) },
    };
    const [one, two] = [of(/`store`/), of(/`store`/, twice)].map((limit) => limit?.memosPerSecond ?? Number.NaN);
    expect(two).toBeCloseTo(2 * (one ?? 0), 6);
    expect(of(/throttle/)?.memosPerSecond).toBe(stack.throttle.rate / 4);
  });
});
