import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MemoState } from '../../../functions/core/model/memo.ts';
import type { Receipt } from '../../../functions/core/ports/ports.ts';
import { applyReceipt, bindReceipt } from '../../../functions/core/send/apply-receipt.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';

const AT = '2026-03-04T05:06:08.000Z';
const MESSAGE = 'linq-message';

const world = async (state: MemoState = 'sent') => {
  const ledger = memoryLedger({ clock: manualClock() });
  const ports = { ledger, log: memoryLog() };
  await ledger.open({
    id: 'm',
    state: state === 'sent' ? 'sending' : state,
    recording: aRecording(),
    target: { chat: CHAT },
  });
  if (state === 'sent') {
    const note = { messageId: MESSAGE };
    await ledger.move('m', { from: 'sending', to: 'sent', set: { linq: { messageId: MESSAGE } }, note });
  }
  const seen = await ledger.get('m');
  if (!seen) throw new Error('the row was opened above');
  const take = (receipt: Partial<Receipt>) => applyReceipt(ports)({ messageId: MESSAGE, ...receipt });
  return {
    ledger,
    take,
    /** With the row as it was once the answer was written: receipts may have moved it meanwhile. */
    bind: () => bindReceipt(ports, seen, MESSAGE),
    state: async () => (await ledger.get('m'))?.state,
  };
};

describe('a receipt of a memo that was sent', () => {
  test('moves it to delivered, then to read', async () => {
    const { take, bind, state } = await world();
    await bind();
    await take({ sent: AT });
    expect(await state()).toBe('sent');
    await take({ delivered: AT });
    expect(await state()).toBe('delivered');
    expect(await take({ read: AT })).toEqual({ memo: 'm' });
    expect(await state()).toBe('read');
  });

  test('that fails moves nothing, and delivered may follow', async () => {
    const { take, bind, state } = await world();
    await bind();
    await take({ failed: AT, reason: '4001 Message delivery failed' });
    expect(await state()).toBe('sent');
    await take({ delivered: AT });
    expect(await state()).toBe('delivered');
  });

  test('may come before we know whose message it is', async () => {
    const { take, bind, state } = await world();
    expect(await take({ delivered: AT })).toEqual({});
    expect(await state()).toBe('sent');
    await bind();
    expect(await state()).toBe('delivered');
  });

  test('of another message leaves it alone', async () => {
    const { take, bind, state } = await world();
    await bind();
    await take({ messageId: 'another', memo: 'm', read: AT });
    expect(await state()).toBe('sent');
  });

  test('in whatever order, and however often, ends at what all of them say', async () => {
    const events = fc.shuffledSubarray(['sent', 'delivered', 'read', 'failed', 'bind'] as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(events, { maxLength: 3 }).map((lists) => lists.flat()),
        async (sequence) => {
          const { take, bind, state } = await world();
          for (const event of sequence) await (event === 'bind' ? bind() : take({ [event]: AT }));
          await bind();
          const end = sequence.includes('read') ? 'read' : sequence.includes('delivered') ? 'delivered' : 'sent';
          expect(await state()).toBe(end);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a receipt that names its memo by the file', () => {
  test.each<MemoState>(['unknown', 'parked'])('settles one that is %s', async (state) => {
    const { take, ledger } = await world(state);
    await take({ memo: 'm', sent: AT });
    expect(await ledger.get('m')).toMatchObject({
      state: 'sent',
      linq: { messageId: MESSAGE },
      reason: "Linq's receipt names the memo",
    });
  });

  test('carries it on to what the receipt says', async () => {
    const { take, state } = await world('parked');
    await take({ memo: 'm', delivered: AT });
    expect(await state()).toBe('delivered');
  });

  test.each<MemoState>(['stored', 'sending', 'failed', 'skipped', 'rejected'])(
    'leaves one alone that is %s',
    async (state) => {
      const { take, ledger } = await world(state);
      const before = await ledger.get('m');
      await take({ memo: 'm', sent: AT });
      expect(await ledger.get('m')).toEqual(before);
    },
  );

  test('does not settle a later send by the message of an earlier one', async () => {
    const { take, bind, ledger } = await world();
    await bind();
    await ledger.move('m', { from: 'sent', to: 'stored', generation: 1 });
    await ledger.move('m', { from: 'stored', to: 'sending' });
    await ledger.move('m', { from: 'sending', to: 'unknown' });
    await take({ memo: 'm', read: AT });
    expect(await ledger.get('m')).toMatchObject({ state: 'unknown' });
  });

  test('of a memo that nobody knows is kept and harmless', async () => {
    const { take } = await world();
    expect(await take({ messageId: 'x', memo: 'm_nobody', sent: AT })).toEqual({ memo: 'm_nobody' });
  });
});
