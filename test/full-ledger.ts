import { createHash } from 'node:crypto';
import { type AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite/db/index.js';
import { dynamodbLedger } from '../functions/adapters/ledger.dynamodb.ts';
import { stateGroup } from '../functions/adapters/ledger.dynamodb-indexes.ts';
import { sharded } from '../functions/core/model/keys.ts';
import type { NewMemo } from '../functions/core/ports/ports.ts';
import { LOCAL_CREDENTIALS } from '../local/cloud/credentials.ts';
import { startDynamodb } from '../local/cloud/emulators/dynamodb.ts';
import { createTable, REGION, TABLE } from '../local/cloud/resources.ts';

/** Rows in one write to LevelDB. */
const CHUNK = 500;
const STATES = ['delivered', 'read', 'sent', 'delivered', 'read', 'rejected', 'delivered', 'failed'] as const;
export const SOURCES = ['twilio', 'telnyx', 'standard-webhooks', 'zoom-phone'] as const;
export const CHAT = '550e8400-e29b-41d4-a716-446655440000';

type Item = Record<string, AttributeValue>;

/**
 * Fills the embedded DynamoDB of a data folder while no process uses the folder: one row a second, the newest row now.
 * The ledger writes the first row. The others are copies, written directly into the emulator's LevelDB (the table and
 * its indexes, as the emulator would): over HTTP a row takes milliseconds, so 100,000 rows take ten minutes.
 */
export const fillLedger = async (directory: string, rows: number): Promise<void> => {
  const pattern = await rowOfTheLedger(directory);
  const store = dynalite.create({ path: directory });
  await store.db.open();
  const table = await new Promise<dynalite.Table>((resolve, reject) =>
    store.getTable(TABLE, (error, found) => (found ? resolve(found) : reject(error))),
  );
  const nowMs = Date.now();
  for (let start = 0; start < rows; start += CHUNK) {
    const operations = Array.from({ length: Math.min(CHUNK, rows - start) }, (_, index) => {
      const n = start + index;
      return writesOf(table, copyOf(pattern, n, nowMs - (rows - n) * 1000));
    });
    await store.db.batch(operations.flat());
  }
  await store.db.close();
};

const rowOfTheLedger = async (directory: string): Promise<Item> => {
  const server = await startDynamodb({ port: 0, directory });
  await createTable(server.url);
  const client = new DynamoDBClient({ endpoint: server.url, region: REGION, credentials: LOCAL_CREDENTIALS });
  const documents = DynamoDBDocumentClient.from(client);
  const ledger = dynamodbLedger(documents, { table: TABLE, clock: { nowMs: Date.now } });
  const memo: NewMemo = {
    id: idOf(-1),
    state: 'received',
    recording: {
      ...{ source: 'twilio', id: 'RE1', callId: 'call-x', direction: 'inbound', durationSeconds: 24 },
      ...{ from: '+14155550101', to: '+14155550199', media: { kind: 'url', url: 'https://api.twilio.com/RE1.mp3' } },
    },
    target: { chat: CHAT },
  };
  const facts = { type: 'audio/mpeg', codec: 'mp3', sampleRate: 16_000, channels: 1, seconds: 24, bytes: 95_672 };
  const waveform = Array.from({ length: 200 }, (_, peak) => (peak * 7) % 100);
  const traceId = '0123456789abcdef0123456789abcdef';
  await ledger.open(memo);
  await ledger.move(memo.id, {
    ...{ from: 'received', to: 'stored' },
    set: {
      original: facts,
      fitting: { done: 'passed', reason: 'Linq takes it as it is', ms: 12 },
      audio: { ...facts, key: `audio/${memo.id}/run/${memo.id}.mp3`, waveform },
    },
  });
  await ledger.move(memo.id, { from: 'stored', to: 'sending', set: { attempts: 1 }, note: { attempt: 1 } });
  await ledger.move(memo.id, {
    ...{ from: 'sending', to: 'sent', note: { attempt: 1, code: '202', traceId, messageId: CHAT } },
    set: { linq: { messageId: CHAT, attachmentId: CHAT }, chat: CHAT },
  });
  const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: memo.id } } }));
  documents.destroy();
  client.destroy();
  await server.stop();
  if (!Item) throw new Error('the ledger has not written its row');
  return Item;
};

const copyOf = (pattern: Item, n: number, atMs: number): Item => {
  const [id, at] = [idOf(n), new Date(atMs).toISOString()];
  const source = SOURCES[n % SOURCES.length] ?? '';
  const call = `call-${n}`;
  const recording = { ...pattern.recording?.M, source: { S: source }, callId: { S: call } };
  const state = STATES[n % STATES.length] ?? 'sent';
  const group = stateGroup(state);
  return {
    ...pattern,
    ...(group && { stateGroup: { S: sharded(group, id) } }),
    ...{ pk: { S: id }, id: { S: id }, at: { S: `${at}#${id}` }, createdAt: { S: at }, updatedAt: { S: at } },
    ...{ listed: { S: sharded('memo', id) }, source: { S: sharded(source, id) }, call: { S: call } },
    state: { S: state },
    recording: { M: recording },
  };
};

const idOf = (n: number): string =>
  `m_${createHash('sha256')
    .update(String(n))
    .digest('hex')
    .replace(/[0189]/g, 'z')
    .slice(0, 26)}`;

/** The entries of a row in LevelDB: the table's entry, and an entry under the name of each index. */
const writesOf = (table: dynalite.Table, item: Item) => {
  const value = JSON.stringify(item);
  const put = (key: string) => ({ type: 'put' as const, key, value, valueEncoding: 'utf8' });
  const { puts } = dynalite.getIndexActions(table.GlobalSecondaryIndexes, undefined, item, table);
  return [
    put(`item-${TABLE}~${dynalite.createKey(item, table)}`),
    ...puts.map(({ index, key }) => put(`index-global~${TABLE}~${index}~${key}`)),
  ];
};
