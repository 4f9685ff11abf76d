import { describe, expect, test } from 'vitest';
import { type Memo, memoId } from '../../../functions/core/model/memo.ts';
import type { Route } from '../../../functions/core/model/route.ts';
import { aRecording, OTHER_CHAT } from '../../fakes/examples.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';
import { AUDIO, storeStep } from '../../fakes/store-step.ts';
import { replayIn, type Store } from './replaying.ts';

describe('a replay that is done', () => {
  const REFUSED = { kind: 'refused', to: 'failed', reason: 'too large' } as const;
  const UNKNOWN = { kind: 'unknown', reason: 'Linq answered 500' } as const;

  /** A memo that has ended, its replay, and the messages that the replay queued. */
  const ended = async (...answers: Parameters<typeof sendStep>[0][]) => {
    const step = await sendStep(Object.assign({}, ...answers));
    await step.keepDelivering();
    const { run, memos } = replayIn(step);
    const replay = async (force = false) => {
      await run([await step.memo()], { force }, false);
      const queued = memos.messages.splice(0).map(({ message }) => message);
      for (const { generation, force: forced } of queued) {
        for (let receives = 1; ; receives += 1) {
          const verdict = await step.deliver({ generation, receives, force: forced ?? false });
          if (verdict.kind === 'done') break;
          step.clock.advance(verdict.delayMs);
        }
      }
      return queued.length;
    };
    return { ...step, replay };
  };

  test('sends what had failed, with a generation of its own', async () => {
    const { replay, memo, messenger } = await ended({ answers: [REFUSED, DONE] });
    expect(await memo()).toMatchObject({ state: 'failed', generation: 0 });
    expect(await replay()).toBe(1);
    expect(messenger.posts).toHaveLength(2);
    expect(await memo()).toMatchObject({ state: 'sent', generation: 1 });
  });

  test('pressed twice is one: SQS swallows the second, and the row would', async () => {
    const { run, memos, memo, deliver, messenger } = await (async () => {
      const step = await sendStep({ answers: [REFUSED, DONE] });
      await step.keepDelivering();
      return { ...step, ...replayIn(step) };
    })();
    const failed = await memo();
    await run([failed], { force: false }, false);
    await run([failed], { force: false }, false);
    expect(memos.messages).toHaveLength(1);
    await deliver({ generation: 1 });
    await deliver({ generation: 1 });
    expect(messenger.posts).toHaveLength(2);
  });

  test('does not send again what was sent, but by force', async () => {
    const { replay, memo, messenger } = await ended({ answers: [DONE, { kind: 'done', messageId: 'second' }] });
    expect(await replay()).toBe(0);
    expect(messenger.posts).toHaveLength(1);
    expect(await replay(true)).toBe(1);
    expect(messenger.posts).toHaveLength(2);
    expect(await memo()).toMatchObject({ state: 'sent', generation: 2, linq: { messageId: 'second' } });
  });

  test('asks Linq about what is parked, and sends it only where it is not there', async () => {
    const { replay, memo, messenger } = await ended({ answers: [UNKNOWN, UNKNOWN, DONE] });
    expect(await memo()).toMatchObject({ state: 'parked' });
    const before = messenger.asked.length;
    await replay();
    expect(messenger.asked.length).toBeGreaterThan(before);
    expect(await memo()).toMatchObject({ state: 'sent', generation: 1, attempts: 3 });
  });

  test('parks again what Linq has forgotten; force sends it', async () => {
    const { replay, memo, messenger, clock } = await ended({ answers: [UNKNOWN, UNKNOWN, DONE] });
    clock.advance(25 * 60 * 60_000);
    await replay();
    expect(await memo()).toMatchObject({ state: 'parked', generation: 1 });
    expect(messenger.posts).toHaveLength(2);
    await replay(true);
    expect(await memo()).toMatchObject({ state: 'sent', generation: 3 });
  });

  test('by force, at once after one without force, still sends it, as it says; and the other way round it does so once', async () => {
    for (const forces of [
      [false, true],
      [true, false],
      [true, true],
    ]) {
      const step = await sendStep({ answers: [UNKNOWN, UNKNOWN, DONE] });
      await step.keepDelivering();
      step.clock.advance(25 * 60 * 60_000);
      const { run, memos } = replayIn(step);
      for (const force of forces) {
        const [one] = await run([await step.memo()], { force }, false);
        expect(one?.plan).toBe(force ? 'send' : 'ask');
      }
      expect(memos.messages.some(({ message }) => message.force)).toBe(true);
      for (const { message } of memos.messages) {
        const { generation, force = false } = message;
        await step.deliver({ generation, force });
        await step.deliver({ generation, force }); // SQS may deliver the message twice
      }
      expect(await step.memo()).toMatchObject({ state: 'sent', attempts: 3 });
      expect(step.messenger.posts).toHaveLength(3);
    }
  });

  test('lets a message of an older generation that comes late do nothing', async () => {
    const { replay, deliver, messenger } = await ended({ answers: [REFUSED, REFUSED, DONE] });
    await replay();
    expect(await deliver({ generation: 0 })).toEqual({ kind: 'done', outcome: 'an older generation' });
    expect(messenger.posts).toHaveLength(2);
  });

  test('after an outage of 25 hours sends each memo that was given up in it, once', async () => {
    const away = Array.from(
      { length: 40 },
      () => ({ kind: 'not-now', waitsFor: 'linq', reason: 'cannot be reached' }) as const,
    );
    const step = await sendStep({ answers: away });
    await step.keepDelivering();
    expect(await step.memo()).toMatchObject({ state: 'failed' });
    step.clock.advance(23 * 60 * 60_000);
    let posts = 0;
    step.messenger.sendVoiceMemo = async () => {
      posts += 1;
      return DONE;
    };
    const { run, memos } = replayIn(step);
    await run([await step.memo()], { force: false }, false);
    for (const { message } of memos.messages) await step.deliver({ generation: message.generation });
    expect(posts).toBe(1);
    expect(await step.memo()).toMatchObject({ state: 'sent' });
  });
});

describe('a replay of a recording', () => {
  const through = async (world: Store, memo: Memo | undefined, routes: Route[] = [], chat = '') => {
    if (!memo) throw new Error('there is no such memo');
    const { run, recordings } = replayIn(world, routes);
    await run([memo], { force: false, ...(chat && { chat }) }, false);
    for (const message of recordings.messages) await world.keepRunning(message);
    return recordings.messages.length;
  };

  test('fetches it anew, with the whole waitsFor of its source', async () => {
    const gone = { kind: 'rejected', reason: 'gone: the source answered 410' } as const;
    const downloads = [gone, { kind: 'not-yet', reason: 'not yet' }, { kind: 'fetched', value: AUDIO }] as const;
    const world = storeStep({ downloads });
    await world.run();
    expect(await world.memo()).toMatchObject({ state: 'rejected' });
    world.clock.advance(60 * 60_000);
    await through(world, await world.memo());
    expect(await world.memo()).toMatchObject({ state: 'stored', generation: 1 });
    expect(world.queue.messages).toMatchObject([{ message: { generation: 1 } }]);
  });

  test('gives an unrouted one a target: its audio is sent under the new memo’s name, though its URL is long dead', async () => {
    const downloads = [
      { kind: 'fetched', value: AUDIO },
      { kind: 'rejected', reason: 'gone' },
    ] as const;
    const world = storeStep({ downloads });
    const message = { v: 1 as const, recording: aRecording(), receivedAt: world.clock.iso() };
    await world.run(message);
    const before = await world.unrouted();
    expect(before).toMatchObject({ state: 'unrouted' });

    await through(world, before, [{ when: {}, send: { chat: OTHER_CHAT } }]);
    const id = memoId(aRecording(), { chat: OTHER_CHAT });
    const routed = await world.memo({ chat: OTHER_CHAT });
    expect(routed).toMatchObject({
      state: 'stored',
      audio: { key: expect.stringMatching(new RegExp(`/${id}\\.mp3$`)) },
    });
    expect(world.audio.objects.get(routed?.audio?.key ?? '')?.bytes).toEqual(AUDIO);
    expect(world.queue.messages.map(({ message: { memo } }) => memo)).toEqual([id]);
    expect(await world.unrouted()).toMatchObject({ state: 'skipped', reason: `routed: ${id}`, generation: 1 });
    expect(await through(world, await world.unrouted(), [{ when: {}, send: { chat: OTHER_CHAT } }])).toBe(0);
  });

  test('gives a rejected one that never had a target one too: its recording is fetched again, and the old row is done with', async () => {
    const world = storeStep({
      downloads: [
        { kind: 'rejected', reason: 'gone' },
        { kind: 'fetched', value: AUDIO },
      ],
    });
    const receivedAt = world.clock.iso();
    await world.run({ v: 1, recording: aRecording(), receivedAt });
    const before = await world.unrouted();
    expect(before).toMatchObject({ state: 'rejected' });

    await through(world, before, [{ when: {}, send: { chat: OTHER_CHAT } }]);
    expect(await world.memo({ chat: OTHER_CHAT })).toMatchObject({ state: 'stored' });
    const id = memoId(aRecording(), { chat: OTHER_CHAT });
    expect(await world.unrouted()).toMatchObject({ state: 'skipped', reason: `routed: ${id}`, generation: 1 });
  });

  test('of one that was erased makes no row', async () => {
    const world = storeStep();
    await world.run();
    const memo = await world.memo();
    await world.ledger.leaveTombstone(memo?.id ?? '');
    world.queue.messages.splice(0);
    await world.run();
    expect(await world.memo()).toBeUndefined();
    expect(world.queue.messages).toEqual([]);
  });
});
