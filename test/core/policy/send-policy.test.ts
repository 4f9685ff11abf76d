import { describe, expect, test } from 'vitest';
import { lineKey } from '../../../functions/core/model/keys.ts';
import type { Target } from '../../../functions/core/model/memo.ts';
import { checkPolicy, quietForMs } from '../../../functions/core/policy/send-policy.ts';
import { suppress } from '../../../functions/core/policy/suppression-list.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const night = (timeZone: string) => ({ from: '21:00', until: '08:00', timeZone });
const LINE = '+12052535597';
const PERSON = '+12025550101';

/** Checks the policy for a new memo; the key-value store stays the same. */
const asking = (target: Target, start?: string) => {
  const clock = manualClock(start);
  const keyValues = memoryKeyValueStore({ clock });
  const ask = (memo = 'm1') => checkPolicy(keyValues, { memo, chat: CHAT, target, nowMs: clock.nowMs() });
  return { clock, keyValues, ask };
};

describe('quiet hours', () => {
  test.each<[string, string, string, number]>([
    // New York is five hours behind UTC in winter and four in summer, as the IANA data says.
    ['a winter evening in New York', 'America/New_York', '2026-01-15T02:30:00Z', 10.5 * HOUR],
    ['the same time in summer', 'America/New_York', '2026-07-15T02:30:00Z', 9.5 * HOUR],
    ['the last minute of the night', 'America/New_York', '2026-01-15T12:59:00Z', MINUTE],
    ['the first minute of the day', 'America/New_York', '2026-01-15T13:00:00Z', 0],
    ['the last minute of the evening', 'America/New_York', '2026-01-16T01:59:00Z', 0],
    ['a zone half an hour off', 'Asia/Kolkata', '2026-01-15T15:30:00Z', 11 * HOUR],
    ['a zone that is a day ahead', 'Pacific/Kiritimati', '2026-01-15T17:00:00Z', HOUR],
  ])('%s', (_, timeZone, at, quietMs) => {
    expect(quietForMs(night(timeZone), Date.parse(at))).toBe(quietMs);
  });

  test('within a day, not over midnight', () => {
    const siesta = { from: '13:00', until: '15:00', timeZone: 'UTC' };
    expect(quietForMs(siesta, Date.parse('2026-01-15T13:00:00Z'))).toBe(2 * HOUR);
    expect(quietForMs(siesta, Date.parse('2026-01-15T15:00:00Z'))).toBe(0);
    expect(quietForMs(siesta, Date.parse('2026-01-15T12:59:00Z'))).toBe(0);
  });

  test('make a memo wait until they end', async () => {
    const { ask } = asking({ chat: CHAT, quietHours: night('UTC') }, '2026-01-15T22:00:00Z');
    expect(await ask()).toEqual({ kind: 'wait', reason: 'quiet hours until 08:00 UTC', delayMs: 10 * HOUR });
  });
});

describe('at most so many a day', () => {
  test('lets those through, makes the next wait until midnight, and asks nothing of one that comes again', async () => {
    const { ask, clock } = asking({ chat: CHAT, maxPerDay: 2 }, '2026-01-15T22:00:00Z');
    expect([await ask('m1'), await ask('m2'), await ask('m1')]).toEqual(Array(3).fill({ kind: 'free' }));
    expect(await ask('m3')).toMatchObject({ kind: 'wait', delayMs: 2 * HOUR });
    clock.advance(2 * HOUR);
    expect(await ask('m3')).toEqual({ kind: 'free' });
  });

  test('counts the day where the recipient lives', async () => {
    const quietHours = { from: '00:00', until: '00:01', timeZone: 'America/New_York' };
    const { ask, clock } = asking({ chat: CHAT, maxPerDay: 1, quietHours }, '2026-01-15T23:30:00Z');
    await ask('m1');
    clock.advance(HOUR); // midnight in UTC has passed, but not in New York
    expect(await ask('m2')).toMatchObject({ kind: 'wait', delayMs: 4.5 * HOUR });
  });
});

test('the suppression list comes before everything that only waits', async () => {
  const { ask, clock, keyValues } = asking({ chat: CHAT, quietHours: night('UTC') }, '2026-01-15T22:00:00Z');
  await suppress({ keyValues, clock }, [{ chat: CHAT }], { by: 'word', reason: 'STOP' });
  expect(await ask()).toEqual({ kind: 'suppressed', reason: 'the recipient is on the suppression list: STOP' });
});

test('before its chat is known a memo waits for all but the count of that chat', async () => {
  const { clock, keyValues } = asking({ chat: CHAT }, '2026-01-15T22:00:00Z');
  const ask = (target: Target, memo = 'm1') => checkPolicy(keyValues, { memo, target, nowMs: clock.nowMs() });
  const person = { line: LINE, handle: PERSON };
  expect(await ask({ ...person, maxPerDay: 1 })).toEqual({ kind: 'free' });
  expect(await ask({ ...person, maxPerDay: 1 }, 'm2')).toEqual({ kind: 'free' });
  expect(await ask({ ...person, quietHours: night('UTC') })).toMatchObject({ kind: 'wait' });
});

test('a flagged line makes its memos wait, and not those of another', async () => {
  const { ask, keyValues } = asking({ line: LINE, handle: PERSON });
  await keyValues.write(lineKey('+12020000000'), { status: 'FLAGGED' }, HOUR);
  expect(await ask()).toEqual({ kind: 'free' });
  await keyValues.write(lineKey(LINE), { status: 'FLAGGED' }, HOUR);
  expect(await ask()).toMatchObject({ kind: 'wait', delayMs: HOUR });
  await keyValues.write(lineKey(LINE), { status: 'ACTIVE' }, HOUR);
  expect(await ask()).toEqual({ kind: 'free' });
});
