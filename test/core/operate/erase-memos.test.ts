import { describe, expect, test } from 'vitest';
import { chatKey } from '../../../functions/core/model/keys.ts';
import { audioOf, inboxOf, type Memo, memoId } from '../../../functions/core/model/memo.ts';
import type { LinqErasure } from '../../../functions/core/model/messages.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import { eraseAtLinq } from '../../../functions/core/operate/delete-at-linq.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { eraseMemos, erasureAtLinq, erasureInWords } from '../../../functions/core/operate/erase-memos.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage, anUnrouted, aRecording, CHAT, messagesTo, OTHER_CHAT } from '../../fakes/examples.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { scriptedMessenger } from '../../fakes/messenger.scripted.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';
import { type StoreScript, storeStep } from '../../fakes/store-step.ts';

type Store = ReturnType<typeof storeStep>;
const PHONE = '+12025550101';
const ID = memoId(aRecording(), { chat: CHAT });
const BOTH = [{ chat: CHAT }, { chat: OTHER_CHAT }];
const eraseIn = ({ ledger, keyValues, audio, queue, log }: Store) =>
  eraseMemos({ ledger, keyValues, audio, memos: queue, log });

describe('an erasure', () => {
  test('leaves no object of the recording and no fact of the row, whatever runs have left behind', async () => {
    const world = storeStep();
    const recording = aRecording({ from: PHONE, callId: 'call-canary' });
    world.audio.objects.set(`${inboxOf(ID)}a-dead-run/as-it-came`, { bytes: Buffer.from('sound') });
    for (const message of messagesTo(BOTH, { recording })) await world.run(message);
    const { memos } = await world.ledger.list({ phone: PHONE }, 10);
    expect(memos).toHaveLength(2);

    const erased = await eraseIn(world)(memos);
    expect(erased).toMatchObject({ memos: memos.map(({ id }) => ({ id, state: 'stored' })), objects: 3, left: [] });
    expect([...world.audio.objects.keys()]).toEqual([]);
    expect((await world.ledger.list({}, 10)).memos).toEqual([]);
    for (const { id } of memos) expect(await world.ledger.get(id)).toBeUndefined();
    expect(world.log.text()).not.toMatch(/call-canary|\+1202/);
  });

  test('has Linq’s copies deleted, the uploaded and the rehosted', async () => {
    const world = storeStep();
    await world.run();
    const memo = (await world.memo()) as Memo; // the run above stored it
    const sent = { ...memo, state: 'sent' as const, uploaded: 'up', linq: { messageId: 'x', attachmentId: 'att' } };
    await eraseIn(world)([sent]);
    expect(world.queue.erasures).toEqual([{ v: 1, erase: { memo: memo.id, attachments: ['att', 'up'] } }]);
  });

  test('of a long call takes every part of it', async () => {
    const world = storeStep({ fitted: { kind: 'made', parts: ['one', 'two'] } });
    await world.run(aMessage({ recording: aRecording({ callId: 'call-1' }) }));
    const { memos } = await world.ledger.list({ callId: 'call-1' }, 10);
    expect(memos.map(({ id }) => id.slice(28)).sort()).toEqual(['', '-2']);
    for (const one of memos) expect((await eraseIn(world)([one], true)).memos).toHaveLength(2);
    expect((await eraseIn(world)(memos.slice(0, 1))).memos).toHaveLength(2);
    expect((await world.ledger.list({}, 10)).memos).toEqual([]);
    expect([...world.audio.objects.keys()]).toEqual([]);
  });

  test('leaves what is with Linq at this moment, and says so', async () => {
    const world = storeStep();
    await world.run();
    const memo = (await world.memo()) as Memo; // the run above stored it
    const erased = await eraseIn(world)([{ ...memo, state: 'sending' }]);
    expect(erased).toMatchObject({
      memos: [],
      left: [{ memo: memo.id, reason: expect.stringContaining('being sent') }],
    });
    expect(await world.memo()).toBeDefined();
  });

  test('that dies half-way is done by the next', async () => {
    const world = storeStep();
    await world.run();
    const memo = (await world.memo()) as Memo; // the run above stored it
    const { removeAll } = world.audio;
    world.audio.removeAll = async () => Promise.reject(new Error('S3 is away'));
    await expect(eraseIn(world)([memo])).rejects.toThrow('S3 is away');
    expect(await world.memo()).toBeDefined();
    world.audio.removeAll = removeAll;
    expect(await eraseIn(world)([memo])).toMatchObject({ memos: [{ id: memo.id }] });
  });

  test('of a memo whose message is still queued: the message finds nothing to send', async () => {
    const step = await sendStep({ answers: [DONE] });
    await step.ledger.leaveTombstone(step.id);
    expect(await step.deliver()).toMatchObject({ kind: 'done' });
    expect(step.messenger.posts).toEqual([]);
  });
});

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

test('an erasure forgets the chat that was found for a number, and what receipts said', async () => {
  const world = storeStep();
  const target = { line: '+12052535597', handle: PHONE };
  await world.run(aMessage({ target }));
  const [memo] = (await world.ledger.list({}, 1)).memos;
  await world.keyValues.write(chatKey(target), { chat: CHAT }, 1_000_000);
  await world.ledger.addReceipt({ messageId: 'x', memo: memo?.id ?? '', read: world.clock.iso() });
  await eraseIn(world)([memo as Memo]); // the list above returned it
  expect(await world.keyValues.read(chatKey(target))).toBeUndefined();
  expect(await world.ledger.receipt('x')).toBeUndefined();
});

test('a dry run counts what an erasure takes, and takes nothing', async () => {
  const world = storeStep({ fitted: { kind: 'made', parts: ['one', 'two'] } });
  for (const message of messagesTo(BOTH)) await world.run(message);
  const { memos } = await world.ledger.list({}, 10);
  const keys = [...world.audio.objects.keys()];
  const would = await eraseIn(world)(memos, true);
  expect([[...world.audio.objects.keys()], (await world.ledger.list({}, 10)).memos]).toEqual([keys, memos]);
  expect(world.queue.erasures).toEqual([]);
  expect(await eraseIn(world)(memos)).toEqual(would);
  expect(would).toMatchObject({ objects: keys.length, left: [] });
  expect(would.memos).toHaveLength(4);
});

test.each([
  [
    { counts: { sent: 2, failed: 1 }, objects: 1, linqCopies: 2, left: [{ memo: 'm', reason: '' }] },
    '3 memos would be erased (2 sent, 1 failed), with 1 object; Linq would be asked to delete 2 copies; 1 memo would be left',
    '3 memos are erased (2 sent, 1 failed), with 1 object; Linq is asked to delete 2 copies; 1 memo is left',
  ],
  [
    { counts: { read: 1 }, objects: 0, linqCopies: 0, left: [] },
    '1 memo would be erased (1 read), with 0 objects',
    '1 memo is erased (1 read), with 0 objects',
  ],
  [{ counts: {}, objects: 0, linqCopies: 0, left: [] }, 'no memo matches', 'no memo matches'],
])('an erasure in words: %j', (erased, would, did) => {
  expect([erasureInWords(erased, true), erasureInWords(erased, false)]).toEqual([would, did]);
});

describe("Linq's copies", () => {
  type Script = NonNullable<Parameters<typeof scriptedMessenger>[0]>;
  const world = (script: Script, erase: LinqErasure['erase']) => {
    const messenger = scriptedMessenger(script);
    const log = memoryLog();
    const clock = manualClock();
    const step = eraseAtLinq({ messenger, clock, timing: timing(), random: () => 1, log });
    return { messenger, log, clock, run: () => step({ v: 1, erase }, 1) };
  };
  const erase = (deletions: Script['deletions'] = []) => world({ deletions }, { memo: 'm', attachments: ['a', 'b'] });

  test('are deleted one after the other', async () => {
    const { messenger, run } = erase();
    expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
    expect(messenger.deleted).toEqual(['a', 'b']);
  });

  test('that Linq does not delete now are tried again, as long as the message lives', async () => {
    const { messenger, run } = erase([{ kind: 'deleted' }, { kind: 'unknown', reason: 'Linq answered 500' }]);
    expect(await run()).toMatchObject({ kind: 'later', delayMs: 5000, reason: 'Linq answered 500' });
    expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
    expect(messenger.deleted).toEqual(['a', 'b', 'a', 'b']);
  });

  test('that a wrong key keeps from deletion alarm a person', async () => {
    const { run, log } = erase([{ kind: 'our-fault', reason: 'Linq refuses our key' }]);
    expect(await run()).toMatchObject({ kind: 'later' });
    expect(log.entries).toMatchObject([{ level: 'error', facts: { outcome: 'our-fault' } }]);
  });

  test('whose ids Linq never said are found by the message that carries them', async () => {
    const files = [{ kind: 'files' as const, attachments: ['of-x', 'a'] }];
    const { messenger, run } = world({ files }, { memo: 'm', attachments: ['a'], messages: ['x'] });
    expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
    expect([messenger.files, messenger.deleted]).toEqual([['x'], ['a', 'of-x']]);
  });

  test('of a message that Linq does not tell now are asked for again, before anything counts as done', async () => {
    const files = [
      { kind: 'not-now' as const, reason: 'Linq answered 429', waitsFor: 'linq' as const, retryAfterMs: 60_000 },
    ];
    const { messenger, run } = world({ files }, { memo: 'm', attachments: ['a'], messages: ['x'] });
    expect(await run()).toEqual({ kind: 'later', delayMs: 60_000, reason: 'Linq answered 429' });
    expect(messenger.deleted).toEqual([]);
  });

  describe('of an attempt whose end nobody knows', () => {
    const attemptedAt = manualClock().iso();
    const look = { chat: CHAT, since: attemptedAt, attemptedAt };
    const sound = (filename: string, id: string) => ({
      id: `message-${id}`,
      createdAtMs: 0,
      parts: [{ id, filename }],
    });

    test('are looked for in the chat until it cannot turn up any more, under whatever name Linq gives them', async () => {
      const memo = `m_${'b'.repeat(26)}`;
      const others = [sound('other.mp3', 'b'), sound(`m_${'c'.repeat(26)}.mp3`, 'c'), sound('IMG_1.m4a', 'd')];
      const mine = [sound(`${memo}.mp3`, 'mine'), sound(`rec_${memo.toUpperCase()}-1a2b.M4A`, 'renamed')];
      const [empty, there] = [others, [...others, ...mine]].map((messages) => ({ kind: 'listed' as const, messages }));
      if (!empty || !there) throw new Error('two lists were just made');
      const { messenger, clock, run } = world({ lists: [empty, there, there] }, { memo, attachments: [], look });
      expect(await run()).toMatchObject({ kind: 'later', delayMs: 30_000 });
      expect(messenger.deleted).toEqual([]);
      clock.advance(30_000);
      expect(await run()).toMatchObject({ kind: 'later' });
      expect(messenger.deleted).toEqual(['mine', 'renamed']);
      clock.advance(10 * 60_000);
      expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
      expect(new Set(messenger.deleted)).toEqual(new Set(['mine', 'renamed']));
    });

    test("are those of its call's other parts too: these are erased together", async () => {
      const memo = `m_${'b'.repeat(26)}`;
      const messages = [sound(`${memo}.mp3`, 'first'), sound(`${memo}-2.mp3`, 'second')];
      const { messenger, run } = world(
        { lists: [{ kind: 'listed', messages }] },
        { memo: `${memo}-2`, attachments: [], look },
      );
      await run();
      expect(messenger.deleted).toEqual(['first', 'second']);
    });

    test('are given up where Linq does not list the chat and has forgotten the day', async () => {
      const away = { kind: 'no-list' as const, reason: 'the chat cannot be listed', ours: false };
      const { clock, run } = world({ lists: [away, away] }, { memo: 'm', attachments: [], look });
      expect(await run()).toMatchObject({ kind: 'later', reason: 'the chat cannot be listed' });
      clock.advance(20 * 60 * 60_000 + 1);
      expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
    });
  });
});

describe('what an erasure has to have deleted at Linq', () => {
  const chat = CHAT;
  const at = '2026-11-23T15:04:05.000Z';
  const row = (facts: Partial<Memo>): Memo => ({
    v: 1,
    id: 'm',
    state: 'sent',
    generation: 0,
    attempts: 1,
    cannotFetch: 0,
    recording: aRecording(),
    history: [],
    createdAt: at,
    updatedAt: at,
    ...facts,
  });
  const sentAs = (messageId: string) => ({ at, state: 'sent' as const, messageId });

  test.each<[string, Partial<Memo>, object | undefined]>([
    ['nothing of what was never with Linq', { state: 'failed' }, undefined],
    ['nothing of what was refused', { state: 'failed', attemptedAt: at, chat }, undefined],
    ['the copy', { linq: { messageId: 'x', attachmentId: 'a' }, history: [sentAs('x')] }, { attachments: ['a'] }],
    ['what the message holds, where a receipt alone named it', { linq: { messageId: 'x' } }, { messages: ['x'] }],
    [
      'that of an earlier sending too',
      { linq: { messageId: 'y', attachmentId: 'b' }, history: [sentAs('x'), sentAs('y')] },
      { attachments: ['b'], messages: ['x'] },
    ],
    [
      'what turns up in the chat of an attempt in doubt',
      { state: 'parked', attemptedAt: at, chat },
      { look: { chat, since: at, attemptedAt: at } },
    ],
  ])('%s', (_, facts, wanted) => {
    expect(erasureAtLinq(row(facts))).toEqual(wanted && { v: 1, erase: { memo: 'm', attachments: [], ...wanted } });
  });
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
