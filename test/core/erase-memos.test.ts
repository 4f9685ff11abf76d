import { describe, expect, test } from 'vitest';
import { eraseAtLinq } from '../../functions/core/erase-at-linq.ts';
import { eraseMemos, watchFor } from '../../functions/core/erase-memos.ts';
import { inboxOf, type Memo } from '../../functions/core/memo.ts';
import { timing } from '../../functions/core/timing.ts';
import { aMessage, aRecording, CHAT, OTHER_CHAT } from '../fakes/examples.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { scriptedMessenger } from '../fakes/messenger.scripted.ts';
import { DONE, sendStep } from '../fakes/send-step.ts';
import { storeStep } from '../fakes/store-step.ts';

type Store = ReturnType<typeof storeStep>;
const PHONE = '+12025550101';
const eraseIn = ({ ledger, audio, queue, log }: Store) => eraseMemos({ ledger, audio, memos: queue, log });

describe('an erasure', () => {
  test('leaves no object of the recording and no fact of the row, whatever runs have left behind', async () => {
    const world = storeStep();
    const recording = aRecording({ from: PHONE, callId: 'call-canary' });
    world.audio.objects.set(`${inboxOf(recording)}a-dead-run/as-it-came`, { bytes: Buffer.from('sound') });
    await world.run(aMessage({ recording, targets: [{ chat: CHAT }, { chat: OTHER_CHAT }] }));
    const { memos } = await world.ledger.list({ phone: PHONE }, 10);
    expect(memos).toHaveLength(2);

    const erased = await eraseIn(world)(memos);
    expect(erased).toMatchObject({ memos: memos.map(({ id }) => id), objects: 3, left: [] });
    expect([...world.audio.objects.keys()]).toEqual([]);
    expect((await world.ledger.list({}, 10)).memos).toEqual([]);
    for (const { id } of memos) expect(await world.ledger.get(id)).toBeUndefined();
    expect(world.log.text()).not.toMatch(/call-canary|\+1202/);
  });

  test('has Linq’s copies deleted, the uploaded and the rehosted', async () => {
    const world = storeStep();
    await world.run();
    const memo = (await world.memo()) as Memo; // it was stored just above
    const sent = { ...memo, state: 'sent' as const, uploaded: 'up', linq: { messageId: 'x', attachmentId: 'att' } };
    await eraseIn(world)([sent]);
    expect(world.queue.erasures).toEqual([{ v: 1, erase: { memo: memo.id, attachments: ['att', 'up'] } }]);
  });

  test('of a long call takes every part of it', async () => {
    const world = storeStep({ fitted: { kind: 'made', parts: ['one', 'two'] } });
    await world.run(aMessage({ recording: aRecording({ callId: 'call-1' }) }));
    const { memos } = await world.ledger.list({ callId: 'call-1' }, 10);
    expect(await eraseIn(world)(memos)).toMatchObject({ memos: expect.arrayContaining(memos.map(({ id }) => id)) });
    expect([...world.audio.objects.keys()]).toEqual([]);
  });

  test('leaves what is with Linq at this moment, and says so', async () => {
    const world = storeStep();
    await world.run();
    const memo = (await world.memo()) as Memo; // it was stored just above
    const erased = await eraseIn(world)([{ ...memo, state: 'sending' }]);
    expect(erased).toMatchObject({ memos: [], left: [{ memo: memo.id, why: expect.stringContaining('being sent') }] });
    expect(await world.memo()).toBeDefined();
  });

  test('that dies half-way is done by the next', async () => {
    const world = storeStep();
    await world.run();
    const memo = (await world.memo()) as Memo; // it was stored just above
    const { removeAll } = world.audio;
    world.audio.removeAll = async () => Promise.reject(new Error('S3 is away'));
    await expect(eraseIn(world)([memo])).rejects.toThrow('S3 is away');
    expect(await world.memo()).toBeDefined();
    world.audio.removeAll = removeAll;
    expect(await eraseIn(world)([memo])).toMatchObject({ memos: [memo.id] });
  });

  test('of a memo whose message is still queued: the message finds nothing to send', async () => {
    const step = await sendStep({ answers: [DONE] });
    await step.ledger.entomb(step.id);
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
    const media = { kind: 'inbox' as const, key: `${inboxOf(aRecording())}inline` };
    const message = aMessage({ recording: aRecording({ ...facts, media }) });
    world.audio.objects.set(media.key, { bytes: Buffer.from('sound') });
    world.clock.advance(60_000);
    await watchFor({ notes: world.notes, clock: world.clock }, erasable);
    expect(await world.run(message)).toEqual({ kind: 'done', outcome: 'erased' });
    expect((await world.ledger.list({}, 10)).memos).toEqual([]);
    expect([...world.audio.objects.keys()]).toEqual([]);
  });

  test('and a call that comes after it is stored as any other', async () => {
    const world = storeStep();
    await watchFor({ notes: world.notes, clock: world.clock }, { phone: PHONE });
    world.clock.advance(1000);
    const receivedAt = world.clock.iso();
    await world.run(aMessage({ recording: aRecording({ from: PHONE }), receivedAt }));
    expect(await world.memo()).toMatchObject({ state: 'stored' });
  });
});

describe("Linq's copies", () => {
  const erase = (deletions: NonNullable<Parameters<typeof scriptedMessenger>[0]>['deletions'] = []) => {
    const messenger = scriptedMessenger({ deletions });
    const log = memoryLog();
    const step = eraseAtLinq({ messenger, timing: timing(), random: () => 1, log });
    return { messenger, log, run: () => step({ v: 1, erase: { memo: 'm', attachments: ['a', 'b'] } }, 1) };
  };

  test('are deleted one after the other', async () => {
    const { messenger, run } = erase();
    expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
    expect(messenger.deleted).toEqual(['a', 'b']);
  });

  test('that Linq does not delete now are tried again, as long as the message lives', async () => {
    const { messenger, run } = erase([{ kind: 'deleted' }, { kind: 'unknown', why: 'Linq answered 500' }]);
    expect(await run()).toMatchObject({ kind: 'later', delayMs: 5000, why: 'Linq answered 500' });
    expect(await run()).toEqual({ kind: 'done', outcome: 'erased' });
    expect(messenger.deleted).toEqual(['a', 'b', 'a', 'b']);
  });

  test('that a wrong key keeps from deletion alarm a person', async () => {
    const { run, log } = erase([{ kind: 'our-fault', why: 'Linq refuses our key' }]);
    expect(await run()).toMatchObject({ kind: 'later' });
    expect(log.entries).toMatchObject([{ level: 'error', facts: { outcome: 'our-fault' } }]);
  });
});
