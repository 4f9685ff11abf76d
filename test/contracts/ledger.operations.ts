import fc from 'fast-check';
import { STATES } from '../../functions/core/model/memo.ts';

// The operations that the model runs on two ledgers. Names are few, so that operations often meet the same row.

export const MEMOS = ['m1', 'm2', 'm3'] as const;
const memo = fc.constantFrom(...MEMOS);
const small = fc.integer({ min: 0, max: 2 });
const token = fc.constantFrom('t1', 't2');
/** Seconds since the run began: some of these times lie before, between and after everything that happens. */
const seconds = fc.integer({ min: 0, max: 40 });
const often = fc.integer({ min: 0, max: 9 }).map((n) => n > 0);
const optional = { requiredKeys: [] };

/** Most moves start from the row's real state, and most follow the state diagram, by themselves or by replay. */
const moves = fc.record({
  aimed: often,
  drawn: often,
  from: fc.constantFrom(...STATES),
  to: fc.nat(),
  /** By how much a replay raises the row's generation. */
  raise: fc.option(fc.constantFrom(1, 1, 1, 2, 0, -1), { nil: undefined, freq: 2 }),
  where: fc.record({ generation: often, attempts: often, token: often }, optional),
  set: fc.record(
    {
      attempts: small,
      cannotFetch: small,
      chat: fc.constantFrom('a', 'b'),
      token,
      waitingSince: seconds,
      dueAt: seconds,
    },
    optional,
  ),
  clear: fc.subarray(['token', 'waitingSince', 'unknowns'] as const),
  note: fc.option(
    fc.record({ reason: fc.constantFrom('', 'slow', 'gone'), attempt: small, code: fc.constant('429/1007') }, optional),
    { nil: undefined },
  ),
});

const filters = fc
  .tuple(
    fc.record({
      state: fc.constantFrom(...MEMOS),
      source: small,
      callId: small,
      since: seconds,
      until: seconds,
    }),
    fc.subarray(['state', 'source', 'callId', 'since', 'until'] as const, { maxLength: 3 }),
  )
  .map(([all, asked]) => Object.fromEntries(asked.map((name) => [name, all[name]])) as Partial<typeof all>);

const receipts = fc.record(
  { memo, sent: fc.constantFrom('t1', 't2'), delivered: fc.constantFrom('t3', 't4'), failed: fc.constant('t5') },
  optional,
);

const open = fc.record({ does: fc.constant('open' as const), memo, state: fc.constantFrom(...STATES), about: small });
const move = fc.record({ does: fc.constant('move' as const), memo, move: moves });
const receipt = fc.record({ does: fc.constant('receipt' as const), message: small, receipt: receipts });
const leaveTombstone = fc.record({ does: fc.constant('leaveTombstone' as const), memo });
const claim = fc.record({ does: fc.constant('claim' as const), key: small, memo });
const list = fc.record({ does: fc.constant('list' as const), filter: filters, limit: fc.integer({ min: 1, max: 3 }) });
const due = fc.record({ does: fc.constant('due' as const), before: seconds, limit: fc.integer({ min: 1, max: 3 }) });
const wait = fc.record({ does: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 5 }) });

const operations = fc.oneof(
  { weight: 2, arbitrary: open },
  { weight: 16, arbitrary: move },
  { weight: 3, arbitrary: receipt },
  { weight: 1, arbitrary: leaveTombstone },
  { weight: 2, arbitrary: claim },
  { weight: 5, arbitrary: list },
  { weight: 3, arbitrary: due },
  { weight: 4, arbitrary: wait },
);
export type DrawnMove = typeof moves extends fc.Arbitrary<infer T> ? T : never;
export type DrawnFilter = typeof filters extends fc.Arbitrary<infer T> ? T : never;
export type Operation = typeof operations extends fc.Arbitrary<infer T> ? T : never;

/** A run begins with a row for each memo, most of them in states where moves begin. */
const begin = fc.tuple(
  ...MEMOS.map((memo) =>
    fc.record({
      does: fc.constant('open' as const),
      memo: fc.constant(memo),
      state: fc.constantFrom(
        'received' as const,
        'stored' as const,
        'unknown' as const,
        'parked' as const,
        'failed' as const,
      ),
      about: small,
    }),
  ),
);
export const sequences = fc
  .tuple(begin, fc.array(operations, { minLength: 10, maxLength: 30, size: 'max' }))
  .map(([opens, rest]): Operation[] => [...opens, ...rest]);
