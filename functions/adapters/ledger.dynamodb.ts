import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { AftercallError } from '../core/model/errors.ts';
import { historyEntry } from '../core/model/history.ts';
import { isFinal, isReadable, type Memo, mayMove } from '../core/model/memo.ts';
import { RETENTION_DAYS, retentionMs } from '../core/model/retention.ts';
import { DAY_MS, isoTime } from '../core/model/timing.ts';
import type { Clock, Ledger } from '../core/ports/ports.ts';
import { laterVersion, mustBeOfThisVersion, OF_THIS_VERSION, ROW_VERSION } from './dynamodb-version.ts';
import { dueRows, isDue } from './ledger.dynamodb-due.ts';
import { INDEX_FIELDS, indexFields } from './ledger.dynamodb-indexes.ts';
import { countRows, listRows } from './ledger.dynamodb-list.ts';
import { mayFit, update, type Variant, variantsOf } from './ledger.dynamodb-move.ts';
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
 * core/model/keys.ts. The indexes are in `ledger.dynamodb-indexes.ts`.
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
            Item: { pk: id, ...memo, ...indexFields(memo), expiresAt: expiry(REMEMBERED_MS) },
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
      const at = isoNow(clock);
      let variants: readonly Variant[] = variantsOf(move);
      for (let variant = variants[0]; variant; variant = variants[0]) {
        try {
          const { Attributes } = await client.send(
            new UpdateCommand({
              TableName: table,
              Key: { pk: id },
              ...update(id, move, at, variant),
              ReturnValues: 'ALL_NEW',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          );
          return Attributes && toMemo(Attributes);
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          const { Item } = error;
          variants = variants.slice(1).filter((other) => mayFit(other, { id, move, at }, Item));
        }
      }
      return undefined;
    },

    async claim(key, memo) {
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { pk: key, v: ROW_VERSION, memo, at: isoNow(clock), expiresAt: expiry(REMEMBERED_MS) },
            ConditionExpression: `attribute_not_exists(pk) OR (memo = :memo AND ${OF_THIS_VERSION})`,
            ExpressionAttributeValues: { ':memo': memo, ':v': ROW_VERSION },
          }),
        );
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const { Item } = await client.send(
          new GetCommand({ TableName: table, Key: { pk: key }, ConsistentRead: true }),
        );
        mustBeOfThisVersion(Item);
        return false;
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

    async due(before, limit, next) {
      const page = await dueRows(client, table, before, limit, next);
      const later = page.rows.flatMap((row) => (isReadable(row) ? [] : [String(row.pk)]));
      return {
        memos: page.rows.flatMap((row) => (isReadable(row) && isDue(row, before) ? [toMemo(row)] : [])),
        ...(later.length > 0 && { laterVersions: later }),
        ...(page.next !== undefined && { next: page.next }),
      };
    },

    count: (filter, most) => countRows(client, table, filter, most),

    async leaveTombstone(id, seen) {
      const row = seen ?? (await get(id));
      if (!row) return true;
      const { state, generation } = row;
      const item = { pk: id, v: ROW_VERSION, id, state, generation, tombstone: true, expiresAt: expiry(REMEMBERED_MS) };
      const put = new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: '#state = :state AND generation = :generation AND v = :v', // a replay may have changed the row meanwhile
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': state, ':generation': generation, ':v': ROW_VERSION },
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

const isoNow = (clock: Clock): string => isoTime(clock.nowMs());

/**
 * A row without its index fields. Only this code writes rows, so a row of this version has the type that it was written
 * with.
 * @throws AftercallError `later_version`
 */
const toMemo = ({ pk, expiresAt: _expiresAt, ...row }: Record<string, unknown>): Memo => {
  for (const field of INDEX_FIELDS) delete row[field];
  if (isReadable(row)) return row as unknown as Memo;
  throw laterVersion(String(pk), `v ${row.v}, state ${row.state}`);
};
