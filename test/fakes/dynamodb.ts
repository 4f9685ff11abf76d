import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import type { Ledger } from '../../functions/core/ports/ports.ts';
import type { LedgerHome } from '../contracts/ledger.home.ts';
import { clientOptions, engines, tableOf } from '../servers/engines.ts';

export interface DynamodbHome extends LedgerHome {
  client: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  table: string;
  /** The item in the table under a key. */
  item(pk: string): Promise<Record<string, unknown> | undefined>;
  /** Writes a row as another version of the code might. */
  put(item: Record<string, unknown>): Promise<void>;
}

/** The real ledger over its own DynamoDB, which is removed at the end. */
export const dynamodbHome = async (): Promise<DynamodbHome> => {
  const server = await engines().dynamodb();
  const table = tableOf(server);
  const base = new DynamoDBClient(clientOptions(server));
  const client = DynamoDBDocumentClient.from(base);
  return {
    client: base,
    documents: client,
    table,
    ledger: (clock) => afterLag(dynamodbLedger(client, { table, clock }), engines().lag?.indexMs ?? 0),
    item: async (pk) => (await client.send(new GetCommand({ TableName: table, Key: { pk } }))).Item,
    put: async (item) => void (await client.send(new PutCommand({ TableName: table, Item: item }))),
    async stop() {
      client.destroy();
      base.destroy();
      await server.stop();
    },
  };
};

/**
 * On AWS, indexes follow the table a moment later, and the contract reads them at once: so a list waits until the
 * indexes have followed.
 */
const afterLag = (ledger: Ledger, lagMs: number): Ledger => {
  if (lagMs === 0) return ledger;
  return {
    ...ledger,
    async list(...asked) {
      await sleep(lagMs);
      return ledger.list(...asked);
    },
    async due(...asked) {
      await sleep(lagMs);
      return ledger.due(...asked);
    },
    async count(...asked) {
      await sleep(lagMs);
      return ledger.count(...asked);
    },
  };
};
