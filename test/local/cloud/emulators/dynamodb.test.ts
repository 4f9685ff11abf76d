import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../../../local/cloud/credentials.ts';
import { startDynamodb } from '../../../../local/cloud/emulators/dynamodb.ts';
import { createTable, REGION, TABLE } from '../../../../local/cloud/resources.ts';

test('what is under way when it is stopped is answered first, and throws nothing into the process', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'aftercall-dynamodb-'));
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on('uncaughtExceptionMonitor', note);
  const server = await startDynamodb({ port: 0, directory });
  await createTable(server.url);
  const base = new DynamoDBClient({
    endpoint: server.url,
    region: REGION,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  const client = DynamoDBDocumentClient.from(base);
  const Keys = Array.from({ length: 100 }, (_, index) => ({ pk: `note#${index}` }));
  const ask = () => client.send(new BatchGetCommand({ RequestItems: { [TABLE]: { Keys } } }));
  await ask(); // the connection is open
  const asked = Array.from({ length: 20 }, ask);
  await Promise.race(asked); // the others are in flight
  await server.stop();

  const answers = await Promise.allSettled(asked);
  await new Promise((resolve) => setTimeout(resolve, 100)); // any late error is thrown by now
  process.off('uncaughtExceptionMonitor', note);
  base.destroy();
  rmSync(directory, { recursive: true, force: true });
  expect(thrown).toEqual([]);
  expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
});
