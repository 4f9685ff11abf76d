import type { BatchGetCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import { retentionMs } from '../../functions/core/model/retention.ts';
import type { Ledger } from '../../functions/core/ports/ports.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { type DynamodbHome, dynamodbHome } from '../fakes/dynamodb.ts';
import { aRecording } from '../fakes/examples.ts';

// What the table itself holds: DynamoDB's expiry and indexes depend on it.

let home: DynamodbHome;
let ledger: Ledger;
let clock: ManualClock;
beforeAll(async () => {
  home = await dynamodbHome();
  clock = manualClock('2026-03-04T05:06:07.000Z');
  ledger = home.ledger(clock);
});
afterAll(() => home.stop());

const daysFromNow = (item: Record<string, unknown> | undefined) =>
  (Number(item?.expiresAt) - clock.nowMs() / 1000) / (24 * 60 * 60);
const thirteenMonths = 395; // days, at least

test('a tombstone is the state and the generation of its memo, for thirteen months from then, and in no index', async () => {
  await ledger.open({
    id: 'm1',
    state: 'failed',
    recording: aRecording({ from: '+12052535597' }),
    target: { chat: 'c' },
  });
  await ledger.move('m1', { from: 'failed', to: 'stored', generation: 2, note: { reason: 'replayed' } });
  clock.advance(30 * 24 * 60 * 60 * 1000);

  await ledger.leaveTombstone('m1');

  const item = await home.item('m1');
  const facts = { pk: 'm1', v: 1, id: 'm1', state: 'stored', generation: 2, tombstone: true };
  expect(item).toEqual({ ...facts, expiresAt: expect.any(Number) });
  expect(daysFromNow(item)).toBeGreaterThanOrEqual(thirteenMonths);
});

test('what a tombstone is asked for leaves it as it is', async () => {
  await ledger.open({ id: 'm2', state: 'sent', recording: aRecording() });
  await ledger.leaveTombstone('m2');
  const before = await home.item('m2');

  await ledger.open({ id: 'm2', state: 'received', recording: aRecording() });
  await ledger.move('m2', { from: 'sent', to: 'sent', set: { chat: 'c' } });
  await ledger.move('m2', { from: 'sent', to: 'stored', generation: 9, note: { reason: 'replayed' } });
  clock.advance(1000);
  await ledger.leaveTombstone('m2');

  expect(await home.item('m2')).toEqual(before);
});

test('a memo and a claim are remembered for thirteen months, also where nothing ever comes to make a tombstone', async () => {
  await ledger.open({ id: 'm3', state: 'received', recording: aRecording() });
  await ledger.claim('once#3', 'm3');

  for (const pk of ['m3', 'once#3']) expect(daysFromNow(await home.item(pk))).toBeGreaterThanOrEqual(thirteenMonths);
});

test('a receipt, and what it names, are kept for thirty days from its first news', async () => {
  await ledger.addReceipt({ messageId: 'L4', memo: 'm4', sent: 't' });

  for (const pk of ['receipt#L4', 'message-ids#m4']) expect(daysFromNow(await home.item(pk))).toBeCloseTo(30, 3);
  clock.advance(24 * 60 * 60 * 1000);
  await ledger.addReceipt({ messageId: 'L4', delivered: 't' });
  expect(daysFromNow(await home.item('receipt#L4'))).toBeCloseTo(29, 3);
});

test('every row says of which version it is', async () => {
  await ledger.open({ id: 'm5', state: 'received', recording: aRecording() });
  await ledger.claim('once#5', 'm5');
  await ledger.addReceipt({ messageId: 'L5', memo: 'm5', sent: 't' });
  for (const pk of ['m5', 'once#5', 'receipt#L5', 'message-ids#m5'])
    expect(await home.item(pk)).toMatchObject({ v: 1 });
});

test('no list looks through more than fits into a request, and the next one goes on from there', async () => {
  let queries = 0;
  const rows = 5000; // only the oldest row is this person's
  const atOf = (n: number) => `2026-03-04 ${String(rows - n).padStart(4, '0')}`;
  const inShard = (n: number, shard: string) => shard === `memo#${n % 4}`;
  const client = {
    send: async ({ input }: QueryCommand | BatchGetCommand) => {
      if ('RequestItems' in input) {
        const keys = input.RequestItems?.memos?.Keys ?? [];
        const rowOf = (n: number) => ({
          ...{ pk: String(n), at: atOf(n), listed: `memo#${n % 4}`, v: 1, state: 'sent' },
          recording: n === rows ? { from: '+12025550101' } : {},
        });
        return { Responses: { memos: keys.map(({ pk }) => rowOf(Number(pk))) } };
      }
      queries += 1;
      const { ':key': shard, ':before': before = '~' } = input.ExpressionAttributeValues ?? {};
      const all = Array.from({ length: rows }, (_, index) => index + 1);
      const left = all.filter((n) => inShard(n, shard) && atOf(n) < before);
      const Items = left.slice(0, input.Limit).map((n) => ({ pk: String(n), at: atOf(n) }));
      return { Items, ...(left.length > Items.length && { LastEvaluatedKey: Items.at(-1) }) };
    },
  } as unknown as DynamoDBDocumentClient; // the client only gets queries and reads of rows
  const sieving = dynamodbLedger(client, { table: 'memos', clock });

  const pages = [await sieving.list({ phone: '+12025550101' }, 50)];
  for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) {
    expect(queries).toBeLessThanOrEqual(24 * pages.length);
    pages.push(await sieving.list({ phone: '+12025550101' }, 50, next));
  }

  expect(pages.map(({ memos, lookedThrough }) => [memos.length, lookedThrough])).toEqual([
    [0, 2000],
    [0, 2000],
    [1, 1000],
  ]);
});

test('a receipt lives as long as the details of a memo, as they are configured', async () => {
  const days90 = dynamodbLedger(home.documents, { table: home.table, clock, detailsMs: retentionMs(90) });
  await days90.addReceipt({ messageId: 'L90', memo: 'm90', sent: 't' });
  expect(daysFromNow(await home.item('receipt#L90'))).toBeCloseTo(90, 3);
  expect(daysFromNow(await home.item('message-ids#m90'))).toBeCloseTo(90, 3);
});

test('a receipt that is forgotten has expired a moment ago: DynamoDB leaves alone what is older than five years', async () => {
  await ledger.addReceipt({ messageId: 'L1', memo: 'm4', read: 't' });
  await ledger.forgetReceipts('m4', ['L1']);
  for (const pk of ['receipt#L1', 'message-ids#m4']) {
    const item = await home.item(pk);
    expect(Object.keys(item ?? {}).sort()).toEqual(['expiresAt', 'pk', 'v']);
    expect(daysFromNow(item)).toBeCloseTo(0, 3);
  }
});

describe('a row that a later version wrote', () => {
  const write = (pk: string, facts: Record<string, unknown>) =>
    home.put({ pk, id: pk, listed: 'memo#2', at: `${new Date(clock.nowMs()).toISOString()}#${pk}`, ...facts });
  const laterRows = [
    ['has another v', { v: 2, state: 'stored' }],
    ['is in a state of which this version has not heard', { v: 1, state: 'held' }],
  ] as const;

  test.each(laterRows)('%s: whoever reads or opens it is told so, and it stays as it is', async (name, facts) => {
    const pk = `m_${name}`;
    await write(pk, { ...facts, source: 'acme', recording: aRecording(), generation: 0 });
    const before = await home.item(pk);

    const later = { code: 'later_version', memo: pk };
    await expect(ledger.get(pk)).rejects.toMatchObject(later);
    await expect(ledger.open({ id: pk, state: 'received', recording: aRecording() })).rejects.toMatchObject(later);
    expect(await home.item(pk)).toEqual(before);
  });

  test('a list names it, and gives the others', async () => {
    const source = 'of-two-versions';
    const recording = { ...aRecording(), source };
    const dueKey = '2026-03-01#m_later';
    await write('m_later', { v: 2, state: 'held', source: `${source}#1`, dueKey, recording, generation: 0 });
    await ledger.open({ id: 'm_now', state: 'sent', recording });

    const page = await ledger.list({ source }, 10);

    expect(page.laterVersions).toEqual(['m_later']);
    expect(page.memos.map(({ id }) => id)).toEqual(['m_now']);
    const later: string[] = [];
    for (let next: string | undefined; ; ) {
      const due = await ledger.due('2026-03-02', 10, next);
      later.push(...(due.laterVersions ?? []));
      if (due.next === undefined) break;
      next = due.next;
    }
    expect(later).toEqual(['m_later']);
  });
});

test('a row that has changed since its index was written is listed as it is now, or left out', async () => {
  const rows = [
    { pk: 'm1', id: 'm1', v: 1, at: 't1', state: 'stored', stateGroup: 'waiting#0', generation: 1 },
    { pk: 'm2', id: 'm2', v: 1, at: 't2', state: 'sent' },
    { pk: 'm5', id: 'm5', v: 1, at: 't0', state: 'received', stateGroup: 'waiting#0' },
    { pk: 'm3', id: 'm3', v: 1, state: 'stored', tombstone: true },
  ];
  const keys = ['m4', 'm3', 'm2', 'm1', 'm5'].map((pk) => ({ pk, at: pk === 'm5' ? 't0' : pk.replace('m', 't') }));
  const client = {
    send: async ({ input }: QueryCommand | BatchGetCommand) => {
      if ('RequestItems' in input) return { Responses: { memos: rows } };
      return { Items: input.ExpressionAttributeValues?.[':key'] === 'waiting#0' ? keys : [] };
    },
  } as unknown as DynamoDBDocumentClient; // the client only gets queries and a read of rows

  const page = await dynamodbLedger(client, { table: 'memos', clock }).list({ state: 'stored' }, 10);

  expect(page).toEqual({ memos: [{ id: 'm1', v: 1, state: 'stored', generation: 1 }] });
});
