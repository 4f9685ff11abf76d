import { describe, expect, test } from 'vitest';
import { aCall, aPlan } from './a-plan.ts';
import { CHATS } from './directory.ts';
import { judge } from './judge.ts';
import type { Plan } from './plan.ts';
import * as promise from './promise.ts';
import type { Ended } from './world.ts';

// Each case takes a world that went well and changes one thing. The promise must report the change.

const MINUTE = 60_000;
const TWO_CALLS: Partial<Plan> = { calls: [aCall(), aCall({ afterMs: 30_000 })] };
const PARTS: Partial<Plan> = { calls: [aCall({ parts: 3 })] };

type Spoil = (world: Ended) => Ended | undefined;
const rows = (world: Ended, over: object): Ended => ({
  ...world,
  rows: world.rows.map((row) => ({ ...row, ...over })),
});
const taken = (world: Ended, at: number) => {
  const found = world.facts.taken[at];
  if (!found) throw new Error('nothing was taken');
  return found;
};

const cases: [keyof typeof promise.PROMISES, string, Partial<Plan>, Spoil][] = [
  ['everyAcceptedRecordingEndsAsADeliveredMemoOrAsARowWithAReason', 'no row', {}, (world) => ({ ...world, rows: [] })],
  [
    'everyAcceptedRecordingEndsAsADeliveredMemoOrAsARowWithAReason',
    'an end without a reason',
    {},
    (world) => rows(world, { state: 'failed', reason: undefined }),
  ],
  [
    'everyAcceptedRecordingEndsAsADeliveredMemoOrAsARowWithAReason',
    'sent, and in no chat',
    {},
    ({ facts }) => void facts.taken.splice(0),
  ],
  [
    'theSameRecordingForTheSameChatIsPostedAtMostOnceUnlessForced',
    'twice in the chat',
    {},
    (world) => void world.facts.taken.push({ ...taken(world, 0), messageId: 'another' }),
  ],
  [
    'nothingIsSentAfterAnErasure',
    'a POST an hour after the erasure',
    {},
    ({ facts }) => {
      const [post] = facts.posts;
      const begunMs = facts.acknowledged.get('RE1') ?? 0;
      facts.erasures.push({
        what: { call: 'CA1' },
        askedMs: begunMs + 1,
        answeredMs: begunMs + 2,
        erased: [],
        left: [],
      });
      if (post) facts.posts.push({ ...post, ms: post.ms + 60 * MINUTE, runBeganMs: post.ms + 59 * MINUTE });
      return undefined;
    },
  ],
  [
    'nothingIsSentAfterAnOptOut',
    'a POST of a run that began after the stop',
    {},
    ({ facts }) => void facts.stops.push({ chat: CHATS.A, askedMs: 0, fromMs: 0, untilMs: Number.POSITIVE_INFINITY }),
  ],
  [
    'theMemosOfOneChatGoInTheOrderOfAcknowledgement',
    'the second call first',
    TWO_CALLS,
    (world) => {
      taken(world, 0).takenMs = taken(world, 1).takenMs + 1;
      return undefined;
    },
  ],
  [
    'allPartsOfACallComeOrNoneAndInTheirOrder',
    'a part without a row',
    PARTS,
    (world) => ({ ...world, rows: world.rows.filter(({ id }) => !id.endsWith('-3')) }),
  ],
  [
    'allPartsOfACallComeOrNoneAndInTheirOrder',
    'the third part first',
    PARTS,
    (world) => {
      taken(world, 2).takenMs = taken(world, 0).takenMs - 1;
      return undefined;
    },
  ],
  [
    'noReasonIsFalse',
    'refused by nobody',
    {},
    (world) => {
      world.facts.taken.splice(0);
      return rows(world, { state: 'failed', reason: 'Linq calls the request wrong', history: [] });
    },
  ],
  [
    'noReasonIsFalse',
    'failed, and Linq has named it',
    {},
    (world) => rows(world, { state: 'failed', reason: 'Linq calls the request wrong', history: [] }),
  ],
  ['noRowStaysUnsettledAtTheEndOfTime', 'an unknown attempt', {}, (world) => rows(world, { state: 'unknown' })],
  [
    'noRowStaysUnsettledAtTheEndOfTime',
    'a message that nobody takes',
    {},
    ({ queues }) => void queues[0]?.put(JSON.stringify({ v: 1 })),
  ],
  [
    'noHistoryOrItemGrowsWithoutBound',
    'a thousand lines',
    {},
    (world) => rows(world, { history: Array.from({ length: 1000 }, () => ({ at: '', state: 'stored' })) }),
  ],
  [
    'aMessageOfALaterVersionIsNeverThrownAway',
    'a message that is gone',
    {},
    ({ facts }) => void facts.laterVersions.push({ queue: 'memos.fifo', body: '{"v":2}' }),
  ],
  [
    'aRowOfALaterVersionIsNeverTouched',
    'a row that becomes a tombstone',
    {},
    ({ facts }) => void facts.laterRows.touched.push('m_'),
  ],
  [
    'noStepFailsByItsOwnMistake',
    'a throw',
    {},
    ({ facts }) => void facts.mistakes.push({ process: 'send 1', what: 'TypeError' }),
  ],
];

describe('a promise sees what breaks it', () => {
  test.each(cases)('%s: %s', async (name, _what, plan, spoil) => {
    const { world, broken } = await judge(aPlan(plan));
    expect(broken).toEqual([]);
    const holds = promise.PROMISES[name];
    expect(holds?.(world)).toEqual([]);
    expect(holds?.(spoil(world) ?? world)).not.toEqual([]);
  });

  test('and each of them is tried', () => {
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(Object.keys(promise.PROMISES)));
  });
});

test('a POST after an erasure is no violation where the process stood still for longer than its lease', async () => {
  const { world } = await judge(aPlan());
  const [post] = world.facts.posts;
  if (!post) throw new Error('the world has no POST');
  const erased = {
    what: { memo: post.memo },
    askedMs: post.ms + 1,
    answeredMs: post.ms + 2,
    erased: [post.memo],
    left: [],
  };
  world.facts.erasures.push(erased);
  const late = { ...post, ms: post.ms + 2 * MINUTE };
  world.facts.posts.push(late);
  const promised = () => promise.PROMISES.nothingIsSentAfterAnErasure?.(world);
  expect(promised()).toEqual([]);
  late.attemptedMs = late.ms - MINUTE;
  expect(promised()).toHaveLength(1);
});

test('a double is counted apart where Linq listed the first after the last question', async () => {
  const { world } = await judge(aPlan());
  const first = taken(world, 0);
  const late = {
    ...first,
    messageId: 'another',
    attemptedMs: first.attemptedMs + 11 * MINUTE,
    postedMs: first.postedMs + 11 * MINUTE + 2000,
    takenMs: first.takenMs + 11 * MINUTE,
  };
  world.facts.taken.push(late);
  world.facts.named.clear();
  world.facts.questions.push({ ms: first.attemptedMs + 10 * MINUTE, chat: CHATS.A, shown: [] });
  first.listedMs = first.postedMs + 15 * MINUTE;
  expect(promise.theSameRecordingForTheSameChatIsPostedAtMostOnceUnlessForced(world)).toEqual([]);
  expect(promise.postedTwiceBecauseLinqListedItAfterTheLastQuestion(world)).toBe(1);
  // The row was in `sending` already: no run reads anything between that write and its POST.
  world.facts.named.set(first.messageId, late.postedMs - 1);
  expect(promise.postedTwiceBecauseLinqListedItAfterTheLastQuestion(world)).toBe(1);
  world.facts.named.set(first.messageId, late.attemptedMs - 1);
  expect(promise.theSameRecordingForTheSameChatIsPostedAtMostOnceUnlessForced(world)).toHaveLength(1);
  world.facts.named.clear();
  first.listedMs = first.postedMs + 9 * MINUTE;
  expect(promise.theSameRecordingForTheSameChatIsPostedAtMostOnceUnlessForced(world)).toHaveLength(1);
});
