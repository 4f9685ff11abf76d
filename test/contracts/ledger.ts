import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AftercallError } from '../../functions/core/errors.ts';
import { type MemoState, MOVES, STATES } from '../../functions/core/memo.ts';
import type { Clock, Ledger } from '../../functions/core/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';
import { listingContract } from './ledger.listing.ts';

/** Something to make ledgers in; all of them may be over one table. */
export interface LedgerHome {
  ledger(clock: Clock): Ledger;
  stop(): Promise<void>;
}

/** What every ledger promises, whatever is behind it. */
export const ledgerContract = (start: () => Promise<LedgerHome>) => {
  let home: LedgerHome;
  let rows = 0;
  beforeAll(async () => {
    home = await start();
  });
  afterAll(() => home.stop());

  /** A ledger, its clock, and a new row in it. */
  const prepare = async (state: MemoState = 'received') => {
    const clock = manualClock();
    const ledger = home.ledger(clock);
    const id = `row-${++rows}`;
    const row = await opened(ledger, { id, state, recording: aRecording(), target: { chat: CHAT } });
    return { clock, ledger, id, row };
  };

  describe('open', () => {
    test('a new row begins in the given state with nothing done and its first line of history', async () => {
      const { ledger, id, clock } = await prepare('unrouted');
      const at = clock.iso();
      const facts = { v: 1, id, state: 'unrouted', turn: 0, attempts: 0, cannotFetch: 0, createdAt: at, updatedAt: at };
      const history = [{ at, state: 'unrouted' }];
      expect(await ledger.get(id)).toEqual({ ...facts, recording: aRecording(), target: { chat: CHAT }, history });
    });

    test('a reason is kept in the row and in its history', async () => {
      const { ledger } = await prepare();
      const row = await opened(ledger, {
        id: 'with-reason',
        state: 'failed',
        recording: aRecording(),
        reason: 'because',
      });
      expect(row).toMatchObject({ reason: 'because', history: [{ state: 'failed', reason: 'because' }] });
    });

    test('a second open changes nothing and answers the row as it stands', async () => {
      const { ledger, id, clock } = await prepare();
      const moved = await ledger.move(id, { from: 'received', to: 'stored', set: { chat: CHAT } });
      clock.advance(1000);
      const again = await opened(ledger, {
        id,
        state: 'received',
        recording: aRecording({ from: '+1' }),
        reason: 'new',
      });
      expect(again).toEqual(moved);
      expect(await ledger.get(id)).toEqual(moved);
    });

    test('many opens at once make one row', async () => {
      const { ledger, clock } = await prepare();
      const open = (source: string) =>
        opened(ledger, { id: 'at-once', state: 'received', recording: aRecording({ source }) });
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(open));
      expect(new Set(answers.map(({ recording }) => recording.source)).size).toBe(1);
      expect(answers[0]?.createdAt).toBe(clock.iso());
    });

    test('a row that is not there is not got', async () => {
      const { ledger } = await prepare();
      expect(await ledger.get('m_nowhere')).toBeUndefined();
    });
  });

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
      ['where the turn is another', { from: 'stored', to: 'sending', where: { turn: 1 } }],
      ['where the attempts are others', { from: 'stored', to: 'sending', where: { turn: 0, attempts: 3 } }],
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

    test.each(STATES)(
      'nothing leaves %s by a way that MOVES does not draw: it throws, and the row stays',
      async (from) => {
        const { ledger, id, row } = await prepare(from);
        for (const to of STATES.filter((state) => !MOVES[from].includes(state))) {
          await expect(ledger.move(id, { from, to })).rejects.toThrow(AftercallError);
        }
        expect(await ledger.get(id)).toEqual(row);
      },
    );

    test.each(STATES)('every way that MOVES draws from %s is open', async (from) => {
      for (const to of MOVES[from]) {
        const { ledger, id } = await prepare(from);
        expect(await ledger.move(id, { from, to })).toMatchObject({ id, state: to });
      }
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
      const where = { attempts: 0, turn: 0 };
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

  describe('claim', () => {
    test('the first memo to claim a key keeps it, however often it asks', async () => {
      const { ledger, id } = await prepare();
      expect(await ledger.claim(`once#${id}`, 'first')).toBe(true);
      expect(await ledger.claim(`once#${id}`, 'second')).toBe(false);
      expect(await ledger.claim(`once#${id}`, 'first')).toBe(true);
      expect(await ledger.claim(`once#${id}`, 'second')).toBe(false);
      expect(await ledger.claim(`once#${id}-other`, 'second')).toBe(true);
    });

    test('of many at once exactly one has it', async () => {
      const { ledger, id } = await prepare();
      const memos = Array.from({ length: 20 }, (_, index) => `memo-${index}`);
      const claims = await Promise.all(memos.map((memo) => ledger.claim(`once#${id}`, memo)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      const winner = memos[claims.indexOf(true)] ?? '';
      expect(await ledger.claim(`once#${id}`, winner)).toBe(true);
    });
  });

  listingContract((clock) => home.ledger(clock));
};
