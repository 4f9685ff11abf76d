import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { AftercallError } from '../core/model/errors.ts';
import { HISTORY, historyEntry } from '../core/model/history.ts';
import { isFinal, isReadable, type Memo, mayMove } from '../core/model/memo.ts';
import { RETENTION_DAYS, retentionMs } from '../core/model/retention.ts';
import { DAY_MS, isoTime } from '../core/model/timing.ts';
import type { Clock, Ledger } from '../core/ports/ports.ts';
import { countRows, listRows } from './ledger.dynamodb-list.ts';
import { hasEntry, update } from './ledger.dynamodb-move.ts';
import { dynamodbReceipts } from './ledger.dynamodb-receipts.ts';

/**
 * The table of memos. Each move is one conditional write naming the state it leaves:
 *
 *   received ─▶ stored ◀─▶ sending ─▶ sent ─▶ delivered ─▶ read      (by receipts; also sent ─▶ read)
 *      │          │           ├─▶ unknown ─▶ sent | stored | parked  (by asking Linq)
 *      │          ├───────────┴─▶ parked                             (given up by its queue, or nobody can tell)
 *      ├──────────┼───────────┬─▶ failed | skipped
 *      ├──────────┴─▶ unrouted
 *      └─▶ rejected
 *
 * After a POST, a receipt that names the memo moves it to sent from stored, sending, unknown, parked, failed, skipped
 * and unrouted.
 *
 * A replay raises the generation and makes other moves: rejected ─▶ received, failed ─▶ received | stored, unrouted ─▶ stored,
 * parked ─▶ unknown, or with force stored; with force sent | delivered | read | skipped ─▶ stored; and unrouted | rejected | failed ─▶
 * skipped once a memo without a target is routed, under another id. `MOVES` and `REPLAYS` in core/model/memo.ts decide.
 *
 * Rows: memos under their ids, later their tombstones; and the claims, receipts and entries whose keys are in
 * core/model/keys.ts. Indexes, each by creation: `newest` (every memo), `by-call`, `by-source` and `by-state`.
 */
export const dynamodbLedger = (
  client: DynamoDBDocumentClient,
  { table, clock, detailsMs = retentionMs(RETENTION_DAYS.usual) }: { table: string; clock: Clock; detailsMs?: number },
): Ledger => {
  const get = async (id: string): Promise<Memo | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { pk: id }, ConsistentRead: true }));
    if (!Item || Item.tombstone) return undefined;
    return toMemo(Item);
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
        generation: 0,
        attempts: 0,
        cannotFetch: 0,
        recording,
        ...given,
        ...(reason && { reason }),
        history: [historyEntry({ to: state, ...(reason && { note: { reason } }) }, at)],
        createdAt: at,
        updatedAt: at,
        ...(!isFinal(state) && { dueAt: at }),
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
        // The row is read again, since the local emulator does not return the old item with the failure.
        return get(id);
      }
    },

    async move(id, move) {
      if (!mayMove(move.from, move.to, move.generation !== undefined)) {
        throw new AftercallError('internal', `no memo moves from ${move.from} to ${move.to}`, { memo: id });
      }
      const write = async (full: boolean): Promise<Memo | undefined> => {
        try {
          const { Attributes } = await client.send(
            new UpdateCommand({
              TableName: table,
              Key: { pk: id },
              ...update(move, isoNow(clock), full),
              ReturnValues: 'ALL_NEW',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          );
          return Attributes && toMemo(Attributes);
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          return !full && hasEntry(move) && mayBeFull(error) ? write(true) : undefined;
        }
      };
      return write(false);
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
      const page = await listRows(client, table, filter, limit, next);
      const later = page.memos.flatMap((row) => (isReadable(row) ? [] : [String(row.pk)]));
      return {
        ...page,
        memos: page.memos.filter(isReadable).map(toMemo),
        ...(later.length > 0 && { laterVersions: later }),
      };
    },

    count: (filter, most) => countRows(client, table, filter, most),

    async leaveTombstone(id, seen) {
      const row = seen ?? (await get(id));
      if (!row) return true;
      const { state, generation } = row;
      const item = { pk: id, v: 1, id, state, generation, tombstone: true, expiresAt: expiry(REMEMBERED_MS) };
      const put = new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: '#state = :state AND generation = :generation', // a replay may have changed the row meanwhile
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': state, ':generation': generation },
      });
      try {
        await client.send(put);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return (await get(id)) === undefined;
        throw error;
      }
    },

    ...dynamodbReceipts(client, { table, clock, keepMs: detailsMs }),
  };
};

/** Thirteen months: longer than any source repeats an event. `tend` deletes the details sooner. */
const REMEMBERED_MS = 400 * DAY_MS;

/** Whether a move may have failed only because the history is full. The local emulator does not return the row. */
const mayBeFull = ({ Item }: ConditionalCheckFailedException): boolean =>
  Item === undefined || (Item.history?.L?.length ?? 0) >= HISTORY.most;

const isoNow = (clock: Clock): string => isoTime(clock.nowMs());

const indexes = ({ id, createdAt, recording }: Memo) => ({
  listed: 'memo',
  at: `${createdAt}#${id}`,
  source: recording.source,
  ...(recording.callId && { call: recording.callId }),
});

/**
 * A row without its index fields. Only this code writes rows, so a row of this version has the type that it was written
 * with.
 * @throws AftercallError `later_version`
 */
const toMemo = ({
  pk,
  listed: _listed,
  at: _at,
  source: _source,
  call: _call,
  expiresAt: _expiresAt,
  ...row
}: Record<string, unknown>): Memo => {
  if (isReadable(row)) return row as unknown as Memo;
  throw new AftercallError(
    'later_version',
    `a later version of Aftercall wrote this memo's row (v ${row.v}, state ${row.state}): deploy that version again`,
    { memo: String(pk) },
  );
};
