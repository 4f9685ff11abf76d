import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import { shardsOf } from '../core/model/keys.ts';
import { readRows } from './dynamodb-rows.ts';

type Row = Record<string, unknown>;

/**
 * A page of the rows at which the sweep looks: one shard of the index after the other. A page may be empty and still have
 * `next`. Rows may be due later than the index says, since a move without trouble leaves their place in it.
 */
export const dueRows = async (
  client: DynamoDBDocumentClient,
  table: string,
  before: string,
  limit: number,
  next?: string,
): Promise<{ rows: Row[]; next?: string }> => {
  const shards = shardsOf('memo');
  const { shard, start } = next === undefined ? { shard: 0 } : readCursor(next);
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: 'due',
      KeyConditionExpression: 'listed = :key AND dueKey < :before',
      ExpressionAttributeValues: { ':key': shards[shard], ':before': before },
      Limit: limit,
      ...(start && { ExclusiveStartKey: start }),
    }),
  );
  const keys = Items.map(({ pk }) => String(pk));
  const rows = await readRows(client, table, keys);
  const further = LastEvaluatedKey
    ? writeCursor({ shard, start: LastEvaluatedKey })
    : shard + 1 < shards.length && writeCursor({ shard: shard + 1 });
  return { rows: [...rows.values()], ...(further && { next: further }) };
};

/** Whether a row belongs to the list: `Ledger.due` in the ports. */
export const isDue = ({ state, dueAt, ownFaultSince }: Row, before: string): boolean =>
  [dueAt, state === 'stored' && ownFaultSince].some((time) => typeof time === 'string' && time < before);

const writeCursor = (cursor: { shard: number; start?: Row }): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

const cursorSchema = z.strictObject({
  shard: z.int().nonnegative(),
  start: z.record(z.string(), z.string()).exactOptional(),
});

const readCursor = (cursor: string) => {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new AftercallError('unreadable', 'next: not a cursor of this list');
  }
};
