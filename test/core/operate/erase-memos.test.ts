import { describe, expect, test } from 'vitest';
import { chatKey } from '../../../functions/core/model/keys.ts';
import { inboxOf, type Memo } from '../../../functions/core/model/memo.ts';
import { erasureInWords } from '../../../functions/core/operate/erase-memos.ts';
import { aMessage, aRecording, CHAT, messagesTo } from '../../fakes/examples.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';
import { storeStep } from '../../fakes/store-step.ts';
import { BOTH, eraseIn, ID, PHONE } from './erasing.ts';

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
