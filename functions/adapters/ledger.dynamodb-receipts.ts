import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { messageIdsKey, receiptKey } from '../core/model/keys.ts';
import type { Clock, Ledger, Receipt } from '../core/ports/ports.ts';
import { laterVersion, mustBeOfThisVersion, OF_THIS_VERSION, ROW_VERSION } from './dynamodb-version.ts';

type Receipts = Pick<Ledger, 'addReceipt' | 'receipt' | 'messageIdsFromReceipts' | 'forgetReceipts'>;

/**
 * Receipts: one row for each of Linq's messages, and one row for each memo with the messages that carry it.
 * @param keepMs how long receipts are kept: as long as a memo's details
 */
export const dynamodbReceipts = (
  client: DynamoDBDocumentClient,
  { table, clock, keepMs }: { table: string; clock: Clock; keepMs: number },
): Receipts => {
  const expiresAt = (): number => Math.ceil((clock.nowMs() + keepMs) / 1000);

  const written = async (pk: string, command: UpdateCommand) => {
    try {
      return await client.send(command);
    } catch (error) {
      throw error instanceof ConditionalCheckFailedException ? laterVersion(pk, 'a receipt') : error;
    }
  };

  const messageIdsFromReceipts = async (memo: string): Promise<Pick<Receipt, 'messageId' | 'chat'>[]> => {
    const Key = { pk: messageIdsKey(memo) };
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    mustBeOfThisVersion(Item);
    const members = [...((Item?.messages as Set<string> | undefined) ?? [])].map(fromMember); // a string set, see `addReceipt`
    const bound = new Set(members.filter(({ chat }) => chat === undefined).map(({ messageId }) => messageId));
    return members.filter(({ messageId, chat }) => chat === undefined || !bound.has(messageId)); // each message once
  };

  return {
    async addReceipt({ messageId, memo, chat, ...events }, inRow) {
      if (memo && !inRow) {
        await written(
          messageIdsKey(memo),
          new UpdateCommand({
            TableName: table,
            Key: { pk: messageIdsKey(memo) },
            UpdateExpression: 'ADD messages :message SET v = :v, expiresAt = :expiresAt',
            ConditionExpression: OF_THIS_VERSION,
            ExpressionAttributeValues: {
              ':message': new Set([toMember({ messageId, ...(chat && { chat }) })]),
              ':v': ROW_VERSION,
              ':expiresAt': expiresAt(),
            },
          }),
        );
      }
      const facts = Object.entries({ messageId, memo, chat, ...events, v: ROW_VERSION, expiresAt: expiresAt() }).filter(
        ([, value]) => value !== undefined,
      );
      const { Attributes = {} } = await written(
        receiptKey(messageId),
        new UpdateCommand({
          TableName: table,
          Key: { pk: receiptKey(messageId) },
          UpdateExpression: `SET ${facts.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ')}`,
          ConditionExpression: OF_THIS_VERSION,
          ExpressionAttributeNames: Object.fromEntries(facts.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(facts.map(([name, value]) => [`:${name}`, value])),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return toReceipt(Attributes);
    },

    async receipt(messageId) {
      const Key = { pk: receiptKey(messageId) };
      const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
      mustBeOfThisVersion(Item);
      return Item?.messageId ? toReceipt(Item) : undefined; // a forgotten receipt has no message id
    },

    messageIdsFromReceipts,

    async forgetReceipts(memo, messages) {
      const listed = (await messageIdsFromReceipts(memo)).map(({ messageId }) => messageId);
      const keys = [...(listed.length > 0 ? [messageIdsKey(memo)] : []), ...[...messages, ...listed].map(receiptKey)];
      // Written as expired, so that no function needs the permission to delete a row.
      const expiresAt = Math.floor(clock.nowMs() / 1000);
      const puts = [...new Set(keys)].map(
        (pk) => new PutCommand({ TableName: table, Item: { pk, v: ROW_VERSION, expiresAt } }),
      );
      await Promise.all(puts.map((put) => client.send(put)));
    },
  };
};

/** A message that carries a memo, and its chat. Without a chat, the message is known from our own POST. */
const toMember = ({ messageId, chat }: Pick<Receipt, 'messageId' | 'chat'>): string =>
  chat ? `${messageId}\n${chat}` : messageId;
const fromMember = (member: string): Pick<Receipt, 'messageId' | 'chat'> => {
  const [messageId = member, chat] = member.split('\n');
  return { messageId, ...(chat && { chat }) };
};

/** A receipt as `addReceipt` wrote it, typed there. */
const toReceipt = ({ pk: _pk, v: _v, expiresAt: _expiresAt, ...receipt }: Record<string, unknown>): Receipt =>
  receipt as unknown as Receipt;
