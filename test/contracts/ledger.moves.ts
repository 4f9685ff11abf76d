import { describe, expect, test } from 'vitest';
import { CHAT } from '../fakes/examples.ts';
import type { Prepare } from './ledger.home.ts';

/** The ledger's contract for one conditional write. */
export const movesContract = (prepare: Prepare) => {
  describe('move', () => {
    test('from the named state it changes the row and answers it', async () => {
      const { ledger, id, clock } = await prepare('stored');
      clock.advance(60_000);
      const set = {
        attempts: 1,
        token: 't1',
        chat: CHAT,
        linq: { messageId: 'L1', attachmentId: 'A1' },
        cannotFetch: 2,
      };
      const moved = await ledger.move(id, { from: 'stored', to: 'sending', set });
      expect(moved).toMatchObject({ ...set, state: 'sending', updatedAt: clock.iso() });
      expect(await ledger.get(id)).toEqual(moved);
    });

    test.each([
      ['from another state', { from: 'sending', to: 'sent' }],
      ['where the generation is another', { from: 'stored', to: 'sending', where: { generation: 1 } }],
      ['where the attempts are others', { from: 'stored', to: 'sending', where: { generation: 0, attempts: 3 } }],
      ['where the token is another', { from: 'stored', to: 'sending', where: { token: 'theirs' } }],
    ] as const)('%s nothing changes and nothing is answered', async (_, move) => {
      const { ledger, id } = await prepare();
      const before = await ledger.move(id, { from: 'received', to: 'stored', set: { token: 'ours' } });
      const moved = await ledger.move(id, { ...move, set: { attempts: 9 }, note: { reason: 'never' } });
      expect(moved).toBeUndefined();
      expect(await ledger.get(id)).toEqual(before);
    });

    test('a token that was never set stands for no token', async () => {
      const { ledger, id } = await prepare('stored');
      expect(await ledger.move(id, { from: 'stored', to: 'sending', where: { token: 'x' } })).toBeUndefined();
    });

    test('a row that is not there does not move, and is not made', async () => {
      const { ledger } = await prepare();
      expect(await ledger.move('nowhere', { from: 'received', to: 'stored' })).toBeUndefined();
      expect(await ledger.get('nowhere')).toBeUndefined();
    });

    test('setting and clearing one field at once is refused', async () => {
      const { ledger, id } = await prepare('stored');
      const move = ledger.move(id, { from: 'stored', to: 'sending', set: { token: 't' }, clear: ['token'] });
      await expect(move).rejects.toThrow();
    });

    test('history grows by one line per move, with its note', async () => {
      const { ledger, id, clock, row } = await prepare('stored');
      clock.advance(1000);
      const note = { attempt: 1, reason: 'slow down', code: '429/1007', traceId: 'abc' };
      await ledger.move(id, { from: 'stored', to: 'sending', note: { attempt: 1 } });
      const moved = await ledger.move(id, { from: 'sending', to: 'stored', note });
      const at = clock.iso();
      const lines = [
        { at, state: 'sending', attempt: 1 },
        { at, state: 'stored', ...note },
      ];
      expect(moved?.history).toEqual([...row.history, ...lines]);
    });

    test('the same state again changes facts alone: no line in the history, and the row is no newer', async () => {
      const { ledger, id, clock, row } = await prepare('unknown');
      clock.advance(1000);
      const moved = await ledger.move(id, { from: 'unknown', to: 'unknown', set: { chat: CHAT } });
      expect(moved).toEqual({ ...row, chat: CHAT });
      expect(await ledger.get(id)).toEqual(moved);
    });

    test('the same state again with a note is told in the history', async () => {
      const { ledger, id, clock, row } = await prepare('unknown');
      clock.advance(1000);
      const moved = await ledger.move(id, { from: 'unknown', to: 'unknown', note: { attempt: 2 } });
      const at = clock.iso();
      expect(moved).toEqual({ ...row, updatedAt: at, history: [...row.history, { at, state: 'unknown', attempt: 2 }] });
    });

    test('a note sets the reason, and a move to another state without one clears it', async () => {
      const { ledger, id } = await prepare();
      const waiting = await ledger.move(id, { from: 'received', to: 'received', note: { reason: 'not there yet' } });
      expect(waiting?.reason).toBe('not there yet');
      const still = await ledger.move(id, { from: 'received', to: 'received', note: { attempt: 1 } });
      expect(still?.reason).toBe('not there yet');
      const stored = await ledger.move(id, { from: 'received', to: 'stored', note: { attempt: 1 } });
      expect(stored).toBeDefined();
      expect(stored).not.toHaveProperty('reason');
      expect(await ledger.get(id)).not.toHaveProperty('reason');
    });

    test('clear takes fields off the row, there or not', async () => {
      const { ledger, id } = await prepare('stored');
      await ledger.move(id, { from: 'stored', to: 'sending', set: { token: 't', attempts: 1 } });
      const moved = await ledger.move(id, { from: 'sending', to: 'stored', clear: ['token', 'waitingSince'] });
      expect(moved).toMatchObject({ state: 'stored', attempts: 1 });
      expect(moved).not.toHaveProperty('token');
      expect(await ledger.get(id)).toEqual(moved);
    });

    test('of many moves at once from one state exactly one happens', async () => {
      const { ledger, id } = await prepare('stored');
      const tokens = Array.from({ length: 20 }, (_, index) => `t${index}`);
      const where = { attempts: 0, generation: 0 };
      const moves = await Promise.all(
        tokens.map((token) => ledger.move(id, { from: 'stored', to: 'sending', where, set: { attempts: 1, token } })),
      );
      const won = moves.filter((moved) => moved !== undefined);
      expect(won).toHaveLength(1);
      expect(await ledger.get(id)).toEqual(won[0]);
      expect(won[0]?.history).toHaveLength(2);
    });

    test('what is answered is a copy: changing it changes no row', async () => {
      const { ledger, id, row } = await prepare();
      row.history.push({ at: 'never', state: 'sent' });
      row.state = 'sent';
      expect(await ledger.get(id)).toMatchObject({ state: 'received', history: [{ state: 'received' }] });
    });
  });
};
