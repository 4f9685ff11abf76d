import { expect, test } from 'vitest';
import type { RecordingMessage } from '../../../functions/core/model/messages.ts';
import { memoIdOf } from '../../../functions/core/model/messages.ts';
import { dropErased, rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { memoryAudioStore } from '../../fakes/audio-store.memory.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue } from '../../fakes/queues.memory.ts';

// A source repeats an event after an erasure dropped its message. The repeat comes later, but the call is not new.

const prepare = () => {
  const clock = manualClock();
  const ledger = memoryLedger({ clock });
  const keyValues = memoryKeyValueStore({ clock });
  const stepped: RecordingMessage[] = [];
  const step = dropErased(
    { ledger, keyValues, clock, audio: memoryAudioStore(), memos: memoryMemosQueue({ clock }), log: memoryLog() },
    async (message) => {
      stepped.push(message);
      return { kind: 'done', outcome: 'stepped' };
    },
  );
  const message = (target: RecordingMessage['target']): RecordingMessage => ({
    v: 1,
    recording: aRecording({ callId: 'CA1' }),
    receivedAt: new Date(clock.nowMs()).toISOString(),
    ...(target && { target }),
  });
  return { clock, ledger, keyValues, step, stepped, message };
};
const lease = new AbortController().signal;

test('a queued recording that an erasure drops before it has a row leaves a tombstone', async () => {
  const { clock, ledger, keyValues, step, stepped, message } = prepare();
  const queued = message({ chat: CHAT });
  await rememberErasure({ keyValues, clock }, { call: 'CA1' });
  clock.advance(60_000);

  expect(await step(queued, 1, lease)).toEqual({ kind: 'done', outcome: 'erased' });

  const { recording, receivedAt } = queued;
  expect(await ledger.open({ id: memoIdOf(queued), state: 'received', recording, receivedAt })).toBeUndefined();
  expect(stepped).toEqual([]);
});

test.each([1, 2])(
  'one that has only just come is asked about behind its own writes, if it comes for the first time: %s',
  async (receives) => {
    const { clock, keyValues, step, stepped, message } = prepare();
    const queued = message({ chat: CHAT });
    await rememberErasure({ keyValues, clock }, { call: 'CA1' });
    clock.advance(59_000);

    await step(queued, receives, lease);
    expect(stepped).toHaveLength(receives === 1 ? 1 : 0);
  },
);

test('so does one whose target is not known yet: its repeat, a year later, is not asked for', async () => {
  const { clock, keyValues, step, stepped, message } = prepare();
  const queued = message('ask');
  clock.advance(1000);
  await rememberErasure({ keyValues, clock }, { call: 'CA1' });
  await step(queued, 1, lease);

  clock.advance(365 * 24 * 60 * 60 * 1000);
  expect(await step(message('ask'), 1, lease)).toEqual({ kind: 'done', outcome: 'erased' });
  expect(stepped).toEqual([]);
});

test('another recording of the same person, after the erasure, is a new one', async () => {
  const { clock, keyValues, step, stepped, message } = prepare();
  await rememberErasure({ keyValues, clock }, { call: 'CA1' });
  clock.advance(1000);

  await step(message('ask'), 1, lease);
  await step(message({ chat: CHAT }), 1, lease);

  expect(stepped).toHaveLength(2);
});
