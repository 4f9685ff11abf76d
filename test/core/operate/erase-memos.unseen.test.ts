import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { timing } from '../../../functions/core/model/timing.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import type { Messenger } from '../../../functions/core/ports/ports.ts';
import { sendMemo } from '../../../functions/core/send/send-memo.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { aMessage, aRecording, CHAT } from '../../fakes/examples.ts';
import { modelLinq } from '../../fakes/linq.model.ts';
import { scriptedMessenger } from '../../fakes/messenger.scripted.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { DONE } from '../../fakes/send-step.ts';
import { alive, storeStep } from '../../fakes/store-step.ts';

const PHONE = '+12025550101';
const LINE = '+12052535597';

// An index of the table shows a row a moment after the write: an erasure that lists at that moment misses the row.

const stored = async (over: Parameters<typeof aMessage>[0] = {}) => {
  const world = storeStep();
  const recording = aRecording({ from: PHONE });
  await world.run(aMessage({ recording, receivedAt: world.clock.iso(), ...over }));
  world.clock.advance(1000);
  const send = (messenger: Messenger, delivery: 'url' | 'attachment' = 'url') => {
    const [queued] = world.queue.messages;
    if (!queued) throw new Error('no memo was queued');
    const { ledger, keyValues, audio, clock, log } = world;
    const ports = { ledger, keyValues, audio, messenger, delivery, clock, log };
    const step = sendMemo({ ...ports, timing: timing(), random: () => 1, token: randomUUID });
    return step(queued.message, 1, alive());
  };
  return { ...world, send, erase: () => rememberErasure(world, { phone: PHONE }) };
};

describe('a memo that its erasure did not see', () => {
  test.each([
    ['of a caller', {}],
    [
      'of whoever gets the memo',
      { recording: aRecording({ from: LINE }), target: { line: LINE, handle: PHONE, create: 'Hello' } },
    ],
  ])('is not sent, and the sweep leads to its end: %s', async (_, over) => {
    const world = await stored(over);
    await world.erase();
    const messenger = scriptedMessenger({ answers: [DONE] });
    expect(await world.send(messenger)).toEqual({ kind: 'done', outcome: 'erased' });
    expect([messenger.posts, messenger.opened]).toEqual([[], []]);

    const recordings = memoryRecordingsQueue();
    const { ledger, queue: memos, keyValues, clock, log } = world;
    clock.advance(20 * 60_000);
    await sweepOverdue({
      ledger,
      recordings,
      memos,
      keyValues,
      clock,
      timing: timing(),
      untilListed: async () => {},
      detailsMs: 1e12,
      log,
    })();
    for (const message of recordings.messages.splice(0)) await world.run(message);
    expect((await ledger.list({}, 10)).memos).toEqual([]);
    expect([...world.audio.objects.keys()]).toEqual([]);
  });

  test('is not sent either where the person is erased while its audio goes up to Linq, and that copy is taken back', async () => {
    const world = await stored();
    const messenger = scriptedMessenger({
      answers: [DONE],
      uploads: [{ kind: 'uploaded', attachmentId: 'went-up' }],
    });
    const { upload } = messenger;
    messenger.upload = async (audio, body) => {
      await world.erase();
      return upload(audio, body);
    };
    expect(await world.send(messenger, 'attachment')).toEqual({ kind: 'done', outcome: 'erased' });
    expect(messenger.posts).toEqual([]);
    expect(messenger.deleted).toEqual(['went-up']);
  });

  test('and one whose call came after the erasure is sent', async () => {
    const world = storeStep();
    await rememberErasure(world, { phone: PHONE });
    world.clock.advance(1000);
    const receivedAt = world.clock.iso();
    await world.run(aMessage({ recording: aRecording({ from: PHONE }), receivedAt }));
    const linq = modelLinq({
      clock: world.clock,
      outcomes: [{ taken: true, heard: { kind: 'done' }, listedAfterMs: 0 }],
    });
    const { ledger, keyValues, audio, clock, log, queue } = world;
    const ports = { ledger, keyValues, audio, messenger: linq, delivery: 'url' as const, clock, log };
    const step = sendMemo({ ...ports, timing: timing(), random: () => 1, token: randomUUID });
    for (const { message } of queue.messages) await step(message, 1, alive());
    expect(linq.chats.map(({ chat }) => chat)).toEqual([CHAT]);
  });
});
