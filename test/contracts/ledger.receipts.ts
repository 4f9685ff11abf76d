import { describe, expect, test } from 'vitest';
import type { Ledger, Receipt } from '../../functions/core/ports/ports.ts';
import type { Prepare } from './ledger.home.ts';

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

/** The ledger's contract for what Linq reports about a message. */
export const receiptsContract = (prepare: Prepare) => {
  let messages = 0;
  const message = () => `message-${++messages}`;

  describe('addReceipt', () => {
    const facts = [{ sent: 't1', memo: 'm' }, { delivered: 't2' }, { read: 't3' }, { failed: 't4', reason: '4001' }];

    test('in whatever order, and repeated, what was told is kept, and all of it is answered', async () => {
      const { ledger } = await prepare();
      for (const order of permutations(facts)) {
        const messageId = message();
        let known: Receipt = { messageId };
        for (const fact of [...order, ...order]) {
          known = { ...known, ...fact };
          expect(await ledger.addReceipt({ messageId, ...fact })).toEqual(known);
        }
      }
    });

    test('the first value of a field stays', async () => {
      const { ledger } = await prepare();
      const messageId = message();
      await ledger.addReceipt({ messageId, delivered: 'first', reason: 'first' });
      const receipt = await ledger.addReceipt({ messageId, delivered: 'second', reason: 'second', read: 'first' });
      expect(receipt).toEqual({ messageId, delivered: 'first', reason: 'first', read: 'first' });
    });

    test('the memo, once it is known, is kept', async () => {
      const { ledger, id } = await prepare();
      const messageId = message();
      expect(await ledger.addReceipt({ messageId, delivered: 't' })).not.toHaveProperty('memo');
      expect(await ledger.addReceipt({ messageId, memo: id })).toMatchObject({ memo: id, delivered: 't' });
      expect(await ledger.addReceipt({ messageId, memo: 'another' })).toMatchObject({ memo: id });
      expect(await ledger.addReceipt({ messageId })).toEqual({ messageId, memo: id, delivered: 't' });
    });

    test('lack a message that the row has, until a receipt names it without saying so', async () => {
      const { ledger, id } = await prepare();
      const messageId = message();
      expect(await ledger.addReceipt({ messageId, memo: id, sent: 't' }, 'in-row')).toMatchObject({ memo: id });
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([]);
      expect(await ledger.receipt(messageId)).toMatchObject({ memo: id, sent: 't' });
      await ledger.addReceipt({ messageId, memo: id, sent: 't' });
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([{ messageId }]);
    });

    test('of many at once none is lost', async () => {
      const { ledger } = await prepare();
      const messageId = message();
      await Promise.all([...facts, ...facts].map((fact) => ledger.addReceipt({ messageId, ...fact })));
      expect(await ledger.addReceipt({ messageId })).toEqual(Object.assign({ messageId }, ...facts));
    });

    test('says nothing of another message, and makes no memo', async () => {
      const { ledger, id } = await prepare();
      const [one, other] = [message(), message()];
      await ledger.addReceipt({ messageId: one, memo: `${id}-unknown`, sent: 't' });
      expect(await ledger.addReceipt({ messageId: other })).toEqual({ messageId: other });
      expect(await ledger.get(`${id}-unknown`)).toBeUndefined();
      const { memos } = await ledger.list({}, 1000);
      expect(memos.filter((memo) => memo.recording === undefined)).toEqual([]);
    });
  });

  describe('receipt', () => {
    test('is all that is known of a message, and nothing of one that nobody has named', async () => {
      const { ledger, id } = await prepare();
      const [one, other] = [message(), message()];
      expect(await ledger.receipt(one)).toBeUndefined();
      await ledger.addReceipt({ messageId: one, memo: id, sent: 'first' });
      const known = await ledger.addReceipt({ messageId: one, failed: 'second', reason: '3001 no route' });
      expect(await ledger.receipt(one)).toEqual(known);
      expect(known).toEqual({ messageId: one, memo: id, sent: 'first', failed: 'second', reason: '3001 no route' });
      expect(await ledger.receipt(other)).toBeUndefined();
    });
  });

  const named = async (ledger: Ledger, id: string) =>
    (await ledger.messageIdsFromReceipts(id)).map(({ messageId }) => messageId).sort();

  describe('messageIdsFromReceipts', () => {
    test('are the messages that receipts have named as carrying the memo, each once', async () => {
      const { ledger, id } = await prepare();
      const [one, other] = [message(), message()];
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([]);
      for (const messageId of [one, other, one]) await ledger.addReceipt({ messageId, memo: id, sent: 't' });
      await ledger.addReceipt({ messageId: message(), sent: 't' });
      await ledger.addReceipt({ messageId: message(), memo: `${id}-2`, sent: 't' });
      expect(await named(ledger, id)).toEqual([one, other].sort());
    });

    test('are known as soon as a receipt that came before the name is named', async () => {
      const { ledger, id } = await prepare();
      const messageId = message();
      await ledger.addReceipt({ messageId, delivered: 't' });
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([]);
      await ledger.addReceipt({ messageId, memo: id });
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([{ messageId }]);
    });

    test('say in which chat Linq has the message, and nothing of a chat where we know the message ourselves', async () => {
      const { ledger, id } = await prepare();
      const [one, other] = [message(), message()];
      await ledger.addReceipt({ messageId: one, memo: id, chat: 'a', sent: 't' });
      await ledger.addReceipt({ messageId: one, memo: id, chat: 'a', delivered: 't' });
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([{ messageId: one, chat: 'a' }]);
      for (const chat of [{ chat: 'b' }, {}, { chat: 'b' }])
        await ledger.addReceipt({ messageId: other, memo: id, ...chat });
      expect(await ledger.messageIdsFromReceipts(id)).toHaveLength(2);
      expect(await ledger.messageIdsFromReceipts(id)).toContainEqual({ messageId: other });
    });

    test('of many at once none is lost', async () => {
      const { ledger, id } = await prepare();
      const ids = Array.from({ length: 10 }, message);
      await Promise.all(ids.map((messageId) => ledger.addReceipt({ messageId, memo: id })));
      expect(await named(ledger, id)).toEqual(ids.sort());
    });
  });
  describe('forgetReceipts', () => {
    test('leaves nothing to be read of a memo, of its messages, and of those that receipts have named', async () => {
      const { ledger, id } = await prepare();
      const [one, named, other] = [message(), message(), message()];
      await ledger.addReceipt({ messageId: one, read: 't' });
      await ledger.addReceipt({ messageId: named, memo: id, delivered: 't' });
      await ledger.addReceipt({ messageId: other, memo: `${id}-other`, delivered: 't' });
      await ledger.forgetReceipts(id, [one]);
      expect(await ledger.receipt(one)).toBeUndefined();
      expect(await ledger.receipt(named)).toBeUndefined();
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([]);
      expect(await ledger.receipt(other)).toMatchObject({ delivered: 't' });
      expect(await ledger.messageIdsFromReceipts(`${id}-other`)).toEqual([{ messageId: other }]);
    });

    test('of what nobody has spoken of does nothing, also twice', async () => {
      const { ledger, id } = await prepare();
      for (let times = 0; times < 2; times += 1) await ledger.forgetReceipts(id, [message()]);
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([]);
    });
  });
};
