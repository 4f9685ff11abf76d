import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { isoTime } from '../../../functions/core/model/timing.ts';
import { stillSince } from '../../../functions/core/model/wait-clock.ts';
import type { Fetched } from '../../../functions/core/ports/ports.ts';
import { aMessage, aRecording, CHAT } from '../../fakes/examples.ts';
import { storeStep } from '../../fakes/store-step.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOT_YET = { kind: 'not-yet', reason: 'the source answered 404' } as const;
const GAVE_WAY = { kind: 'gave-way', reason: 'this recording waits for its turn' } as const;
const GONE = { kind: 'rejected', reason: 'gone: the source answered 410' } as const;
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

/** What `tend` writes into a row whose message is long overdue. */
const sweep = async ({ ledger, clock, memo }: ReturnType<typeof storeStep>) => {
  const row = await memo();
  if (row?.state !== 'received') return;
  const set = { dueAt: isoTime(clock.nowMs() + 6 * HOUR), ...stillSince(row) };
  await ledger.move(row.id, { from: 'received', to: 'received', where: { generation: row.generation }, set });
};

const givenUpIn = async (world: ReturnType<typeof storeStep>, message = aMessage()) => {
  const waitedMs = await world.keepRunning(message);
  expect(await world.memo()).toMatchObject({ state: 'rejected', reason: 'gone: the source answered 404' });
  return waitedMs;
};

describe('a recording that never comes is given up after ten minutes of trying', () => {
  test('although it once gave way to others', async () => {
    const world = storeStep({ downloads: [NOT_YET, GAVE_WAY, ...times(300, NOT_YET)] });
    expect(await givenUpIn(world)).toBeLessThan(25 * MINUTE);
  });

  test('although its message was overdue once, and the sweep queued it again', async () => {
    const world = storeStep({ downloads: times(300, NOT_YET) });
    await world.run();
    world.clock.advance(HOUR);
    await sweep(world);
    expect(await givenUpIn(world)).toBeLessThan(25 * MINUTE);
  });

  test('although its event came again after it gave way and was given up', async () => {
    const world = storeStep({ downloads: [NOT_YET, GAVE_WAY, GONE, ...times(300, NOT_YET)] });
    await world.keepRunning();
    world.clock.advance(HOUR);
    const again = aMessage({ receivedAt: world.clock.iso() });
    expect(await givenUpIn(world, again)).toBeLessThan(25 * MINUTE);
  });

  test('whatever came before, in any order, and however late each try was', async () => {
    const happened = fc.array(
      fc.record({ what: fc.constantFrom('not yet', 'gave way', 'swept'), lateMs: fc.nat(2 * HOUR) }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(happened, async (all) => {
        const answers = all.flatMap(({ what }): Fetched<Uint8Array>[] =>
          what === 'not yet' ? [NOT_YET] : what === 'gave way' ? [GAVE_WAY] : [],
        );
        const world = storeStep({ downloads: [...answers, ...times(300, NOT_YET)] });
        for (const { what, lateMs } of all) {
          world.clock.advance(lateMs);
          if (what === 'swept') await sweep(world);
          else if ((await world.run(aMessage({ late: true }))).kind === 'done') return;
        }
        expect(await givenUpIn(world, aMessage({ late: true }))).toBeLessThan(25 * MINUTE);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a recording for which its chat no longer waits', () => {
  test('says so once in its history, however many messages it has', async () => {
    const world = storeStep({ downloads: times(300, NOT_YET) });
    await world.run();
    world.clock.advance(11 * MINUTE);
    for (let copy = 0; copy < 4; copy += 1) await world.run();
    const reasons = (await world.memo())?.history.map(({ reason }) => reason);
    expect(reasons).toEqual([
      undefined,
      'the source answered 404',
      'the source answered 404; the later memos of its chat no longer wait for it',
    ]);
  });

  test('and whose event comes again holds its chat anew, and says so anew', async () => {
    const other = aMessage({
      recording: aRecording({ media: { kind: 'url', url: 'https://media.example/fresh.mp3' } }),
    });
    const world = storeStep({ downloads: [NOT_YET, GONE, ...times(300, NOT_YET)] });
    await world.run();
    world.clock.advance(11 * MINUTE);
    await world.run();
    expect(await world.memo()).toMatchObject({ state: 'rejected' });
    await world.run(other);
    const row = await world.ledger.get(memoId(aRecording(), { chat: CHAT }));
    expect(row).toMatchObject({ state: 'received', generation: 1 });
    expect(row?.history.map(({ reason }) => reason).filter((reason) => reason?.endsWith('wait for it'))).toHaveLength(
      2,
    );
  });
});
