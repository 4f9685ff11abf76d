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
import { type Memo, MOVES } from '../core/memo.ts';
import type { Clock, Ledger, MemoFilter, Move } from '../core/ports.ts';

/**
 * The table of memos. Each move is one conditional write naming the state it leaves:
 *
 *   received ─▶ stored ─▶ sending ─▶ sent ─▶ delivered ─▶ read     (the last two from receipts)
 *      │          │ ▲        │ └──▶ unknown ─▶ sent | stored | parked
 *      │          │ └────────┤
 *      │          └──────────┴──▶ failed | skipped
 *      └─▶ unrouted | rejected
 *
 * Rows: a memo under its id; a claim under `once#…`. Indexes, each by creation: `newest` (every memo), `by-call`,
 * `by-source` and `by-state`.
 */
export const dynamodbLedger = (
  client: DynamoDBDocumentClient,
  { table, clock, retentionMs = 30 * DAY_MS }: { table: string; clock: Clock; retentionMs?: number },
): Ledger => {
  const get = async (id: string): Promise<Memo | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { pk: id }, ConsistentRead: true }));
    return Item && toMemo(Item);
  };

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
      };
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { pk: id, ...memo, ...indexes(memo), expiresAt: Math.ceil((clock.nowMs() + retentionMs) / 1000) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
        return memo;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Read again rather than ask for the old item with the failure: the local emulator does not return it.
        const there = await get(id);
        if (there) return there;
        throw error;
      }
    },

    async move(id, move) {
      if (!MOVES[move.from].includes(move.to)) {
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
            Item: { pk: key, v: 1, memo, at: isoNow(clock), expiresAt: Math.ceil((clock.nowMs() + CLAIM_MS) / 1000) },
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
  };
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** Thirteen months: longer than anybody keeps an event to send it again. */
const CLAIM_MS = 400 * DAY_MS;

const isoNow = (clock: Clock): string => new Date(clock.nowMs()).toISOString();

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
  const set: Record<string, unknown> = { state: move.to, updatedAt: at, ...move.set };
  if (move.note?.reason) set.reason = move.note.reason;
  const remove: string[] = [...(move.clear ?? [])];
  if (!move.note?.reason && move.from !== move.to) remove.push('reason');

  const names: Record<string, string> = { '#history': 'history', '#from': 'state' };
  const values: Record<string, unknown> = { ':from': move.from, ':entry': [entry] };
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
  return {
    UpdateExpression:
      `SET ${[...sets, '#history = list_append(#history, :entry)'].join(', ')}` +
      (remove.length > 0 ? ` REMOVE ${remove.map(name).join(', ')}` : ''),
    ConditionExpression: ['#from = :from', ...wheres].join(' AND '),
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

/** One partition, and what else is asked for as a sieve. */
const query = (filter: MemoFilter) => {
  const { index, name, value } = partition(filter);
  const { state, source } = filter;
  const others = Object.entries({ state, source }).filter(([field, given]) => given && field !== name);
  return {
    IndexName: index,
    KeyConditionExpression: `#${name} = :${name}`,
    ExpressionAttributeNames: Object.fromEntries([name, ...others.map(([field]) => field)].map((f) => [`#${f}`, f])),
    ExpressionAttributeValues: Object.fromEntries([[name, value], ...others].map(([f, given]) => [`:${f}`, given])),
    ...(others.length > 0 && { FilterExpression: others.map(([field]) => `#${field} = :${field}`).join(' AND ') }),
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
