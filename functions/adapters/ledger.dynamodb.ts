import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { AftercallError } from '../core/errors.ts';
import { isSettled, type Memo, mayMove } from '../core/memo.ts';
import type { Clock, Ledger, MemoFilter, Move, Receipt } from '../core/ports.ts';
import { isoTime } from '../core/timing.ts';

/**
 * The table of memos. Each move is one conditional write naming the state it leaves:
 *
 *   received ─▶ stored ─▶ sending ─▶ sent ─▶ delivered ─▶ read     (the last two from receipts)
 *      │          │ ▲        │ └──▶ unknown ─▶ sent | stored | parked ─▶ sent (a late receipt)
 *      │          │ └────────┤
 *      │          └──────────┴──▶ failed | skipped
 *      └─▶ unrouted | rejected
 *
 * A replay raises the turn and goes other ways: failed | rejected ─▶ stored | received, parked ─▶ unknown | stored,
 * unrouted ─▶ skipped (routed, under another id), and by force sent | delivered | read | skipped ─▶ stored.
 *
 * Rows: a memo under its id, of which after its time a tombstone is left; a claim under `once#…`; a receipt under
 * `receipt#<Linq's message>`, and what receipts named a memo under `witness#<memo>`. Indexes, each by creation: `newest`
 * (every memo), `by-call`, `by-source` and `by-state`.
 */
export const dynamodbLedger = (
  client: DynamoDBDocumentClient,
  { table, clock, detailsMs = DETAILS_MS }: { table: string; clock: Clock; detailsMs?: number },
): Ledger => {
  const get = async (id: string): Promise<Memo | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { pk: id }, ConsistentRead: true }));
    return Item && !Item.tombstone ? toMemo(Item) : undefined;
  };

  const expiry = (ms: number): number => Math.ceil((clock.nowMs() + ms) / 1000);

  return {
    get,

    async open({ id, state, recording, reason, ...given }) {
      const at = isoNow(clock);
      const memo: Memo = {
        v: 1,
        id,
        state,
        turn: 0,
        attempts: 0,
        cannotFetch: 0,
        recording,
        ...given,
        ...(reason && { reason }),
        history: [{ at, state, ...(reason && { reason }) }],
        createdAt: at,
        updatedAt: at,
        ...(!isSettled(state) && { dueAt: at }),
      };
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { pk: id, ...memo, ...indexes(memo), expiresAt: expiry(REMEMBERED_MS) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return memo;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Read again rather than ask for the old item with the failure: the local emulator does not return it.
        return get(id);
      }
    },

    async move(id, move) {
      if (!mayMove(move.from, move.to, move.turn !== undefined)) {
        throw new AftercallError('internal', `no memo moves from ${move.from} to ${move.to}`, { memo: id });
      }
      try {
        const { Attributes } = await client.send(
          new UpdateCommand({ TableName: table, Key: { pk: id }, ...update(move, clock), ReturnValues: 'ALL_NEW' }),
        );
        return Attributes && toMemo(Attributes);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },

    async claim(key, memo) {
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { pk: key, v: 1, memo, at: isoNow(clock), expiresAt: expiry(REMEMBERED_MS) },
            ConditionExpression: 'attribute_not_exists(pk) OR memo = :memo',
            ExpressionAttributeValues: { ':memo': memo },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    async list(filter, limit, next) {
      const { name, value } = partition(filter);
      const command = query(filter);
      const found: Record<string, unknown>[] = [];
      // With two filters the index serves one and the other is sieved: read on until the page is full.
      for (let start = next === undefined ? undefined : readCursor(next, name, value); ; ) {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            ...command,
            ScanIndexForward: false,
            Limit: limit + 1,
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        found.push(...Items);
        const last = found[limit - 1];
        const memos = found.slice(0, limit).map(toMemo);
        if (last && found.length > limit)
          return { memos, next: writeCursor({ pk: last.pk, at: last.at, [name]: value }) };
        if (!LastEvaluatedKey) return { memos };
        start = LastEvaluatedKey;
      }
    },

    async entomb(id) {
      const row = await get(id);
      if (!row) return;
      const { state, turn } = row;
      const item = { pk: id, v: 1, id, state, turn, tombstone: true, expiresAt: expiry(REMEMBERED_MS) };
      const put = new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: '#state = :state AND turn = :turn', // a replay may have woken it meanwhile
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': state, ':turn': turn },
      });
      await client.send(put).catch((error) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    },

    async addReceipt({ messageId, memo, ...events }) {
      if (memo) {
        await client.send(
          new UpdateCommand({
            TableName: table,
            Key: { pk: `witness#${memo}` },
            UpdateExpression: 'ADD messages :message SET v = :v, expiresAt = :expiresAt',
            ExpressionAttributeValues: { ':message': new Set([messageId]), ':v': 1, ':expiresAt': expiry(detailsMs) },
          }),
        );
      }
      const facts = Object.entries({ messageId, memo, ...events, v: 1, expiresAt: expiry(detailsMs) }).filter(
        ([, value]) => value !== undefined,
      );
      const { Attributes = {} } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: `receipt#${messageId}` },
          UpdateExpression: `SET ${facts.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(facts.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(facts.map(([name, value]) => [`:${name}`, value])),
          ReturnValues: 'ALL_NEW',
        }),
      );
      const { pk: _pk, v: _v, expiresAt: _expiresAt, ...receipt } = Attributes;
      return receipt as Receipt; // as it was written here, and typed then
    },

    async witnesses(memo) {
      const Key = { pk: `witness#${memo}` };
      const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
      return [...((Item?.messages as Set<string> | undefined) ?? [])]; // a string set, see above
    },
  };
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long the details of a memo and its receipts are kept. */
export const DETAILS_MS = 30 * DAY_MS;
/** Thirteen months: longer than anybody keeps an event to send it again. Details go sooner, by `tend`. */
const REMEMBERED_MS = 400 * DAY_MS;

const isoNow = (clock: Clock): string => isoTime(clock.nowMs());

const indexes = ({ id, createdAt, recording }: Memo) => ({
  listed: 'memo',
  at: `${createdAt}#${id}`,
  source: recording.source,
  ...(recording.callId && { call: recording.callId }),
});

/** The condition and the change of one move, as DynamoDB writes them. */
const update = (move: Move, clock: Clock) => {
  const at = isoNow(clock);
  const entry = { at, state: move.to, ...move.note };
  const told = move.from !== move.to || move.note !== undefined;
  const due = move.from !== move.to && !isSettled(move.to);
  const set: Record<string, unknown> = {
    state: move.to,
    ...(told && { updatedAt: at }),
    ...(due && { dueAt: at }),
    ...move.set,
  };
  if (move.note?.reason) set.reason = move.note.reason;
  if (move.turn !== undefined) set.turn = move.turn;
  const remove: string[] = [...(move.clear ?? [])];
  if (!move.note?.reason && move.from !== move.to) remove.push('reason');
  if (isSettled(move.to)) remove.push('dueAt');

  const names: Record<string, string> = { '#history': 'history', '#from': 'state' };
  const values: Record<string, unknown> = { ':from': move.from, ...(told && { ':entry': [entry] }) };
  const name = (field: string) => {
    names[`#${field}`] = field;
    return `#${field}`;
  };
  const value = (field: string, given: unknown) => {
    values[`:${field}`] = given;
    return `:${field}`;
  };
  const sets = Object.entries(set).map(([field, given]) => `${name(field)} = ${value(field, given)}`);
  const wheres = Object.entries(move.where ?? {}).map(
    ([field, given]) => `${name(field)} = ${value(`was_${field}`, given)}`,
  );
  if (told) sets.push('#history = list_append(#history, :entry)');
  if (move.turn !== undefined) wheres.push(`${name('turn')} < ${value('new_turn', move.turn)}`);
  return {
    UpdateExpression: `SET ${sets.join(', ')}` + (remove.length > 0 ? ` REMOVE ${remove.map(name).join(', ')}` : ''),
    // A tombstone has a state and no history: nothing moves it.
    ConditionExpression: ['#from = :from', 'attribute_exists(#history)', ...wheres].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

/** The index that a list reads, by its partition key, and the one partition of it: the rarest given filter chooses. */
const partition = ({ callId, state, source }: MemoFilter) => {
  if (callId) return { index: 'by-call', name: 'call', value: callId };
  if (state) return { index: 'by-state', name: 'state', value: state };
  if (source) return { index: 'by-source', name: 'source', value: source };
  return { index: 'newest', name: 'listed', value: 'memo' };
};

/** One partition, between two times of creation, and what else is asked for as a sieve. */
const query = (filter: MemoFilter) => {
  const { index, name, value } = partition(filter);
  const { state, source, since, until, dueBefore } = filter;
  const names: Record<string, string> = { [`#${name}`]: name };
  const values: Record<string, unknown> = { [`:${name}`]: value };
  const where = (field: string, comparison: string, key: string, given: unknown) => {
    names[`#${field}`] = field;
    values[`:${key}`] = given;
    return `#${field} ${comparison} :${key}`;
  };
  const keys = [`#${name} = :${name}`];
  // A row's `at` is its time and its id: the bare time lies before every row of that moment.
  if (since && until) keys.push(`${where('at', 'BETWEEN', 'since', since)} AND :until`);
  else if (since) keys.push(where('at', '>=', 'since', since));
  else if (until) keys.push(where('at', '<', 'until', until));
  if (since && until) values[':until'] = until;
  const sieves = Object.entries({ state, source })
    .filter(([field, given]) => given && field !== name)
    .map(([field, given]) => where(field, '=', field, given));
  if (dueBefore) sieves.push(where('dueAt', '<', 'due', dueBefore));
  return {
    IndexName: index,
    KeyConditionExpression: keys.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ...(sieves.length > 0 && { FilterExpression: sieves.join(' AND ') }),
  };
};

/** Rows are ours alone and were typed when they were written; the index fields fall off here. */
const toMemo = ({
  pk: _pk,
  listed: _listed,
  at: _at,
  source: _source,
  call: _call,
  expiresAt: _expiresAt,
  ...row
}: Record<string, unknown>): Memo => row as unknown as Memo;

const writeCursor = (key: Record<string, unknown>): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** A cursor reads on in the list that gave it, and in no other: DynamoDB's own refusal would look like our fault. */
const readCursor = (cursor: string, name: string, value: string): Record<string, string> => {
  const key = z.strictObject({ pk: z.string().min(1), at: z.string().min(1), [name]: z.literal(value) });
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new AftercallError('unreadable', 'next: not a cursor of ours');
  }
};
