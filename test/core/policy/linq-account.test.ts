import { expect, test } from 'vitest';
import { type AccountNotice, applyAccountEvent, remindOfTokens } from '../../../functions/core/policy/linq-account.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const world = () => {
  const clock = manualClock();
  const [log, keyValues] = [memoryLog(), memoryKeyValueStore({ clock })];
  const inDays = (days: number) => new Date(clock.nowMs() + days * DAY_MS).toISOString();
  const take = (notice: AccountNotice) => applyAccountEvent({ keyValues, clock, log })(notice);
  const remind = remindOfTokens({ keyValues, clock, log });
  /** The log lines since the last call, each with its step. */
  const said = () => log.entries.splice(0).map(({ facts }) => `${facts?.step}: ${facts?.reason}`);
  return { clock, take, remind, said, inDays };
};

test('a token that will end is told of when Linq says so, and again from a week before its end', async () => {
  const { clock, take, remind, said, inDays } = world();
  const end = inDays(30);

  await take({ kind: 'token', token: 't1', expiresAt: end });
  expect(said()).toEqual([expect.stringContaining(`api: an API token at Linq expires at ${end}`)]);
  await take({ kind: 'token', token: 't1', expiresAt: end }); // Linq delivers at least once
  await remind();
  expect(said()).toEqual([]);

  clock.advance(24 * DAY_MS);
  await remind();
  expect(said()).toEqual([expect.stringContaining(`tend: an API token at Linq expires at ${end}`)]);

  clock.advance(7 * DAY_MS);
  await remind();
  expect(said()).toEqual([]);
});

test.each<[string, AccountNotice, string[]]>([
  ['has no end any more', { kind: 'token', token: 't1' }, []],
  [
    'has ended',
    { kind: 'token-gone', token: 't1', how: 'expired' },
    ['api: an API token at Linq has expired: if the token is ours, set a new one now'],
  ],
  [
    'was deleted',
    { kind: 'token-gone', token: 't1', how: 'deleted' },
    ['api: an API token at Linq was deleted: if the token is ours, set a new one now'],
  ],
])('nobody is reminded of a token that %s, and still of the others', async (_title, notice, now) => {
  const { take, remind, said, inDays } = world();
  await take({ kind: 'token', token: 't1', expiresAt: inDays(2) });
  await take({ kind: 'token', token: 't2', expiresAt: inDays(3) });
  said();

  await take(notice);
  expect(said()).toEqual(now);
  await remind();
  expect(said()).toEqual([expect.stringContaining(inDays(3))]);
});

test('a subscription that Linq has switched off is told of by its address', async () => {
  const { take, said } = world();
  await take({ kind: 'subscription-off', target: 'https://calls.example.com/linq' });
  expect(said()).toEqual(['api: Linq has switched off the subscription to https://calls.example.com/linq']);
});
