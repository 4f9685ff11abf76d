import { describe, expect, test } from 'vitest';
import type { Recipient } from '../../../functions/core/model/keys.ts';
import type { Target } from '../../../functions/core/model/memo.ts';
import { applyLinqEvent } from '../../../functions/core/policy/apply-linq-event.ts';
import { checkPolicy } from '../../../functions/core/policy/send-policy.ts';
import {
  recipientsOf,
  rememberPersonOfChat,
  suppress,
  suppressionsOf,
  unsuppress,
} from '../../../functions/core/policy/suppression-list.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';

const PERSON = '+12025550101';
const LINE = '+12052535597';
const DAY = 24 * 60 * 60_000;
const BY_HAND = { by: 'hand', reason: 'asked on the phone' } as const;
const BY_LINQ = { by: 'linq', reason: 'Linq says that they opted out' } as const;

const world = () => {
  const clock = manualClock();
  const keys = new Set<string>();
  const kept = memoryKeyValueStore({ clock });
  const keyValues: typeof kept = {
    ...kept,
    write: (key, facts, keepMs) => {
      keys.add(`${key} ${JSON.stringify(facts)}`);
      return kept.write(key, facts, keepMs);
    },
  };
  const ports = { keyValues, clock };
  const take = applyLinqEvent({ keyValues, clock, log: memoryLog() });
  return {
    ...ports,
    keys,
    put: (whom: Recipient, stop: Parameters<typeof suppress>[2] = BY_HAND) => suppress(ports, [whom], stop),
    off: (...whom: Recipient[]) => unsuppress(keyValues, whom),
    by: async (...whom: Recipient[]) => (await suppressionsOf(keyValues, whom)).map(({ by }) => by),
    /** Each message comes after all earlier events. */
    wrote: (text: string, from?: string) => {
      clock.advance(1);
      return take({ kind: 'wrote', at: clock.iso(), chat: CHAT, text, ...(from && { from }) });
    },
    goes: async (target: Target, chat?: string) => {
      const held = await checkPolicy(keyValues, { memo: 'm', target, nowMs: clock.nowMs(), ...(chat && { chat }) });
      return held.kind === 'suppressed' ? held.reason : held.kind;
    },
  };
};

describe('a stop by hand', () => {
  test.each<[string, Recipient, Recipient]>([
    ['a chat, however its id is written', { chat: CHAT.toUpperCase() }, { chat: CHAT }],
    ['a person, however the number is written', { phone: '+1 (202) 555-0101' }, { phone: PERSON }],
  ])('of %s is found, with why and since when, and is taken off by hand', async (_, put, look) => {
    const { clock, keyValues, ...list } = world();
    const since = clock.iso();
    await list.put(put);
    clock.advance(50 * 365 * DAY);
    expect(await suppressionsOf(keyValues, [look])).toEqual([{ ...BY_HAND, since }]);
    await list.off(look);
    expect(await list.by(look)).toEqual([]);
  });

  test('said twice has the later reason, and stands since the first time', async () => {
    const { clock, keyValues, put } = world();
    const since = clock.iso();
    await put({ chat: CHAT });
    clock.advance(DAY);
    await put({ chat: CHAT }, { by: 'hand', reason: 'asked again' });
    expect(await suppressionsOf(keyValues, [{ chat: CHAT }])).toEqual([{ by: 'hand', reason: 'asked again', since }]);
  });

  test('stays whatever the person writes, a stop word and its contrary among it', async () => {
    const { put, wrote, by } = world();
    await put({ chat: CHAT });
    for (const text of ['STOP', 'START', 'hello']) await wrote(text);
    expect(await by({ chat: CHAT })).toEqual(['hand']);
  });

  test('is neither shortened nor replaced by a day that Linq asks for', async () => {
    const { clock, put, by } = world();
    await put({ chat: CHAT });
    await put({ chat: CHAT }, BY_LINQ);
    expect(await by({ chat: CHAT })).toEqual(['hand', 'linq']);
    clock.advance(DAY + 1000);
    expect(await by({ chat: CHAT })).toEqual(['hand']);
  });

  test('stops nobody else', async () => {
    const { put, by } = world();
    await put({ chat: CHAT });
    await put({ phone: PERSON });
    expect(await by({ chat: OTHER_CHAT }, { phone: LINE })).toEqual([]);
  });
});

test('a stop word outlasts a refusal of Linq that comes after it', async () => {
  const { clock, put, wrote, by } = world();
  await wrote('STOP');
  await put({ chat: CHAT }, BY_LINQ);
  clock.advance(365 * DAY);
  expect(await by({ chat: CHAT })).toEqual(['word']);
});

test('taken off by hand, somebody is off whoever has put them on', async () => {
  const { put, off, wrote, by } = world();
  await put({ chat: CHAT });
  await put({ chat: CHAT }, BY_LINQ);
  await wrote('STOP');
  await off({ chat: CHAT });
  expect(await by({ chat: CHAT })).toEqual([]);
});

describe('a stop by number', () => {
  const STOPPED = 'the recipient is on the suppression list: asked on the phone';

  test('holds for a memo to that number, before its chat is known and after', async () => {
    const { put, goes } = world();
    await put({ phone: PERSON });
    expect(await goes({ line: LINE, handle: PERSON })).toBe(STOPPED);
    expect(await goes({ line: LINE, handle: PERSON }, CHAT)).toBe(STOPPED);
  });

  test('holds for a memo that names the chat alone once that chat is known to be theirs', async () => {
    const { keyValues, put, goes, off } = world();
    await put({ phone: PERSON });
    expect(await goes({ chat: CHAT }, CHAT)).toBe('free');
    await rememberPersonOfChat(keyValues, CHAT, PERSON);
    expect(await goes({ chat: CHAT }, CHAT)).toBe(STOPPED);
    expect(await goes({ chat: OTHER_CHAT }, OTHER_CHAT)).toBe('free');
    await off({ chat: CHAT });
    expect(await goes({ line: LINE, handle: PERSON })).toBe('free');
  });

  test('knows whose a chat is from what they write in it', async () => {
    const { put, goes, wrote } = world();
    await put({ phone: PERSON });
    await wrote('hello', PERSON);
    expect(await goes({ chat: CHAT }, CHAT)).toBe(STOPPED);
  });

  test.each(['STOP', 'stop'])('is made by %j too, over whichever line they get memos', async (word) => {
    const { goes, by, wrote } = world();
    await wrote(word, PERSON);
    expect(await by({ phone: PERSON })).toEqual(['word']);
    expect(await by({ chat: CHAT }, { phone: PERSON })).toEqual(['word']); // the same suppression once
    expect(await goes({ line: '+12025550999', handle: PERSON })).toContain('they wrote a stop word');
    await wrote('START', PERSON);
    expect(await goes({ line: '+12025550999', handle: PERSON })).toBe('free');
  });

  test('leaves the number in no key and in no note', async () => {
    const { keys, put, wrote } = world();
    await put({ phone: PERSON });
    await wrote('STOP', PERSON);
    expect(keys.size).toBe(4); // by hand; whose chat it is; the opt-out of the chat and of the person
    expect([...keys].join('\n').replaceAll(/\D/g, '')).not.toContain('2025550101');
  });
});

test.each<[string, Parameters<typeof recipientsOf>[0], Recipient[]]>([
  ['nobody yet', {}, []],
  ['a chat', { target: { chat: CHAT } }, [{ chat: CHAT }]],
  ['a person', { target: { line: LINE, handle: PERSON } }, [{ phone: PERSON }]],
  [
    'a person and the chat that was found',
    { target: { line: LINE, handle: PERSON }, chat: CHAT },
    [{ chat: CHAT }, { phone: PERSON }],
  ],
])('a memo may be for %s', (_, memo, recipients) => {
  expect(recipientsOf(memo)).toEqual(recipients);
});
