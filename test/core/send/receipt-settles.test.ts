import { describe, expect, test } from 'vitest';
import { type MemoState, partId } from '../../../functions/core/model/memo.ts';
import { applyReceipt } from '../../../functions/core/send/apply-receipt.ts';
import { CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { DONE, ID, sendStep } from '../../fakes/send-step.ts';
import { UNKNOWN } from './past.ts';

describe('a receipt settles what was posted, in whatever state its row is by then', () => {
  const at = async (state: MemoState, id = ID) => {
    const step = await sendStep();
    const { ledger } = step;
    await ledger.move(id, { from: 'stored', to: 'sending', set: { attempts: 1, chat: CHAT, token: 't' } });
    if (state === 'unrouted') {
      await ledger.move(id, { from: 'sending', to: 'stored' });
      await ledger.move(id, { from: 'stored', to: 'unrouted' });
    } else if (state !== 'sending') await ledger.move(id, { from: 'sending', to: state });
    return step;
  };

  test.each<MemoState>(['stored', 'sending', 'unknown', 'parked', 'failed', 'skipped', 'unrouted'])(
    '%s',
    async (state) => {
      const step = await at(state);
      await applyReceipt(step)({ messageId: 'm1', memo: ID, chat: CHAT, read: step.clock.iso() });
      const row = await step.memo();
      expect(row).toMatchObject({ state: 'read', linq: { messageId: 'm1' } });
      for (const gone of ['token', 'dueAt', 'unknownSince', 'ownFaultSince']) expect(row).not.toHaveProperty(gone);
      expect(await step.deliver()).toMatchObject({ kind: 'done' });
      expect(step.messenger.posts).toEqual([]);
    },
  );

  test.each<MemoState>(['stored', 'sending', 'unknown', 'parked', 'failed', 'skipped'])(
    'but not from another chat: %s',
    async (state) => {
      const step = await at(state);
      const before = await step.memo();
      await applyReceipt(step)({ messageId: 'm1', memo: ID, chat: OTHER_CHAT, sent: step.clock.iso() });
      expect(await step.memo()).toEqual(before);
    },
  );

  test('also where the row moves at that very moment', async () => {
    const step = await at('sending');
    let moved = false;
    const racing: typeof step.ledger = {
      ...step.ledger,
      async get(id) {
        const row = await step.ledger.get(id);
        if (!moved) await step.ledger.move(id, { from: 'sending', to: 'unknown' });
        moved = true;
        return row;
      },
    };
    await applyReceipt({ ...step, ledger: racing })({
      messageId: 'm1',
      memo: ID,
      chat: CHAT,
      delivered: step.clock.iso(),
    });
    expect(await step.memo()).toMatchObject({ state: 'delivered' });
  });

  test('by the name of its file, as Linq has changed it', async () => {
    const step = await at('unknown');
    expect(await applyReceipt(step)({ messageId: 'm1', file: `${ID}-1a2b.m4a`, chat: CHAT, sent: '' })).toEqual({
      memo: ID,
    });
    expect(await step.memo()).toMatchObject({ state: 'sent' });
  });

  /** The first of two parts, in state unknown, and the second part. */
  const parts = async (second: MemoState) => {
    const step = await at('unknown');
    const { ledger } = step;
    await ledger.move(ID, { from: 'unknown', to: 'unknown', set: { part: { number: 1, of: 2 } } });
    const { recording, target } = await step.memo();
    if (!target) throw new Error('it has a target');
    const part = { number: 2, of: 2 };
    await ledger.open({ id: partId(ID, 2), state: second, recording, target, part });
    return step;
  };
  const renamed = { file: `${ID}-1a2b.mp3`, chat: CHAT, sent: '' };

  test('by a changed name, where no other part of the call can be meant', async () => {
    const step = await parts('stored');
    expect(await applyReceipt(step)({ messageId: 'm1', ...renamed })).toEqual({ memo: ID });
    expect(await step.memo()).toMatchObject({ state: 'sent' });
    // From then on the message's memo is known, also when another part becomes unknown.
    expect(await applyReceipt(step)({ messageId: 'm1', ...renamed })).toEqual({ memo: ID });
  });

  test('but not by a changed name that may be another part’s', async () => {
    const step = await parts('unknown');
    expect(await applyReceipt(step)({ messageId: 'm1', ...renamed })).toEqual({});
    expect(await step.memo()).toMatchObject({ state: 'unknown' });
  });

  test('and each part by its own', async () => {
    const step = await parts('unknown');
    const second = { messageId: 'm2', file: `${ID}-2.mp3`, chat: CHAT, sent: '' };
    expect(await applyReceipt(step)(second)).toEqual({ memo: partId(ID, 2) });
    expect(await step.memo()).toMatchObject({ state: 'unknown' });
  });
});

test('an answer that comes after the receipt leaves Linq’s copy known, for its erasure', async () => {
  const step = await sendStep({ answers: [DONE] });
  const { messenger, ledger, clock, log } = step;
  const { sendVoiceMemo } = messenger;
  messenger.sendVoiceMemo = async (...given) => {
    await applyReceipt({ ledger, log })({ messageId: 'linq-message', memo: ID, chat: CHAT, delivered: clock.iso() });
    return sendVoiceMemo(...given);
  };
  expect(await step.deliver()).toEqual({ kind: 'done', outcome: 'sent' });
  expect(await step.memo()).toMatchObject({
    state: 'delivered',
    linq: { messageId: 'linq-message', attachmentId: 'linq-attachment' },
  });
  expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
});

test('the message of an earlier send stays known, however often it is sent by force: no receipt of it is about a later one', async () => {
  const sent = (n: number) => ({ kind: 'done', messageId: `message-${n}` }) as const;
  const step = await sendStep({ answers: [sent(1), sent(2), sent(3), UNKNOWN] });
  for (const generation of [0, 2, 4, 6]) await step.deliver({ generation, force: generation > 0 });
  expect(await step.memo()).toMatchObject({ state: 'unknown', earlierMessages: ['message-1', 'message-2'] });
  for (const n of [1, 2, 3])
    await applyReceipt(step)({ messageId: `message-${n}`, memo: ID, chat: CHAT, read: step.clock.iso() });
  expect(await step.memo()).toMatchObject({ state: 'unknown' });
});
