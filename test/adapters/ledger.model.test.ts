import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MemoState, MOVES, STATES } from '../../functions/core/memo.ts';
import type { Ledger, Move } from '../../functions/core/ports.ts';
import type { LedgerHome } from '../contracts/ledger.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';
import { aRecording } from '../fakes/examples.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';

let home: LedgerHome;
beforeAll(async () => {
  home = await dynamodbHome();
});
afterAll(() => home.stop());

const small = fc.integer({ min: 0, max: 2 });
const token = fc.constantFrom('t1', 't2');
const iso = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z');
const optional = { requiredKeys: [] };

/** Drawn and undrawn moves alike; `seen` aims most of them at the state that the row is in. */
const moves = fc.record({
  seen: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  from: fc.constantFrom(...STATES),
  to: fc.nat(),
  where: fc.record({ turn: small, attempts: small, token }, optional),
  set: fc.record({ attempts: small, cannotFetch: small, chat: fc.constantFrom('a', 'b'), token }, optional),
  waitingSince: fc.option(iso, { nil: undefined }),
  clear: fc.subarray(['token', 'waitingSince'] as const),
  note: fc.option(
    fc.record({ reason: fc.constantFrom('', 'slow', 'gone'), attempt: small, code: fc.constant('429/1007') }, optional),
    { nil: undefined },
  ),
});
type Drawn = typeof moves extends fc.Arbitrary<infer T> ? T : never;

const toMove = (drawn: Drawn, state: MemoState): Move => {
  const from = drawn.seen ? state : drawn.from;
  const ways = drawn.seen && MOVES[from].length > 0 ? MOVES[from] : STATES;
  const { token: given, ...rest } = drawn.set;
  const set = {
    ...rest,
    ...(given && !drawn.clear.includes('token') && { token: given }),
    ...(drawn.waitingSince && !drawn.clear.includes('waitingSince') && { waitingSince: drawn.waitingSince }),
  };
  const to = ways[drawn.to % ways.length] ?? from;
  return { from, to, where: drawn.where, set, clear: drawn.clear, ...(drawn.note && { note: drawn.note }) };
};

/** Most of the ways begin in these. */
const starts = fc.oneof(fc.constantFrom('received' as const, 'stored' as const), fc.constantFrom(...STATES));

const outcome = (move: Promise<unknown>): Promise<unknown> => move.catch((error) => `threw ${error.name}`);

test('whatever the sequence of moves, both ledgers answer and hold the same rows', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(starts, fc.array(moves, { maxLength: 12 }), async (state, sequence) => {
      const clock: ManualClock = manualClock();
      const ledgers: [Ledger, Ledger] = [memoryLedger({ clock }), home.ledger(clock)];
      const id = `model-${++runs}`;
      await Promise.all(ledgers.map((ledger) => ledger.open({ id, state, recording: aRecording() })));
      for (const drawn of sequence) {
        clock.advance(1);
        const move = toMove(drawn, (await ledgers[0].get(id))?.state ?? state);
        const [ours, theirs] = await Promise.all(ledgers.map((ledger) => outcome(ledger.move(id, move))));
        expect(theirs).toEqual(ours);
      }
      const [ours, theirs] = await Promise.all(ledgers.map((ledger) => ledger.get(id)));
      expect(theirs).toEqual(ours);
    }),
    { numRuns: 100 },
  );
});
