import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock, KeyValueStore } from '../core/ports/ports.ts';
import { readRows } from './dynamodb-rows.ts';
import { laterVersion, mustBeOfThisVersion, OF_THIS_VERSION, ROW_VERSION } from './dynamodb-version.ts';

type Row = Record<string, unknown>;

/**
 * Entries in the ledger's table, under keys that no memo has. Expired entries count as absent even before DynamoDB
 * deletes them.
 */
export const dynamodbKeyValueStore = (
  client: DynamoDBDocumentClient,
  { table, clock }: { table: string; clock: Clock },
): KeyValueStore => {
  const expiry = (keepMs: number): number => Math.ceil((clock.nowMs() + keepMs) / 1000);
  const factsOf = (row: Row | undefined): Record<string, string> | undefined => {
    if (!row || Number(row.expiresAt) * 1000 <= clock.nowMs()) return undefined;
    mustBeOfThisVersion(row);
    return row.facts as Record<string, string>; // as `write` wrote them
  };
  const justNow = (): number => Math.floor(clock.nowMs() / 1000);
  const put = async (key: string, facts: Row, expiresAt: number): Promise<void> => {
    const command = new PutCommand({
      TableName: table,
      Item: { pk: key, v: ROW_VERSION, facts, expiresAt },
      ConditionExpression: `${OF_THIS_VERSION} OR expiresAt <= :now`,
      ExpressionAttributeValues: { ':v': ROW_VERSION, ':now': justNow() },
    });
    if (!(await happened(client.send(command)))) throw laterVersion(key, 'an entry');
  };
  return {
    async read(key) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: { pk: key }, ConsistentRead: true }));
      return factsOf(Item);
    },

    async readAll(keys) {
      const found = await readRows(client, table, keys);
      return keys.map((key) => factsOf(found.get(key)));
    },

    async write(key, facts, keepMs) {
      await put(key, facts, expiry(keepMs));
    },

    async remove(key) {
      // Written as expired, so that no function needs the permission to delete a row. Expired just now, not at 0:
      // DynamoDB ignores expiry times older than five years.
      await put(key, {}, justNow());
    },

    async take(key, owner, keepMs) {
      const command = new PutCommand({
        TableName: table,
        Item: { pk: key, v: ROW_VERSION, facts: { owner }, expiresAt: expiry(keepMs) },
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now OR facts.#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':now': justNow(), ':owner': owner },
      });
      return happened(client.send(command));
    },

    async join(key, memo, most, keepMs) {
      const command = new UpdateCommand({
        TableName: table,
        Key: { pk: key },
        UpdateExpression: 'ADD members :member SET v = :v, expiresAt = :expiresAt',
        ConditionExpression: `${OF_THIS_VERSION} AND (attribute_not_exists(members) OR size(members) < :most OR contains(members, :memo))`,
        ExpressionAttributeValues: {
          ':member': new Set([memo]),
          ':memo': memo,
          ':most': most,
          ':v': ROW_VERSION,
          ':expiresAt': expiry(keepMs),
        },
      });
      if (await happened(client.send(command))) return true;
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: { pk: key }, ConsistentRead: true }));
      mustBeOfThisVersion(Item);
      return false;
    },
  };
};

/** Whether the condition of a write held. */
const happened = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};
