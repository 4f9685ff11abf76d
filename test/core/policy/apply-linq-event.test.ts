import { describe, expect, test } from 'vitest';
import { lineKey } from '../../../functions/core/model/keys.ts';
import { applyLinqEvent } from '../../../functions/core/policy/apply-linq-event.ts';
import { suppressionsOf } from '../../../functions/core/policy/suppression-list.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';

const world = () => {
  const clock = manualClock();
  const keyValues = memoryKeyValueStore({ clock });
  const log = memoryLog();
  const take = applyLinqEvent({ keyValues, clock, log });
  return {
    keyValues,
    log,
    take,
    suppressed: async () => (await suppressionsOf(keyValues, [{ chat: CHAT }])).length > 0,
  };
};

describe('what a person writes', () => {
  // https://docs.linqapp.com lists these six as whole messages.
  test.each(['STOP', 'UNSUBSCRIBE', 'OPTOUT', 'CANCEL', 'END', 'QUIT', 'stop', ' Stop ', 'opt out', 'Opt-Out'])(
    'stops the memos where it is %j',
    async (text) => {
      const { take, suppressed } = world();
      await take({ kind: 'wrote', at: '2026-03-04T05:06:07.000Z', chat: CHAT, text });
      expect(await suppressed()).toBe(true);
    },
  );

  test.each(['please do not stop', 'STOP it', 'the end', 'quit smoking', ''])(
    'does not where it is %j',
    async (text) => {
      const { take, suppressed } = world();
      await take({ kind: 'wrote', at: '2026-03-04T05:06:07.000Z', chat: CHAT, text });
      expect(await suppressed()).toBe(false);
    },
  );

  const AT = { hello: '2026-03-04T05:00:00.000Z', STOP: '2026-03-04T05:00:01.000Z', START: '2026-03-04T05:00:02.000Z' };
  type Said = keyof typeof AT;
  const said = async (...words: Said[]) => {
    const { take, suppressed } = world();
    for (const text of words) await take({ kind: 'wrote', at: AT[text], chat: CHAT, text });
    return suppressed();
  };

  test('lets them come again where it is anything else, as at Linq', async () => {
    expect(await said('STOP', 'START')).toBe(false);
  });

  // Linq delivers at least once, in any order.
  test.each<[boolean, Said[]]>([
    [true, ['STOP', 'hello']],
    [true, ['hello', 'STOP', 'hello', 'STOP']],
    [false, ['START', 'STOP']],
    [false, ['STOP', 'START', 'STOP', 'hello']],
    [false, ['START', 'hello', 'STOP']],
  ])('stops them (%s) by what was said last, whatever comes last: %j', async (wanted, words) => {
    expect(await said(...words)).toBe(wanted);
  });
});

test('a line that Linq flags is noted and told, and one that is well again is noted, in whichever order that comes', async () => {
  const { take, keyValues, log } = world();
  const line = '+12052535597';
  const [flaggedAt, wellAt] = ['2026-03-04T05:00:00.000Z', '2026-03-04T05:00:01.000Z'];
  await take({ kind: 'line', at: flaggedAt, line, status: 'FLAGGED' });
  expect(await keyValues.read(lineKey(line))).toMatchObject({ status: 'FLAGGED' });
  expect(log.entries).toMatchObject([{ level: 'error', facts: { outcome: 'line-flagged' } }]);
  expect(log.text()).not.toContain('+1205');
  await take({ kind: 'line', at: wellAt, line, status: 'ACTIVE' });
  await take({ kind: 'line', at: flaggedAt, line, status: 'FLAGGED' });
  expect(await keyValues.read(lineKey(line))).toMatchObject({ status: 'ACTIVE' });
  expect(log.entries).toHaveLength(1);
});
