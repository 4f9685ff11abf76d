import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { expect, test } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/credentials.ts';
import { createTable, REGION, TABLE } from '../../../local/cloud/resources.ts';
import { listen } from '../../../local/loopback/listen.ts';

test('the table takes requests as soon as it is made, however long the service makes it', async () => {
  const { url, stop } = await listen(dynalite({ createTableMs: 300, deleteTableMs: 0, updateTableMs: 0 }), 0);
  const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials: LOCAL_CREDENTIALS, maxAttempts: 1 });
  await createTable(url);
  const put = client.send(new PutItemCommand({ TableName: TABLE, Item: { pk: { S: 'a' } } }));
  await expect(put).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  client.destroy();
  await stop();
});
