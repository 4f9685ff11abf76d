import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Memo, MOVES, REPLAYS, STATES } from '../../functions/core/model/memo.ts';
import type { Ledger, MemoFilter, Move } from '../../functions/core/ports/ports.ts';
import { type DrawnFilter, type DrawnMove, MEMOS, type Operation, sequences } from '../contracts/ledger.operations.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { type DynamodbHome, dynamodbHome } from '../fakes/dynamodb.ts';
import { aRecording } from '../fakes/examples.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';

let home: DynamodbHome;
let runs = 0;
beforeAll(async () => {
  home = await dynamodbHome();
});
afterAll(() => home.stop());

test('whatever is asked of them, both ledgers answer and hold the same, and no row leaves the drawn ways', async () => {
  await fc.assert(
    fc.asyncProperty(sequences, async (sequence) => {
      const run = aRun(++runs);
      for (const operation of sequence) {
        const { ours, theirs } = await run.perform(operation);
        expect(theirs).toEqual(ours);
      }
      const [ours, theirs] = await run.held();
      expect(theirs).toEqual(ours);
      for (const row of await run.rows()) expect(strayOf(row)).toEqual([]);
    }),
    { numRuns: 50 },
  );
}, 120_000);

/** The moves in a row's history that the state diagram lacks, and the replays beyond the row's generation. */
const strayOf = ({ history, state, generation }: Memo): string[] => {
  const steps = history.slice(1).map((entry, at) => ({ from: history[at]?.state ?? entry.state, to: entry.state }));
  const byItself = steps.filter(({ from, to }) => from === to || MOVES[from].includes(to));
  const byReplay = steps.filter((step) => !byItself.includes(step) && REPLAYS[step.from]?.includes(step.to));
  const stray = steps.filter((step) => !byItself.includes(step) && !byReplay.includes(step));
  return [
    ...stray.map(({ from, to }) => `${from} → ${to}`),
    ...(byReplay.length > generation ? [`${byReplay.length} replays at generation ${generation}`] : []),
    ...(history.at(-1)?.state === state ? [] : [`it is ${state}, and its history does not say so`]),
  ];
};

/** All runs share one table: each run has its own names, and starts later than all earlier runs. */
const aRun = (number: number) => {
  const clock: ManualClock = manualClock(new Date(Date.UTC(2026, 2, 4) + number * 60 * 60 * 1000).toISOString());
  const startMs = clock.nowMs();
  const named = (name: string | number) => `run-${number}-${name}`;
  const time = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();
  const ledgers: [Ledger, Ledger] = [memoryLedger({ clock }), home.ledger(clock)];

  const toMove = (
    { aimed, drawn, to, raise, where, set, clear, note, ...rest }: DrawnMove,
    row: Memo | undefined,
  ): Move => {
    const from = (aimed && row?.state) || rest.from;
    const [byItself, byReplay] = [MOVES[from], REPLAYS[from] ?? []];
    const open = raise === undefined ? byItself : byReplay;
    const ways = drawn ? [...open, ...open, ...byItself, ...byReplay, from] : STATES;
    const { waitingSince, dueAt, ...facts } = set;
    const all = {
      ...facts,
      ...(waitingSince !== undefined && { waitingSince: time(waitingSince) }),
      ...(dueAt !== undefined && { dueAt: time(dueAt) }),
    };
    return {
      from,
      to: ways[to % ways.length] ?? from,
      ...(raise !== undefined && { generation: (row?.generation ?? 0) + raise }),
      where: {
        ...(where.generation !== undefined && { generation: where.generation ? (row?.generation ?? 0) : 7 }),
        ...(where.attempts !== undefined && { attempts: where.attempts ? (row?.attempts ?? 0) : 7 }),
        ...(where.token !== undefined &&
          (row?.token ?? !where.token) && { token: (where.token && row?.token) || 'another' }),
      },
      set: Object.fromEntries(Object.entries(all).filter(([field]) => !clear.some((cleared) => cleared === field))),
      clear,
      ...(note && { note }),
    };
  };
  const toFilter = async (
    ledger: Ledger,
    { state, source, callId, since, until }: DrawnFilter,
  ): Promise<MemoFilter> => {
    const row = state && (await ledger.get(named(state)));
    return {
      ...(state && { state: row?.state ?? 'received' }),
      ...(source !== undefined && { source: named(source) }),
      ...(callId !== undefined && { callId: named(callId) }),
      since: time(since ?? 0),
      ...(until !== undefined && { until: time(until) }),
    };
  };

  /** What an operation returns, or the name of the error that it throws. */
  const perform = async (ledger: Ledger, operation: Operation): Promise<unknown> => {
    switch (operation.does) {
      case 'open': {
        const { memo, state, about } = operation;
        const recording = aRecording({ source: named(about), ...(about > 0 && { callId: named(about) }) });
        return ledger.open({ id: named(memo), state, recording });
      }
      case 'move': {
        const id = named(operation.memo);
        return ledger.move(id, toMove(operation.move, await ledger.get(id)));
      }
      case 'receipt': {
        const { memo, ...events } = operation.receipt;
        return ledger.addReceipt({
          messageId: named(operation.message),
          ...events,
          ...(memo && { memo: named(memo) }),
        });
      }
      case 'leaveTombstone':
        return ledger.leaveTombstone(named(operation.memo));
      case 'claim':
        return ledger.claim(`once#${named(operation.key)}`, named(operation.memo));
      case 'list':
        return pages(ledger, await toFilter(ledger, operation.filter), operation.limit);
      case 'due':
        return dueIds(ledger, time(operation.before), operation.limit, named(''));
      case 'wait':
        return undefined;
    }
  };
  const both = <T>(does: (ledger: Ledger) => Promise<T>) =>
    Promise.all(ledgers.map((ledger) => does(ledger).catch((error: Error) => `threw ${error.name}`)));

  return {
    both,
    perform: async (operation: Operation) => {
      if (operation.does === 'wait') clock.advance(operation.seconds * 1000);
      const [ours, theirs] = await both((ledger) => perform(ledger, operation));
      return { ours, theirs };
    },
    held: () =>
      both(async (ledger) => ({
        rows: await Promise.all(MEMOS.map((id) => ledger.get(named(id)))),
        listed: await pages(ledger, { since: time(0) }, 2),
        receipts: await Promise.all([0, 1, 2].map((message) => ledger.addReceipt({ messageId: named(message) }))),
        messageIdsFromReceipts: await Promise.all(
          MEMOS.map(async (id) =>
            [...(await ledger.messageIdsFromReceipts(named(id)))].map((each) => JSON.stringify(each)).sort(),
          ),
        ),
      })),
    rows: async () =>
      (await Promise.all(MEMOS.map((id) => ledgers[1].get(named(id))))).filter((row) => row !== undefined),
  };
};

/** The ids of what is due, in the order of the ids: the list has none. All runs share one table. */
const dueIds = async (ledger: Ledger, before: string, limit: number, run: string): Promise<string[]> => {
  const found: string[] = [];
  for (let next: string | undefined; ; ) {
    const page = await ledger.due(before, limit, next);
    found.push(...page.memos.map(({ id }) => id).filter((id) => id.startsWith(run)));
    if (page.next === undefined) return found.sort();
    next = page.next;
  }
};

/** Every page of a list. */
const pages = async (ledger: Ledger, filter: MemoFilter, limit: number): Promise<Memo[][]> => {
  const found: Memo[][] = [];
  for (let next: string | undefined; ; ) {
    const page = await ledger.list(filter, limit, next);
    found.push(page.memos);
    if (page.next === undefined) return found;
    next = page.next;
  }
};
