import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { recordingSchema } from '../../../functions/core/model/recording.ts';
import { queueFurther } from '../../../functions/core/store/queue-further.ts';
import { aMessage, anUnrouted, aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { storeStep } from '../../fakes/store-step.ts';

// A transferred call: its source has announced one recording, and has three.

const further = ['RE1:402', 'RE1:403'].map((id) => ({ id, reference: { session: 'RE1', recording: id.slice(4) } }));
const asked = aRecording({ media: { kind: 'ask' }, from: '+12052535597', durationSeconds: 37 });
const message = { ...aMessage({ recording: asked }), target: { chat: CHAT } };
const idOf = (id: string) => memoId({ ...asked, id }, { chat: CHAT });

describe('what else a source has recorded of a call', () => {
  test('becomes a memo each, for the same chat and of the same parties, in the order of the source', async () => {
    const { run, ledger, queue } = storeStep({ further });
    expect(await run(message)).toMatchObject({ kind: 'done' });

    for (const { id, reference } of further) {
      expect(await ledger.get(idOf(id))).toMatchObject({
        state: 'stored',
        target: { chat: CHAT },
        recording: { id, from: '+12052535597', media: { kind: 'ask' }, reference },
      });
    }
    expect(queue.messages.map(({ message }) => message.memo)).toEqual(
      ['RE1', ...further.map(({ id }) => id)].map(idOf),
    );
  });

  test('has not the length that the event gave of the whole call', async () => {
    const { run, ledger } = storeStep({ further });
    await run(message);
    expect((await ledger.get(idOf('RE1:402')))?.recording).not.toHaveProperty('durationSeconds');
  });

  test('is made once, however often the first is fetched', async () => {
    const { run, ledger, queue } = storeStep({ further });
    await run(message);
    const before = await ledger.get(idOf('RE1:402'));
    await run(message, { receives: 2 });
    await run({ ...message, replay: { memo: idOf('RE1'), generation: 1 } });
    expect(await ledger.get(idOf('RE1:402'))).toEqual(before);
    expect(new Set(queue.messages.map(({ message }) => message.memo)).size).toBe(3);
  });

  test('is not lost where the first is gone', async () => {
    const { run, ledger } = storeStep({ further, downloads: [{ kind: 'rejected', reason: 'gone' }] });
    await run(message);
    expect((await ledger.get(idOf('RE1')))?.state).toBe('rejected');
    expect(await ledger.get(idOf('RE1:403'))).toBeDefined();
  });

  test('waits while the first is tried again', async () => {
    const { run, ledger } = storeStep({ further, downloads: [{ kind: 'not-yet', reason: 'the source answered 404' }] });
    expect(await run(message)).toMatchObject({ kind: 'later' });
    expect(await ledger.get(idOf('RE1:402'))).toBeUndefined();
  });

  test('is unrouted where the first is', async () => {
    const { run, ledger } = storeStep({ further });
    await run(anUnrouted({ recording: asked }));
    expect(await ledger.get(memoId({ ...asked, id: 'RE1:402' }, undefined))).toMatchObject({ state: 'unrouted' });
  });
});

test('no more are queued than an event may announce, and each can be queued', async () => {
  const queue = memoryRecordingsQueue();
  const many = Array.from({ length: 3000 }, (_, n) => ({ id: `RE1:${n}`, reference: { recording: `${n}` } }));
  await queueFurther(queue, message, many);
  expect(queue.messages).toHaveLength(100);
  for (const { recording } of queue.messages) expect(recordingSchema.safeParse(recording).error).toBeUndefined();
});
