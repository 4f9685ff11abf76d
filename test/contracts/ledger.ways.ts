import { describe, expect, test } from 'vitest';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { isFinal, MOVES, REPLAYS, STATES } from '../../functions/core/model/memo.ts';
import { CHAT } from '../fakes/examples.ts';
import type { Prepare } from './ledger.home.ts';

const NOT_FINAL = STATES.filter((state) => !isFinal(state));
const SETTLED = STATES.filter(isFinal);

/** The ledger's contract for the allowed moves, the generation of a row, and when a row is due. */
export const waysContract = (prepare: Prepare) => {
  describe('a way', () => {
    test.each(STATES)('that MOVES draws from %s is open by itself', async (from) => {
      for (const to of MOVES[from]) {
        const { ledger, id } = await prepare(from);
        expect(await ledger.move(id, { from, to })).toMatchObject({ id, state: to, generation: 0 });
      }
    });

    test.each(STATES)(
      'that MOVES does not draw from %s throws where there is no generation, and the row stays',
      async (from) => {
        const { ledger, id, row } = await prepare(from);
        for (const to of STATES.filter((state) => state !== from && !MOVES[from].includes(state))) {
          await expect(ledger.move(id, { from, to })).rejects.toThrow(AftercallError);
        }
        expect(await ledger.get(id)).toEqual(row);
      },
    );

    test.each(STATES)('that REPLAYS draws from %s is open with a generation', async (from) => {
      for (const to of REPLAYS[from] ?? []) {
        const { ledger, id } = await prepare(from);
        expect(await ledger.move(id, { from, to, generation: 1 })).toMatchObject({ id, state: to, generation: 1 });
      }
    });

    test.each(STATES)(
      'that REPLAYS does not draw from %s throws with a generation, and the row stays',
      async (from) => {
        const { ledger, id, row } = await prepare(from);
        for (const to of STATES.filter((state) => state !== from && !REPLAYS[from]?.includes(state))) {
          await expect(ledger.move(id, { from, to, generation: 1 })).rejects.toThrow(AftercallError);
        }
        expect(await ledger.get(id)).toEqual(row);
      },
    );

    test.each(STATES)('from %s to itself is always open, with a generation and without', async (state) => {
      const { ledger, id } = await prepare(state);
      expect(await ledger.move(id, { from: state, to: state })).toMatchObject({ state, generation: 0 });
      expect(await ledger.move(id, { from: state, to: state, generation: 1 })).toMatchObject({ state, generation: 1 });
    });
  });

  describe('a generation', () => {
    test('raises that of the row, by one or by more', async () => {
      const { ledger, id } = await prepare('failed');
      await ledger.move(id, { from: 'failed', to: 'stored', generation: 3 });
      await ledger.move(id, { from: 'stored', to: 'failed' });
      const moved = await ledger.move(id, { from: 'failed', to: 'received', generation: 4, where: { generation: 3 } });
      expect(moved).toMatchObject({ state: 'received', generation: 4 });
      expect(await ledger.get(id)).toEqual(moved);
    });

    test.each([1, 2])('that is not above that of the row, %i of 2, moves nothing', async (generation) => {
      const { ledger, id } = await prepare('failed');
      const before = await ledger.move(id, { from: 'failed', to: 'failed', generation: 2 });
      const move = {
        from: 'failed',
        to: 'stored',
        generation,
        set: { cannotFetch: 7 },
        note: { reason: 'never' },
      } as const;
      expect(await ledger.move(id, move)).toBeUndefined();
      expect(await ledger.get(id)).toEqual(before);
    });

    test('above that of the row moves nothing where the row is not at the generation it names', async () => {
      const { ledger, id, row } = await prepare('failed');
      const move = { from: 'failed', to: 'stored', generation: 5, where: { generation: 4 } } as const;
      expect(await ledger.move(id, move)).toBeUndefined();
      expect(await ledger.get(id)).toEqual(row);
    });

    test('that many replays take at once is given to exactly one', async () => {
      const { ledger, id } = await prepare('rejected');
      const replay = { from: 'rejected', to: 'received', generation: 1 } as const;
      const moves = await Promise.all(
        Array.from({ length: 10 }, (_, index) => ledger.move(id, { ...replay, note: { attempt: index } })),
      );
      const won = moves.filter((moved) => moved !== undefined);
      expect(won).toHaveLength(1);
      expect(await ledger.get(id)).toEqual(won[0]);
    });
  });

  describe('a row is due', () => {
    test.each(NOT_FINAL)('at once when it is opened as %s', async (state) => {
      const { clock, row } = await prepare(state);
      expect(row.dueAt).toBe(clock.iso());
    });

    test.each(SETTLED)('never when it is opened as %s', async (state) => {
      expect((await prepare(state)).row).not.toHaveProperty('dueAt');
    });

    test('at once after a move into a state that something must come of', async () => {
      const { ledger, id, clock } = await prepare();
      clock.advance(5000);
      const stored = await ledger.move(id, { from: 'received', to: 'stored' });
      expect(stored?.dueAt).toBe(clock.iso());
      expect(await ledger.get(id)).toEqual(stored);
    });

    test('again once it is replayed', async () => {
      const { ledger, id, clock } = await prepare('parked');
      clock.advance(5000);
      expect((await ledger.move(id, { from: 'parked', to: 'unknown', generation: 1 }))?.dueAt).toBe(clock.iso());
    });

    const dueAt = '2026-03-05T00:00:00.000Z';

    test('when the move says so', async () => {
      const { ledger, id } = await prepare('sending');
      await ledger.move(id, { from: 'sending', to: 'unknown', set: { dueAt } });
      expect(await ledger.get(id)).toMatchObject({ state: 'unknown', dueAt });
    });

    test('as before while its state stays, unless the move says otherwise', async () => {
      const { ledger, id, clock, row } = await prepare('stored');
      clock.advance(5000);
      const told = await ledger.move(id, { from: 'stored', to: 'stored', note: { reason: 'slow' } });
      expect(told?.dueAt).toBe(row.dueAt);
      const later = await ledger.move(id, { from: 'stored', to: 'stored', set: { dueAt } });
      expect(later?.dueAt).toBe(dueAt);
    });

    test.each([
      ['by a move', {}],
      ['even by one that names a time', { set: { dueAt } }],
    ])('never once it is settled, %s', async (_, over) => {
      const { ledger, id } = await prepare('stored');
      const failed = await ledger.move(id, { from: 'stored', to: 'failed', ...over });
      expect(failed).toMatchObject({ state: 'failed' });
      expect(failed).not.toHaveProperty('dueAt');
      const again = await ledger.move(id, { from: 'failed', to: 'failed', ...over, note: { reason: CHAT } });
      expect(again).not.toHaveProperty('dueAt');
      expect(await ledger.get(id)).toEqual(again);
    });
  });
};
