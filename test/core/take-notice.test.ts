import { describe, expect, test } from 'vitest';
import { noteOfLine } from '../../functions/core/courtesy.ts';
import { stopsOf } from '../../functions/core/stop-list.ts';
import { takeNotice } from '../../functions/core/take-notice.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { CHAT } from '../fakes/examples.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { memoryNotes } from '../fakes/notes.memory.ts';

const world = () => {
  const clock = manualClock();
  const notes = memoryNotes({ clock });
  const log = memoryLog();
  const take = takeNotice({ notes, clock, log });
  return { notes, log, take, stopped: async () => (await stopsOf(notes, [{ chat: CHAT }])).length > 0 };
};

describe('what a person writes', () => {
  // https://docs.linqapp.com lists these six as whole messages.
  test.each(['STOP', 'UNSUBSCRIBE', 'OPTOUT', 'CANCEL', 'END', 'QUIT', 'stop', ' Stop ', 'opt out', 'Opt-Out'])(
    'stops the memos where it is %j',
    async (text) => {
      const { take, stopped } = world();
      await take({ kind: 'wrote', chat: CHAT, text });
      expect(await stopped()).toBe(true);
    },
  );

  test.each(['please do not stop', 'STOP it', 'the end', 'quit smoking', ''])(
    'does not where it is %j',
    async (text) => {
      const { take, stopped } = world();
      await take({ kind: 'wrote', chat: CHAT, text });
      expect(await stopped()).toBe(false);
    },
  );

  test('lets them come again where it is anything else, as at Linq', async () => {
    const { take, stopped } = world();
    await take({ kind: 'wrote', chat: CHAT, text: 'STOP' });
    await take({ kind: 'wrote', chat: CHAT, text: 'START' });
    expect(await stopped()).toBe(false);
  });
});

test('a line that Linq flags is noted and told, and one that is well again is noted', async () => {
  const { take, notes, log } = world();
  await take({ kind: 'line', line: '+12052535597', status: 'FLAGGED' });
  expect(await notes.read(noteOfLine('+12052535597'))).toEqual({ status: 'FLAGGED' });
  expect(log.entries).toMatchObject([{ level: 'error', facts: { outcome: 'line-flagged' } }]);
  expect(log.text()).not.toContain('+1205');
  await take({ kind: 'line', line: '+12052535597', status: 'ACTIVE' });
  expect(await notes.read(noteOfLine('+12052535597'))).toEqual({ status: 'ACTIVE' });
});
