import { describe, expect, test } from 'vitest';
import { replayedState } from '../../../functions/core/operate/replay-memos.ts';
import { aMessage, aRecording, CHAT, messagesTo, OTHER_CHAT } from '../../fakes/examples.ts';
import { type Fitting, queuedFor, storeStep } from '../../fakes/store-step.ts';

const passed = (seconds?: number): Fitting => ({
  kind: 'as-it-is',
  extension: 'mp3',
  type: 'audio/mpeg',
  ...(seconds !== undefined && { seconds }),
});
const made = (lettersAndSeconds: readonly number[], seconds?: number): Fitting => ({
  kind: 'made',
  parts: lettersAndSeconds.map((count) => 'x'.repeat(count)),
  ...(seconds !== undefined && { seconds }),
});
const TOO_SHORT = 'the call is shorter than 10 s, which its route asks for';
/** Stores a recording for a route that asks for ten seconds, and returns the result. */
const stored = async (fitted: Fitting, durationSeconds?: number) => {
  const world = storeStep({ fitted });
  const recording = aRecording(durationSeconds === undefined ? {} : { durationSeconds });
  await world.run(aMessage({ recording, target: { chat: CHAT, minSeconds: 10 } }));
  return { ...world, row: await world.memo() };
};

describe('a call for a route that asks for ten seconds', () => {
  test.each<[string, Fitting, number?]>([
    ['is shorter', passed(9.99)],
    ['is shorter, whatever its event says', passed(3), 20],
    ['is shorter by what was made of it, where the file does not say', made([4])],
  ])('is skipped where it %s', async (_, fitted, durationSeconds) => {
    const { row, queue } = await stored(fitted, durationSeconds);
    expect(row).toMatchObject({ state: 'skipped', reason: TOO_SHORT, target: { chat: CHAT } });
    expect(queue.messages).toEqual([]);
  });

  test.each<[string, Fitting, number?]>([
    ['has them', passed(10)],
    ['has them, whatever its event says', passed(12), 2],
    ['has them, and silence was taken off its ends', made([3], 12)],
    ['has them in parts of less', made([8, 8])],
    ['does not say how long it is', passed()],
    ['does not say how long it is, though its event does', passed(), 2],
  ])('is sent where it %s', async (_, fitted, durationSeconds) => {
    const { row, queue } = await stored(fitted, durationSeconds);
    expect(row).toMatchObject({ state: 'stored' });
    expect(queue.messages[0]).toEqual(queuedFor(CHAT));
  });

  test('is kept, so that a person may still send it by force', async () => {
    const { row, audio } = await stored(passed(3));
    expect(audio.objects.has(row?.audio?.key ?? '')).toBe(true);
    expect(row && [replayedState(row, false), replayedState(row, true)]).toEqual([undefined, 'stored']);
  });

  test('is sent to the targets that ask for less', async () => {
    const world = storeStep({ fitted: passed(5) });
    const targets = [
      { chat: CHAT, minSeconds: 10 },
      { chat: OTHER_CHAT, minSeconds: 5 },
    ];
    for (const message of messagesTo(targets)) await world.run(message);
    expect(await world.memo()).toMatchObject({ state: 'skipped' });
    expect(world.queue.messages).toEqual([queuedFor(OTHER_CHAT)]);
  });

  test('is skipped once more by a run that comes again', async () => {
    const world = await stored(passed(3));
    await world.run(aMessage({ target: { chat: CHAT, minSeconds: 10 } }), { receives: 2 });
    expect(await world.memo()).toEqual(world.row);
    expect(world.queue.messages).toEqual([]);
  });
});
