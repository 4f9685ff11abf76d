import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import { startDynamodb } from '../../local/emulators/dynamodb.ts';
import { LOCAL_CREDENTIALS } from '../../local/emulators/s3.ts';
import { createTable, REGION, TABLE } from '../../local/resources.ts';
import type { LedgerHome } from '../contracts/ledger.ts';

export interface DynamodbHome extends LedgerHome {
  client: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  /** What stands in the table under a key. */
  item(pk: string): Promise<Record<string, unknown> | undefined>;
  /** Writes a row as another version might. */
  put(item: Record<string, unknown>): Promise<void>;
}

/** The real ledger over an emulator of its own, gone without a trace after. */
export const dynamodbHome = async (): Promise<DynamodbHome> => {
  const directory = await mkdtemp(join(tmpdir(), 'aftercall-ledger-'));
  const server = await startDynamodb({ port: 0, directory });
  await createTable(server.url);
  const base = new DynamoDBClient({ endpoint: server.url, region: REGION, credentials: LOCAL_CREDENTIALS });
  const client = DynamoDBDocumentClient.from(base);
  return {
    client: base,
    documents: client,
    ledger: (clock) => dynamodbLedger(client, { table: TABLE, clock }),
    item: async (pk) => (await client.send(new GetCommand({ TableName: TABLE, Key: { pk } }))).Item,
    put: async (item) => void (await client.send(new PutCommand({ TableName: TABLE, Item: item }))),
    async stop() {
      client.destroy();
      base.destroy();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
