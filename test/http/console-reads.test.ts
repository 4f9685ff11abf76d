import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import { sourcesSeen } from '../../functions/core/observe/sources-seen.ts';
import type { Ledger } from '../../functions/core/ports/ports.ts';
import { findMemos, PAGE, type Wanted } from '../../functions/http/console/find-memos.ts';
import { overviewOf } from '../../functions/http/console/overview.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { startDynamodb } from '../../local/cloud/emulators/dynamodb.ts';
import { REGION, TABLE } from '../../local/cloud/resources.ts';
import type { Listening } from '../../local/loopback/listen.ts';
import { CHAT, fillLedger, SOURCES } from '../full-ledger.ts';

// What DynamoDB reports that it read, from a ledger of about three thousand memos.

const ROWS = 3000;
/** The parts of an index. */
const SHARDS = 4;
/** Each part may hold the whole page, one row more, to know whether there are older rows, and the cursor's row. */
const KEYS = SHARDS * (PAGE + 2);
const clock = { nowMs: Date.now };

let directory: string;
let server: Listening;
let client: DynamoDBDocumentClient;
let ledger: Ledger;
/** How many keys each query read from an index. */
let read: number[];
let rows: number;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aftercall-reads-'));
  await fillLedger(directory, ROWS);
  server = await startDynamodb({ port: 0, directory });
  client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: server.url, region: REGION, credentials: LOCAL_CREDENTIALS }),
  );
  client.middlewareStack.add(
    (next) => async (given) => {
      const result = await next(given);
      const { ScannedCount: scanned, Responses: found } = Object(result.output);
      if (scanned !== undefined) read.push(scanned);
      if (found) rows += found[TABLE].length;
      return result;
    },
    { step: 'initialize' },
  );
  ledger = dynamodbLedger(client, { table: TABLE, clock });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});
const forget = () => {
  read = [];
  rows = 0;
};
beforeEach(forget);

const keysRead = () => read.reduce((sum, scanned) => sum + scanned, 0);
const see = async (wanted: Wanted) => {
  forget();
  return findMemos(ledger, wanted);
};

test.each([
  ['all', {}],
  ['of a state', { state: 'failed' }],
  ['of a source', { source: 'twilio' }],
] as const)(
  'a page of memos, %s, reads the memos that it shows and one more, and so does the next',
  async (_, wanted) => {
    const first = await see(wanted);
    expect(first.memos).toHaveLength(PAGE);
    expect(read).toHaveLength(SHARDS);
    expect([keysRead() <= KEYS, rows]).toEqual([true, PAGE + 1]);

    const second = await see({ ...wanted, next: first.next });
    expect(second.memos).toHaveLength(PAGE);
    expect(read).toHaveLength(SHARDS);
    expect([keysRead() <= KEYS, rows]).toEqual([true, PAGE + 1]);
    expect(new Set([...first.memos, ...second.memos].map(({ id }) => id)).size).toBe(2 * PAGE);
  },
);

test('a call’s memo, and a memo by its id, are read and nothing else', async () => {
  const { memos } = await see({ q: 'call-77' });
  expect([memos.length, keysRead(), rows]).toEqual([1, 1, 1]);
  const id = memos[0]?.id;
  expect((await see({ q: id })).memos).toMatchObject([{ id }]);
  expect(read).toEqual([]); // one GetItem, and no query
});

test('where no index leads to the memos, a page reads what it says that it has looked through', async () => {
  for (const wanted of [{ state: 'failed', source: 'zoom-phone' }, { state: 'delivered' }] as const) {
    const fits = await see(wanted);
    expect(fits.memos).toHaveLength(PAGE);
    expect(read).toHaveLength(SHARDS);
    expect(fits.lookedThrough).toBe(rows);
  }
  const none = await see({ state: 'failed', source: 'twilio' });
  expect([none.memos, none.lookedThrough, none.next]).toEqual([[], ROWS / 8, undefined]);
  const chat = await see({ q: CHAT.replace('5', '6') });
  expect([chat.memos, rows, chat.lookedThrough]).toEqual([[], 2000, 2000]);
  const person = await see({ number: '+12025550199', next: chat.next });
  const rest = ROWS + 1 - 2000; // includes the row from which the others were copied
  expect([person.memos, rows, person.lookedThrough]).toEqual([[], rest, rest]);
});

test('what is at a glance counts no further than a page in each part, reads two rows of each source, and a bounded part of each day', async () => {
  const sources = [...SOURCES, 'silent'];
  // A clock that stands: the counts are cached for some seconds.
  const nowMs = Date.now();
  const clock = { nowMs: () => nowMs };
  const keyValues = dynamodbKeyValueStore(client, { table: TABLE, clock });
  const overview = overviewOf({
    ledger,
    keyValues,
    queues: { depths: async () => ({ recordings: 0, memos: 0, deadLetters: 0 }) },
    seenSources: sourcesSeen({ ledger, keyValues, sources, configured: {}, clock }),
    clock,
  });
  const seen = await overview();
  expect(seen.waiting).toContainEqual({ state: 'failed', count: 51 });
  expect(seen.sources.map(({ lastAcceptedAt }) => lastAcceptedAt !== undefined)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
  expect(keysRead()).toBeLessThanOrEqual(SHARDS * (51 + 3 * SOURCES.length + 2 * 10 * 102));
  const ofDays = rows - 2 * SOURCES.length;
  // A row a second: all are of today and perhaps of yesterday. A page of a day reads one row more than it returns.
  expect(ofDays).toBeGreaterThanOrEqual(1000);
  expect(ofDays).toBeLessThanOrEqual(2 * 10 * 101);
  const counted = seen.days.map(({ figures }) => figures?.memos ?? 0).reduce((sum, memos) => sum + memos, 0);
  expect(counted).toBeGreaterThanOrEqual(1000);
  const before = [keysRead(), rows];
  await overview();
  expect([keysRead(), rows]).toEqual(before);
});
