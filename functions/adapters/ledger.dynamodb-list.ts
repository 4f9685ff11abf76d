import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import type { MemoState } from '../core/model/memo.ts';
import type { MemoFilter } from '../core/ports/ports.ts';
import { readRows } from './dynamodb-rows.ts';
import { sievesOf } from './ledger.dynamodb-sieves.ts';

type Row = Record<string, unknown>;

/** How many rows one call searches where an index answers only one of the filters: 2,000 rows. */
const SIEVE = { rows: 100, queries: 20 };

/**
 * One page of rows, newest first, from the index that has the fewest rows for the filter. The indexes hold keys alone, so
 * that no change of a row is a write to an index that does not lead to the change; the rows are then read by their keys.
 */
export const listRows = async (
  client: DynamoDBDocumentClient,
  table: string,
  filter: MemoFilter,
  limit: number,
  next?: string,
): Promise<{ memos: Row[]; lookedThrough?: number; next?: string }> => {
  const { name, value } = partition(filter);
  let start = next === undefined ? undefined : readCursor(next, filter);
  // DynamoDB answers such a range with an error.
  if (filter.since && filter.until && filter.since > filter.until) return { memos: [] };
  const sieves = sievesOf(filter, name);
  const isSieved = sieves.length > 0;
  const cursor = ({ pk, at }: Row) => writeCursor({ pk, at, [name]: value });
  const found: Row[] = [];
  let scanned = 0;
  for (let queries = 1; ; queries += 1) {
    const read = new QueryCommand({
      TableName: table,
      ...query(filter),
      ScanIndexForward: false,
      Limit: isSieved ? SIEVE.rows : limit + 1,
      ...(start && { ExclusiveStartKey: start }),
    });
    const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await client.send(read);
    const rows = await rowsOf(client, table, Items);
    found.push(...rows.filter((row) => row[name] === value && sieves.every((lets) => lets(row))));
    scanned += ScannedCount;
    const page = { memos: found.slice(0, limit), ...(isSieved && { lookedThrough: scanned }) };
    const last = found[limit - 1];
    if (last && found.length > limit) return { ...page, next: cursor(last) };
    if (!LastEvaluatedKey) return page;
    if (isSieved && queries === SIEVE.queries) return { ...page, next: cursor(LastEvaluatedKey) };
    start = LastEvaluatedKey;
  }
};

/**
 * The rows of an index's keys, in their order. An index lags behind: a row that has become a tombstone, whose key the
 * index still has, is left out. The read is consistent, since an erasure must not miss a row that the index has.
 */
const rowsOf = async (client: DynamoDBDocumentClient, table: string, keys: readonly Row[]): Promise<Row[]> => {
  const rows = await readRows(
    client,
    table,
    keys.map(({ pk }) => String(pk)),
  );
  return keys.flatMap(({ pk, at }): Row[] => {
    const row = rows.get(String(pk));
    return row && row.at === at ? [row] : [];
  });
};

/** DynamoDB charges for what it reads, so it reads no more rows than needed. */
export const countRows = async (
  client: DynamoDBDocumentClient,
  table: string,
  filter: MemoFilter,
  most: number,
): Promise<number> => {
  const command = query(filter);
  let start: Row | undefined;
  let count = 0;
  do {
    const { Count = 0, LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        ...command,
        Select: 'COUNT',
        Limit: most - count,
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    count += Count;
    start = LastEvaluatedKey;
  } while (start && count < most);
  return count;
};

/** Nearly every memo ends in one of these states, so a list by source has fewer rows. */
const COMMON: readonly (MemoState | undefined)[] = ['sent', 'delivered', 'read'];

/** The index and the partition that a list reads: by the given filter with the fewest rows. */
const partition = ({ callId, state, source }: MemoFilter) => {
  if (callId) return { index: 'by-call', name: 'call', value: callId };
  if (state && !(source && COMMON.includes(state))) return { index: 'by-state', name: 'state', value: state };
  if (source) return { index: 'by-source', name: 'source', value: source };
  return { index: 'newest', name: 'listed', value: 'memo' };
};

/** One partition, between two times of creation. */
const query = (filter: MemoFilter) => {
  const { index, name, value } = partition(filter);
  const names: Record<string, string> = { [`#${name}`]: name };
  const values: Record<string, unknown> = { [`:${name}`]: value };
  const where: Where = (field, comparison, key, given) => {
    names[`#${field}`] = field;
    values[`:${key}`] = given;
    return `#${field} ${comparison} :${key}`;
  };
  const keys = [`#${name} = :${name}`, ...timeRange(filter, where, values)];
  return {
    IndexName: index,
    KeyConditionExpression: keys.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

type Where = (field: string, comparison: string, key: string, given: unknown) => string;

/** A row's `at` is its time and its id. So a time alone sorts before every row of that moment. */
const timeRange = ({ since, until }: MemoFilter, where: Where, values: Record<string, unknown>): string[] => {
  if (since && until) {
    values[':until'] = until;
    return [`${where('at', 'BETWEEN', 'since', since)} AND :until`];
  }
  if (since) return [where('at', '>=', 'since', since)];
  return until ? [where('at', '<', 'until', until)] : [];
};

const writeCursor = (key: Row): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** Checks that a cursor belongs to this list: DynamoDB's error for another list's cursor would look like our fault. */
const readCursor = (cursor: string, filter: MemoFilter): Row => {
  const { name, value } = partition(filter);
  const key = z.strictObject({ pk: z.string().min(1), at: z.string().min(1), [name]: z.literal(value) });
  const { since = '', until } = filter;
  try {
    const start = key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    const at = String(start.at);
    if (at >= since && (until === undefined || at < until)) return start;
  } catch {}
  throw new AftercallError('unreadable', 'next: not a cursor of this list');
};
