import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import type { MemoFilter } from '../core/ports/ports.ts';
import { readRows } from './dynamodb-rows.ts';
import { type IndexPart, partOf } from './ledger.dynamodb-parts.ts';
import { sievesOf } from './ledger.dynamodb-sieves.ts';

type Row = Record<string, unknown>;
/** A row's place in the lists: its time and its id. No two rows have the same. */
type Place = { pk: string; at: string };

/** How many rows one call searches where an index answers only one of the filters, and how many a query reads of them. */
const SIEVE = { rows: 2000, query: 100 };

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
  const part = partOf(filter);
  const sieves = sievesOf(filter, part.answers);
  const isSieved = sieves.length > 0 || part.picks !== undefined;
  const isWanted = (row: Row) =>
    part.keys.includes(String(row[part.name])) &&
    (part.picks === undefined || row.state === part.picks) &&
    sieves.every((lets) => lets(row));
  const found: Row[] = [];
  let searched = 0;
  let before = next === undefined ? filter.until : readCursor(next, filter);
  for (;;) {
    // The row at the cursor may be read again, and one row more tells whether there is a next page.
    const read = await newestKeys(client, table, part, {
      ...(filter.since && { since: filter.since }),
      ...(before !== undefined && { before }),
      limit: isSieved ? SIEVE.query : limit + 2,
    });
    const keys = read.keys.slice(0, isSieved ? SIEVE.rows - searched : limit + 1);
    const rows = await rowsOf(client, table, keys);
    found.push(...rows.filter(isWanted));
    searched += keys.length;
    const page = { memos: found.slice(0, limit), ...(sieves.length > 0 && { lookedThrough: searched }) };
    const last = found[limit - 1];
    if (last && found.length > limit) return { ...page, next: writeCursor(String(last.at), filter) };
    before = keys.length < read.keys.length ? keys.at(-1)?.at : read.goesOnBefore;
    if (before === undefined) return page;
    if (isSieved && searched >= SIEVE.rows)
      return { ...page, lookedThrough: searched, next: writeCursor(before, filter) };
  }
};

interface Range {
  since?: string;
  before?: string;
  limit: number;
}

/**
 * The newest keys of all shards, merged in order.
 * @returns `goesOnBefore`: the next read begins before this place. Each shard answers with at most one page. Behind the
 * first page that ends, the order of all shards is not known, so keys from there on are left for the next read.
 */
const newestKeys = async (
  client: DynamoDBDocumentClient,
  table: string,
  part: IndexPart,
  range: Range,
): Promise<{ keys: Place[]; goesOnBefore?: string }> => {
  if (range.since !== undefined && range.before !== undefined && range.since >= range.before) return { keys: [] };
  const answers = await Promise.all(part.keys.map((key) => client.send(query(table, part, key, range))));
  const ends = answers.flatMap(({ LastEvaluatedKey }) => (LastEvaluatedKey ? String(LastEvaluatedKey.at) : []));
  const goesOnBefore = ends.sort().at(-1);
  const keys = answers
    .flatMap(({ Items = [] }) => Items.map(({ pk, at }): Place => ({ pk: String(pk), at: String(at) })))
    .filter(({ at }) => range.before === undefined || at < range.before)
    .filter(({ at }) => goesOnBefore === undefined || at >= goesOnBefore)
    .sort((one, other) => (one.at < other.at ? 1 : -1));
  return { keys, ...(goesOnBefore !== undefined && { goesOnBefore }) };
};

/**
 * One shard, between two places. A time alone sorts before every row of that moment. DynamoDB has no range of which only
 * one end is included, so the row at `before` may be in the answer.
 */
const query = (
  table: string,
  { index, name }: IndexPart,
  key: string,
  { since, before, limit }: Range,
): QueryCommand => {
  const range =
    since !== undefined && before !== undefined
      ? ' AND #at BETWEEN :since AND :before'
      : `${since !== undefined ? ' AND #at >= :since' : ''}${before !== undefined ? ' AND #at < :before' : ''}`;
  return new QueryCommand({
    TableName: table,
    IndexName: index,
    KeyConditionExpression: `#${name} = :key${range}`,
    ExpressionAttributeNames: { [`#${name}`]: name, ...(range !== '' && { '#at': 'at' }) },
    ExpressionAttributeValues: {
      ':key': key,
      ...(since !== undefined && { ':since': since }),
      ...(before !== undefined && { ':before': before }),
    },
    ScanIndexForward: false,
    Limit: limit,
  });
};

/**
 * The rows of an index's keys, in their order. An index lags behind: a row that has become a tombstone, whose key the
 * index still has, is left out. The read is consistent, since an erasure must not miss a row that the index has.
 */
const rowsOf = async (client: DynamoDBDocumentClient, table: string, keys: readonly Place[]): Promise<Row[]> => {
  const rows = await readRows(
    client,
    table,
    keys.map(({ pk }) => pk),
  );
  return keys.flatMap(({ pk, at }): Row[] => {
    const row = rows.get(pk);
    return row && row.at === at ? [row] : [];
  });
};

/** DynamoDB charges for what it reads, so it reads no more rows than needed. */
export const countRows = async (
  client: DynamoDBDocumentClient,
  table: string,
  filter: Pick<MemoFilter, 'state'>,
  most: number,
): Promise<number> => {
  const part = partOf(filter);
  if (part.picks !== undefined || sievesOf(filter, part.answers).length > 0)
    return countListed(client, table, filter, most);
  const counts = await Promise.all(part.keys.map((key) => countKeys(client, table, part, key, most)));
  return Math.min(
    most,
    counts.reduce((all, one) => all + one, 0),
  );
};

const countListed = async (
  client: DynamoDBDocumentClient,
  table: string,
  filter: Pick<MemoFilter, 'state'>,
  most: number,
): Promise<number> => {
  let count = 0;
  for (let next: string | undefined; ; ) {
    const page = await listRows(client, table, filter, SIEVE.query, next);
    count += page.memos.length;
    if (page.next === undefined || count >= most) return Math.min(most, count);
    next = page.next;
  }
};

const countKeys = async (
  client: DynamoDBDocumentClient,
  table: string,
  part: IndexPart,
  key: string,
  most: number,
): Promise<number> => {
  let start: Row | undefined;
  let count = 0;
  do {
    const { input } = query(table, part, key, { limit: most - count });
    const { Count = 0, LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...input, Select: 'COUNT', ...(start && { ExclusiveStartKey: start }) }),
    );
    count += Count;
    start = LastEvaluatedKey;
  } while (start && count < most);
  return count;
};

const writeCursor = (at: string, filter: MemoFilter): string =>
  Buffer.from(JSON.stringify({ at, list: partOf(filter).label })).toString('base64url');

/** Checks that a cursor belongs to this list: a place of another list would leave rows out. */
const readCursor = (cursor: string, filter: MemoFilter): string => {
  const schema = z.strictObject({ at: z.string().min(1), list: z.literal(partOf(filter).label) });
  const { since = '', until } = filter;
  try {
    const { at } = schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (at >= since && (until === undefined || at < until)) return at;
  } catch {}
  throw new AftercallError('unreadable', 'next: not a cursor of this list');
};
