import { expect, test } from 'vitest';
import { MAX_MEMO_BYTES } from '../../../functions/core/model/audio.ts';
import { audioOf, inboxOf, memoId } from '../../../functions/core/model/memo.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { written } from '../../fakes/effects.ts';
import { aMessage, aRecording, CHAT } from '../../fakes/examples.ts';
import { AUDIO, type StoreScript, storeStep } from '../../fakes/store-step.ts';

// Each call of a port is one request to AWS, or one download.

const PHONE = '+12025550101';
const MESSAGE = aMessage({ recording: aRecording({ from: PHONE, callId: 'CA1' }) });
const ID = memoId(MESSAGE.recording, { chat: CHAT });
const LAST_KEY = `${audioOf(ID)}run-1-1/${ID}.mp3`;

const run = async (script: StoreScript = {}) => {
  const world = storeStep(script);
  const calls: string[] = [];
  const verdict = await world.run({ ...MESSAGE, receivedAt: world.clock.iso() }, { effects: written(calls) });
  return { ...world, calls, verdict };
};

test('a recording that passes is put once, under its last key, and its row is not read again', async () => {
  const { calls, audio } = await run();
  expect(calls).toEqual(['open', 'download', `put ${LAST_KEY}`, 'move', 'readAll', 'send']);
  expect([...audio.objects]).toEqual([[LAST_KEY, { bytes: AUDIO, type: 'audio/mpeg' }]]);
});

test('a recording that is no audio is put nowhere', async () => {
  const { calls, audio } = await run({ fitted: { kind: 'unfit', reason: 'not audio' } });
  expect(calls).toEqual(['open', 'download', 'move', 'readAll']);
  expect(audio.objects.size).toBe(0);
});

test('a recording that is too large to pass goes to the inbox as it comes, and leaves nothing there', async () => {
  const { calls, audio } = await run({ downloads: [{ kind: 'fetched', value: Buffer.alloc(MAX_MEMO_BYTES + 1) }] });
  const inbox = `${inboxOf(ID)}run-1-1/`;
  expect(calls).toEqual(expect.arrayContaining([`put ${inbox}as-it-came`, `removeAll ${inbox}`]));
  expect([...audio.objects.keys()]).toEqual([LAST_KEY]);
});

test('a recording that gives way to others is kept in the inbox for its next try', async () => {
  const world = storeStep({ isLong: true, storeConcurrency: 1 });
  await world.keyValues.take('slow#1', 'another run', 60_000);
  expect(await world.run(MESSAGE)).toMatchObject({ kind: 'later' });
  expect([...world.audio.objects]).toEqual([[`${inboxOf(ID)}run-1-1/as-it-came`, { bytes: AUDIO }]]);
  await world.keyValues.remove('slow#1');
  expect(await world.run(MESSAGE, { receives: 2 })).toMatchObject({ kind: 'done' });
  expect(world.recordings.fetched).toHaveLength(1);
});

test('a recording whose person was erased a moment ago leaves no byte, no row and no message', async () => {
  const world = storeStep();
  const message = { ...MESSAGE, receivedAt: world.clock.iso() };
  await rememberErasure(world, { phone: PHONE });
  expect(await world.run(message)).toEqual({ kind: 'done', outcome: 'erased' });
  expect([...world.audio.objects, ...(await world.ledger.list({}, 1)).memos, ...world.queue.messages]).toEqual([]);
});
