import { describe, expect, test } from 'vitest';
import { audioOf, inboxOf, type Memo } from '../../../functions/core/model/memo.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { aMessage, anUnrouted, aRecording, CHAT, messagesTo } from '../../fakes/examples.ts';
import { type StoreScript, storeStep } from '../../fakes/store-step.ts';
import { BOTH, eraseIn, ID, PHONE, type Store } from './erasing.ts';

describe('what was queued before an erasure', () => {
  test.each([
    ['of a caller', { phone: '+1 (202) 555-0101' }, { from: PHONE }],
    ['of a callee', { phone: PHONE }, { to: PHONE }],
    ['of a call', { call: 'call-1' }, { callId: 'call-1' }],
  ])('%s makes no row, and what came with it is deleted', async (_, erasable, facts) => {
    const world = storeStep();
    const media = { kind: 'inbox' as const, key: `${inboxOf(ID)}inline` };
    const message = aMessage({ recording: aRecording({ ...facts, media }) });
    world.audio.objects.set(media.key, { bytes: Buffer.from('sound') });
    world.clock.advance(60_000);
    await rememberErasure({ keyValues: world.keyValues, clock: world.clock }, erasable);
    expect(await world.run(message)).toEqual({ kind: 'done', outcome: 'erased' });
    expect((await world.ledger.list({}, 10)).memos).toEqual([]);
    expect([...world.audio.objects.keys()]).toEqual([]);
  });

  test('and a call that comes after it is stored as any other', async () => {
    const world = storeStep();
    await rememberErasure({ keyValues: world.keyValues, clock: world.clock }, { phone: PHONE });
    world.clock.advance(1000);
    const receivedAt = world.clock.iso();
    await world.run(aMessage({ recording: aRecording({ from: PHONE }), receivedAt }));
    expect(await world.memo()).toMatchObject({ state: 'stored' });
  });
});

describe('a run that was at work while its memo was erased', () => {
  /** Erases after the bytes have come, and before the run has written a row. */
  const erasedMeanwhile = async (how: (world: Store, memo: Memo) => Promise<unknown>, script: StoreScript) => {
    const world = storeStep(script);
    const { copy, put } = world.audio;
    let done = false;
    const eraseNow = async () => {
      const [memo] = (await world.ledger.list({}, 1)).memos;
      const ingested = [...world.audio.objects];
      if (memo && !done) await how(world, memo);
      done = true;
      for (const [key, object] of ingested) world.audio.objects.set(key, object); // after the erasure listed them
    };
    world.audio.copy = (...given) => eraseNow().then(() => copy(...given));
    world.audio.put = async (key, ...given) => {
      if (key.startsWith(audioOf(ID))) await eraseNow();
      await put(key, ...given);
    };
    const verdict = await world.run(aMessage({ recording: aRecording({ from: PHONE, callId: 'call-1' }) }));
    return { world, verdict };
  };

  test.each<[string, (world: Store, memo: Memo) => Promise<unknown>]>([
    ['by its id', (world, memo) => eraseIn(world)([memo])],
    ['by a number that the list does not show yet', (world) => rememberErasure(world, { phone: PHONE })],
    ['by its call', (world) => rememberErasure(world, { call: 'call-1' })],
  ])('leaves no byte, no row and no message: %s', async (_, how) => {
    for (const script of [{}, { hasLength: false }, { fitted: { kind: 'made', parts: ['one', 'two'] } } as const]) {
      const { world, verdict } = await erasedMeanwhile(how, script);
      expect(verdict).toMatchObject({ kind: 'done' });
      expect([...world.audio.objects.keys()]).toEqual([]);
      expect((await world.ledger.list({}, 10)).memos).toEqual([]);
      expect(world.queue.messages).toEqual([]);
    }
  });

  test('and whose bytes are gone dies of it, and leaves nothing when its message comes up again', async () => {
    const world = storeStep({ hasLength: false });
    const { copy } = world.audio;
    world.audio.copy = async (from, to, type) => {
      await eraseIn(world)((await world.ledger.list({}, 10)).memos);
      await copy(from, to, type);
    };
    await expect(world.run()).rejects.toThrow('NoSuchKey');
    expect(await world.run()).toMatchObject({ kind: 'done' });
    expect([...world.audio.objects.keys()]).toEqual([]);
    expect(world.queue.messages).toEqual([]);
  });

  test('of two chats leaves the other one its memo', async () => {
    const world = storeStep();
    const runBoth = async () => {
      for (const message of messagesTo(BOTH)) await world.run(message);
    };
    await runBoth();
    const [one, other] = (await world.ledger.list({}, 10)).memos;
    await eraseIn(world)([one as Memo]); // the list above returned two memos
    await runBoth();
    expect((await world.ledger.list({}, 10)).memos).toEqual([other]);
    expect([...world.audio.objects.keys()]).toEqual([other?.audio?.key]);
  });
});

test('a late retry with its audio inside leaves none of it', async () => {
  const world = storeStep();
  const media = { kind: 'inbox' as const, key: `${inboxOf(ID)}first` };
  world.audio.objects.set(media.key, { bytes: Buffer.from('sound') });
  await world.run(aMessage({ recording: aRecording({ media }) }));
  await eraseIn(world)((await world.ledger.list({}, 10)).memos);
  const again = { ...media, key: `${inboxOf(ID)}second` };
  world.audio.objects.set(again.key, { bytes: Buffer.from('sound') });
  await world.run(aMessage({ recording: aRecording({ media: again }) }));
  expect([...world.audio.objects.keys()]).toEqual([]);
});

test('what was queued for the number of whoever gets the memo makes no row after their erasure', async () => {
  const world = storeStep();
  const recording = aRecording({ from: '+13055550100', to: '+12052535597' });
  const receivedAt = world.clock.iso();
  world.clock.advance(1000);
  await rememberErasure({ keyValues: world.keyValues, clock: world.clock }, { phone: PHONE });
  world.clock.advance(1000);
  const target = { line: '+12052535597', handle: PHONE };
  expect(await world.run(aMessage({ recording, target, receivedAt }))).toEqual({ kind: 'done', outcome: 'erased' });
  expect((await world.ledger.list({}, 10)).memos).toEqual([]);
  expect(world.queue.messages).toEqual([]);
});

test('a replay whose memo is erased while it begins ends well, and leaves nothing', async () => {
  const world = storeStep({ downloads: [{ kind: 'rejected', reason: 'gone' }] });
  await world.run();
  const memo = (await world.memo()) as Memo; // the run above rejected it
  const replay = aMessage({ replay: { memo: memo.id, generation: 1, routed: [memo.id] } });
  const { open } = world.ledger;
  world.ledger.open = async (given) => {
    await eraseIn(world)([memo]);
    return open(given);
  };
  expect(await world.run(replay)).toMatchObject({ kind: 'done' });
  expect((await world.ledger.list({}, 10)).memos).toEqual([]);
  expect([...world.audio.objects.keys()]).toEqual([]);
});

test('a replay that routes a recording which another replay has taken up ends well', async () => {
  const world = storeStep({
    downloads: [
      { kind: 'rejected', reason: 'gone' },
      { kind: 'not-yet', reason: 'not yet' },
    ],
  });
  await world.run(anUnrouted());
  const [first] = (await world.ledger.list({}, 10)).memos;
  if (!first) throw new Error('the recording has no row');
  await world.run(anUnrouted({ replay: { memo: first.id, generation: 1 } })); // the recording is received again
  const [routed] = messagesTo([{ chat: CHAT }], { replay: { memo: first.id, generation: 2, routed: [ID] } });
  expect(await world.run(routed)).toMatchObject({ kind: 'later' });
  world.clock.advance(24 * 60 * 60_000);
  await world.keepRunning(routed);
  expect(await world.memo()).toMatchObject({ state: 'rejected' });
  expect(await world.ledger.get(first.id)).toMatchObject({ state: 'skipped', reason: `routed: ${ID}` });
});
