import { expect, test } from 'vitest';
import { aCall, aFault, aPlan, aPost } from './a-plan.ts';
import { judge, storyOf } from './judge.ts';
import type { Plan } from './plan.ts';

// Histories that random worlds seldom reach, step by step. Only the second lines of defence protect these cases.

const MINUTE = 60_000;

const told = async (plan: Partial<Plan>) => {
  const judgement = await judge(aPlan({ place: 'laptop', ...plan }));
  expect(judgement.broken, storyOf(judgement)).toEqual([]);
  return judgement.world;
};

test('the late answer to an attempt that was given up undoes no later attempt', async () => {
  // Linq answers "slow down" to the first attempt, and the run freezes before it can write that answer. Ten minutes
  // later another run sends the memo again. Linq takes 44 seconds to answer; in that time the first run wakes up.
  const world = await told({
    posts: [aPost({ answer: 'slow down' }), aPost({ answerMs: 44_000 })],
    faults: [aFault('send', 1, 'linq.sendVoiceMemo', 'freezes after', 10 * MINUTE + 20_000)],
  });
  expect(world.facts.posts).toHaveLength(2);
  expect(world.rows.map(({ state }) => state)).toEqual(['sent']);
});

test('what Linq listed for an earlier attempt decides nothing about a later one', async () => {
  // Linq answers the last question about the first attempt, and the run freezes. Another run also asks, and sends
  // again. Linq takes that memo, gives no usable answer, and lists the memo nine minutes later. Then the first run
  // wakes up with its old answer.
  const world = await told({
    posts: [aPost({ answer: 'unknown, not taken' }), aPost({ answer: 'unknown, taken', listedAfterMs: 9 * MINUTE })],
    faults: [aFault('send', 4, 'linq.listSent', 'freezes after', 100_000)],
  });
  expect(world.facts.posts).toHaveLength(2);
  expect(world.rows.map(({ state }) => state)).toEqual(['sent']);
});

test('a run whose message is in other hands posts nothing, however late it wakes up', async () => {
  // The first run writes `sending` and freezes before it can post. Another run finds the memo unknown and asks Linq.
  const world = await told({
    faults: [aFault('send', 1, 'ledger.move', 'freezes after', 3 * MINUTE)],
  });
  expect(world.facts.posts.map(({ run }) => run)).not.toContain('send 1');
  expect(world.rows.map(({ state }) => state)).toEqual(['delivered']);
});

test.each([14, 27])(
  'a key that is wrong for %i hours changes no order, though SQS hands out no message more than a thousand times',
  async (hours) => {
    // Three calls of one chat wait for the key, and a fourth arrives meanwhile. One try every 50 seconds makes a
    // thousand tries in 14 hours.
    const HOUR = 60 * MINUTE;
    const tries = (hours * HOUR) / 50_000;
    const world = await told({
      calls: [0, 1000, 2 * HOUR, 13 * HOUR].map((afterMs) => aCall({ afterMs })),
      posts: Array.from({ length: tries }, () => aPost({ answer: 'our fault' })),
    });
    expect(world.facts.taken.map(({ recording }) => recording)).toEqual(['RE1', 'RE2', 'RE3', 'RE4']);
    expect(world.facts.deadLetters.memos.size).toBe(0);
    expect(world.history.lines().join('\n')).not.toContain('dead letters of memos takes');
  },
);

test('the parts of a call wait for a part whose row a later version wrote', async () => {
  // A run fits a long call and finds that a later version wrote its first row. The sweep finds the other parts overdue.
  const world = await told({
    pace: 312440,
    place: 'lambda',
    calls: [aCall({ to: 'chat B', parts: 3, media: ['not yet'] }), aCall({ to: 'asked, then chat A' })],
    commands: [{ afterMs: 40_000, name: 'later version of a row', which: 0 }],
  });
  const parts = world.facts.taken.filter(({ recording }) => recording === 'RE1').map(({ memo }) => memo.slice(28));
  expect(parts).toEqual(['', '-2', '-3']);
});

test('a memo that waited for its source, and then for a later version, has its whole time with Linq', async () => {
  // The source answers "not ready yet", and the recording is there five hours later. The first attempt starts a minute
  // late, as with a slow table.
  const world = await told({
    pace: 667959,
    place: 'lambda',
    calls: [aCall({ to: 'chat B', media: ['not yet'] }), aCall({}), aCall({}), aCall({})],
    posts: [aPost({ answer: 'cannot fetch', answerMs: 400 })],
    commands: [{ afterMs: 40_000, name: 'later version of a row', which: 0 }],
  });
  expect(world.rows.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
});
