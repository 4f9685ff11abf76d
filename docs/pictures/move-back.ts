import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { receiptKey } from '../../functions/core/model/keys.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import { TABLE } from '../../local/cloud/resources.ts';

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/;

/**
 * Makes a memo of the local cloud older: every time in its row and in its receipt moves back. The bridge itself can only make rows
 * of this moment, and a picture of one moment shows no day's work.
 * @param ms by how much
 */
export const moveBack = async (memo: string, ms: number): Promise<void> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient()); // its endpoint is in the environment, set by the bridge
  const move = async (pk: string) => {
    const { Item } = await client.send(new GetCommand({ TableName: TABLE, Key: { pk }, ConsistentRead: true }));
    if (!Item) return undefined;
    await client.send(new PutCommand({ TableName: TABLE, Item: movedBack(Item, ms) as typeof Item }));
    return Item;
  };
  const row = (await move(memo)) as Memo | undefined;
  const message = row?.history.findLast(({ messageId }) => messageId !== undefined)?.messageId;
  if (message) await move(receiptKey(message));
  client.destroy();
};

/** A value with every ISO time in it moved back, also one that begins a longer text, as the index key `at` has it. */
const movedBack = (value: unknown, ms: number): unknown => {
  if (typeof value === 'string') {
    const [time] = ISO_TIME.exec(value) ?? [];
    return time ? new Date(Date.parse(time) - ms).toISOString() + value.slice(time.length) : value;
  }
  if (Array.isArray(value)) return value.map((each) => movedBack(each, ms));
  if (typeof value === 'object' && value?.constructor === Object) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, movedBack(each, ms)]));
  }
  return value;
};
