import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

type Row = Record<string, unknown>;

/** As many as DynamoDB reads in one request. */
const AT_ONCE = 100;
const TRIES = 5;

/**
 * Reads rows by their keys, as they are now. @returns the rows that exist, by their keys
 * @throws Error where DynamoDB leaves keys unread again and again
 */
export const readRows = async (
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly string[],
): Promise<Map<string, Row>> => {
  const found = new Map<string, Row>();
  const distinct = [...new Set(keys)];
  for (let start = 0; start < distinct.length; start += AT_ONCE) {
    let wanted = distinct.slice(start, start + AT_ONCE).map((pk) => ({ pk }));
    for (let tries = 1; wanted.length > 0; tries += 1) {
      if (tries > TRIES) throw new Error('DynamoDB leaves keys unread');
      const request = { [table]: { Keys: wanted, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand({ RequestItems: request }));
      for (const row of Responses?.[table] ?? []) found.set(String(row.pk), row);
      wanted = (UnprocessedKeys?.[table]?.Keys ?? []) as { pk: string }[]; // some of the requested keys
    }
  }
  return found;
};
