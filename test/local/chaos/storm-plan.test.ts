import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHAT_KIND_NAMES, chatKind } from '../../../local/chaos/chat-kinds.ts';
import {
  LINQ_FAULTS,
  type LinqFault,
  leavesOpen,
  linqFaultBySeed,
  listFaultBySeed,
} from '../../../local/chaos/linq-faults.ts';
import { planStorm } from '../../../local/chaos/storm-plan.ts';

const storm = (seed: number, calls = 200) => planStorm({ calls, seed, scale: 0.05 });

test('a storm is its seed’s: planned again it is the same, and another seed’s is another', () => {
  expect(JSON.stringify(storm(1))).toBe(JSON.stringify(storm(1)));
  expect(storm(1).calls[0]?.id).not.toBe(storm(2).calls[0]?.id);
  expect(storm(1).faults).not.toEqual(storm(2).faults);
});

test('no call is like another, and no chat has more than ten, of the thirty a minute that Linq takes', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 300 }), (seed, calls) => {
      const planned = storm(seed, calls).calls;
      expect(planned).toHaveLength(calls);
      expect(new Set(planned.map(({ id }) => id)).size).toBe(calls);
      for (const each of Map.groupBy(planned, ({ chat }) => chat).values()) expect(each.length).toBeLessThanOrEqual(10);
    }),
    { numRuns: 30, examples: [[0, 3]] },
  );
});

test('a long storm has every kind of fault, in the order of time', () => {
  const { faults } = storm(1, 2000);
  const named = new Set(faults.map((fault) => ('what' in fault ? `${fault.kind} ${fault.what}` : fault.kind)));
  expect([...named].sort()).toEqual([
    'away dynamodb',
    'away linq',
    'away s3',
    'away sqs',
    'key replaced',
    'kill receive',
    'kill send',
    'kill store',
    'kill tend',
    'secret rotated',
  ]);
  expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
});

test('clocks are at most two minutes of scaled time from ours', () => {
  const shifts = storm(1, 2000).faults.flatMap((fault) => (fault.kind === 'kill' ? [fault.shiftMs] : []));
  expect(shifts.some((ms) => ms !== 0)).toBe(true);
  expect(Math.max(...shifts.map(Math.abs))).toBeLessThanOrEqual(120_000 * 0.05);
});

test('what Linq does to a memo has an end, so that every storm has', () => {
  const memos = Array.from({ length: 500 }, (_, n) => `m_${n}`);
  expect(memos.some((memo) => linqFaultBySeed(1, memo, 1) !== 'none')).toBe(true);
  expect(memos.map((memo) => linqFaultBySeed(1, memo, 4))).toEqual(memos.map(() => 'none'));
  expect(memos.map((memo) => listFaultBySeed(1, memo, 9))).toEqual(memos.map(() => 'none'));
  expect(memos.map((memo) => linqFaultBySeed(1, memo, 1))).not.toContain('taken twice');
});

test('one of its answers at most leaves open whether Linq has the memo, so that the memo need not be parked', () => {
  const open = Array.from({ length: 2000 }, (_, n) =>
    [1, 2, 3, 4].filter((nth) => leavesOpen(linqFaultBySeed(1, `m_${n}`, nth))),
  );
  expect(open.filter(({ length }) => length === 1).length).toBeGreaterThan(200);
  expect(open.filter(({ length }) => length > 1)).toEqual([]);
});

test('an answer leaves open whether Linq has the memo, or says so', () => {
  const known = Object.keys(LINQ_FAULTS) as LinqFault[]; // a cast: the table's own keys
  expect(known.filter(leavesOpen)).toEqual([
    '503',
    'HTML 502',
    'taken, HTML 502',
    'taken, 500',
    'taken, silence',
    'taken, cut',
    'taken, no id',
    'taken after we hung up',
  ]);
});

test('sixty calls have a chat of every kind, and each call says what must become of it', () => {
  for (const seed of [1, 2, 3]) {
    const plan = storm(seed, 60);
    expect(CHAT_KIND_NAMES.filter((kind) => plan.of(kind).length === 0)).toEqual([]);
    for (const { kind, expects, media } of plan.calls) {
      const isAudio = ['audio', 'slow', 'redirect'].includes(media.after);
      if (chatKind(kind).media || isAudio) expect(expects).toEqual(chatKind(kind).expects);
      else expect(expects).toMatchObject({ kind: 'ends', states: ['rejected'] });
    }
  }
});

test('a storm of several senders has all of them, and none meets a fault that it cannot have', () => {
  const senders = [
    { source: 'hook', audio: 'at a URL', asksAgain: false },
    { source: 'asks', audio: 'at a URL', asksAgain: true },
    { source: 'inline', audio: 'in the event', asksAgain: false },
    { source: 'drop', audio: 'in a bucket', asksAgain: false },
  ] as const;
  const { calls } = planStorm({ calls: 2000, seed: 1, scale: 0.05, senders });
  for (const { source, audio, asksAgain } of senders) {
    const own = calls.filter((call) => call.source === source);
    expect(own.length, source).toBeGreaterThan(400);
    expect(own.every(({ kind }) => kind !== 'quiet hours')).toBe(true);
    expect(own.every(({ media }) => !asksAgain || media.after !== '410')).toBe(true);
    if (audio !== 'at a URL')
      expect(own.every(({ media, isLong }) => !isLong && media.after === 'audio' && media.first.length === 0)).toBe(
        true,
      );
  }
  expect(calls.some(({ source, kind }) => source === undefined && kind === 'gone, then replayed')).toBe(true);
});
