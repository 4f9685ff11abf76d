import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import {
  readMessage,
  sendMessageSchema,
  storeMessageSchema,
  tendMessageSchema,
} from '../../functions/core/model/messages.ts';
import type { Ledger } from '../../functions/core/ports/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { type DynamodbHome, dynamodbHome } from '../fakes/dynamodb.ts';
import { aRecording } from '../fakes/examples.ts';
import { messagesOfToday } from './messages-of-today.ts';
import { rowsOfToday } from './rows-of-today.ts';

// The formats are frozen. A fixture is what version 1 wrote, and is never changed: if a test here fails, a change of the
// code needs a new version. docs/upgrade.md says how.

type Row = Record<string, unknown> & { pk: string };
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/formats/v1/${name}`, import.meta.url), 'utf8'));
const rows: Record<string, Row> = read('rows.json');
const messages: Record<string, Record<string, unknown>> = read('messages.json');

const clock = manualClock('2026-11-30T10:01:00.000Z');
let home: DynamodbHome;
let ledger: Ledger;
beforeAll(async () => {
  home = await dynamodbHome();
  ledger = home.ledger(clock);
});
afterAll(() => home.stop());

test('this code writes rows in the format of version 1', async () => {
  expect(await rowsOfToday(home)).toEqual(rows);
});

test('there is a row of each kind of key', () => {
  const code = readFileSync(new URL('../../functions/core/model/keys.ts', import.meta.url), 'utf8');
  const kinds = [...code.matchAll(/`([a-z-]+)#\$/g)].map(([, kind]) => kind);
  expect(kinds.length).toBeGreaterThan(14);
  const keys = Object.values(rows).map(({ pk }) => pk.split('#')[0]);
  // A stop has its suppressor in the key, and a place is one of two kinds.
  expect(kinds.filter((kind) => !keys.includes(kind))).toEqual([]);
});

test('this code writes messages in the format of version 1', () => {
  expect(messagesOfToday()).toEqual(messages);
});

/** A row as the table has it, with its sets. */
const inTable = (row: unknown): Row =>
  JSON.parse(JSON.stringify(row), (_, value) => (value?.set ? new Set(value.set) : value));

describe('rows of version 1 are read', () => {
  const entries = () => dynamodbKeyValueStore(home.documents, { table: home.table, clock });
  beforeAll(async () => {
    for (const row of Object.values(rows)) await home.put(inTable(row));
  });

  test('memos by their ids and in each list, and tombstones as nothing', async () => {
    for (const row of Object.values(rows).filter(({ history }) => history !== undefined)) {
      const { pk, expiresAt, listed, at, source, call, stateGroup, dueKey, ...memo } = row;
      expect(await ledger.get(pk)).toEqual(memo);
      const { state, recording } = memo as unknown as Memo;
      for (const filter of [{ state }, { source: recording.source }, { callId: recording.callId ?? '' }, {}])
        expect((await ledger.list(filter, 100)).memos, JSON.stringify(filter)).toContainEqual(memo);
    }
    expect(await ledger.get(rows.tombstone?.pk ?? '')).toBeUndefined();
    const due: string[] = [];
    for (let next: string | undefined; ; ) {
      const page = await ledger.due('2027-01-01', 100, next);
      due.push(...page.memos.map(({ id }) => id));
      if (page.next === undefined) break;
      next = page.next;
    }
    const open = ['received', 'waiting', 'sending', 'unknown', 'replayed'].map((kind) => rows[kind]?.pk);
    expect(due.sort()).toEqual(open.sort());
  });

  test('claims and receipts', async () => {
    const [sent = ''] = [rows.sent?.pk];
    expect(await ledger.claim(rows.once?.pk ?? '', sent)).toBe(true);
    expect(await ledger.claim(rows.once?.pk ?? '', 'another')).toBe(false);
    const { pk, v, expiresAt, ...receipt } = rows.receipt as Row;
    expect(await ledger.receipt(String(receipt.messageId))).toEqual(receipt);
    expect(await ledger.messageIdsFromReceipts(sent)).toContainEqual({
      messageId: receipt.messageId,
      chat: receipt.chat,
    });
  });

  test('entries, and the place that a run holds', async () => {
    for (const { pk, facts } of Object.values(rows).filter((row) => row.facts))
      expect(await entries().read(pk)).toEqual(facts);
    expect(await entries().take(rows.place?.pk ?? '', 'another', 1000)).toBe(false);
    const day = rows['memos of a day']?.pk ?? '';
    expect(await entries().join(day, 'another', 1, 1000)).toBe(false);
    expect(await entries().join(day, rows.sent?.pk ?? '', 1, 1000)).toBe(true);
  });
});

describe('rows of the next version are neither read nor changed', () => {
  const later = { code: 'later_version' };
  const plant = async (kind: string): Promise<Row> => {
    const row = { ...inTable(rows[kind]), pk: `${rows[kind]?.pk}-later`, v: 2, expiresAt: 4_000_000_000 };
    await home.put(row);
    return row;
  };

  test.each(['received', 'sent'])('the memo of the kind %s', async (kind) => {
    const row = await plant(kind);
    const { state } = row as unknown as Memo;
    await expect(ledger.get(row.pk)).rejects.toMatchObject(later);
    await expect(ledger.open({ id: row.pk, state: 'received', recording: aRecording() })).rejects.toMatchObject(later);
    expect(await ledger.move(row.pk, { from: state, to: state, set: { attempts: 7 } })).toBeUndefined();
    await expect(ledger.leaveTombstone(row.pk, { state, generation: 0 })).rejects.toMatchObject(later);
    expect(await home.item(row.pk)).toEqual(row);
  });

  test('the claim', async () => {
    const row = await plant('once');
    for (const memo of [String(row.memo), 'another'])
      await expect(ledger.claim(row.pk, memo)).rejects.toMatchObject(later);
    expect(await home.item(row.pk)).toEqual(row);
  });

  test('the receipt, and the list of a memo’s messages', async () => {
    const [receipt, list] = [await plant('receipt'), await plant('messages of a memo')];
    const messageId = receipt.pk.slice('receipt#'.length);
    const memo = list.pk.slice('message-ids#'.length);
    await expect(ledger.receipt(messageId)).rejects.toMatchObject(later);
    await expect(ledger.addReceipt({ messageId, sent: 't' })).rejects.toMatchObject(later);
    await expect(ledger.addReceipt({ messageId: 'new', memo, sent: 't' })).rejects.toMatchObject(later);
    await expect(ledger.messageIdsFromReceipts(memo)).rejects.toMatchObject(later);
    expect([await home.item(receipt.pk), await home.item(list.pk)]).toEqual([receipt, list]);
  });

  test('the entry, the place and the list of a day', async () => {
    const keyValues = dynamodbKeyValueStore(home.documents, { table: home.table, clock });
    const [entry, place, day] = [await plant('stop by hand'), await plant('place'), await plant('memos of a day')];
    await expect(keyValues.read(entry.pk)).rejects.toMatchObject(later);
    await expect(keyValues.readAll([entry.pk])).rejects.toMatchObject(later);
    await expect(keyValues.write(entry.pk, {}, 1000)).rejects.toMatchObject(later);
    await expect(keyValues.remove(entry.pk)).rejects.toMatchObject(later);
    expect(await keyValues.take(place.pk, 'another', 1000)).toBe(false);
    await expect(keyValues.join(day.pk, 'm', 9, 1000)).rejects.toMatchObject(later);
    for (const row of [entry, place, day]) expect(await home.item(row.pk)).toEqual(row);
  });
});

describe('messages', () => {
  const consumers = { 'recordings.fifo': storeMessageSchema, 'memos.fifo': sendMessageSchema };
  const all = Object.entries(messages).flatMap(([queue, kinds]) =>
    Object.entries(kinds).map(([kind, message]) => [queue, kind, message] as const),
  );

  test.each(all)('on %s, %s: read as it is, by its consumer and from the dead letters', (queue, _, message) => {
    const schemas = [consumers[queue as keyof typeof consumers], tendMessageSchema];
    for (const schema of schemas)
      expect(readMessage<unknown>(schema, JSON.stringify(message))).toEqual({ kind: 'known', message });
  });

  test.each(all)('on %s, %s: of a later version it waits for the code that knows it', (queue, _, message) => {
    const schemas = [consumers[queue as keyof typeof consumers], tendMessageSchema];
    for (const later of [
      { ...Object(message), v: 3 },
      { ...Object(message), v: 3, memo: { id: 7 }, recording: 'x' },
    ])
      for (const schema of schemas)
        expect(readMessage<unknown>(schema, JSON.stringify(later))).toEqual({ kind: 'later-version' });
  });
});
