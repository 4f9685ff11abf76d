import { describe, expect, test } from 'vitest';
import { partId } from '../../../functions/core/model/memo.ts';
import type { ListedMessage } from '../../../functions/core/ports/ports.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { modelLinq } from '../../fakes/linq.model.ts';
import { DONE, ID, KEY, sendStep } from '../../fakes/send-step.ts';

// How the bridge recognises its own message in a chat, and when nobody can know.

const MINUTE = 60_000;
const reason = 'as Linq says';
const UNKNOWN = { kind: 'unknown', reason } as const;

type Part = NonNullable<ListedMessage['parts']>[number];
const listed = (...messages: [string, readonly Part[] | undefined][]) => ({
  kind: 'listed' as const,
  messages: messages.map(([id, parts]) => ({ id, createdAtMs: 0, ...(parts && { parts }) })),
});
const always = <T>(one: T) => Array.from({ length: 8 }, () => one);

describe('what the list shows of an attempt in doubt, at the last question', () => {
  test.each<[string, Part[]]>([
    ['our name with another ending', [{ id: 'a', filename: `${ID}.m4a`, type: 'audio/x-m4a' }]],
    ['our name with a suffix', [{ id: 'a', filename: `${ID}-1a2b.mp3`, type: 'audio/mpeg' }]],
    ['our name in capitals, with a prefix', [{ id: 'a', filename: `MEMO_${ID.toUpperCase()}.MP3` }]],
    ['our name on a video', [{ id: 'a', filename: `${ID}.mp4`, type: 'video/mp4' }]],
  ])('%s: it is sent, and not posted again', async (_, parts) => {
    const { keepDelivering, memo, messenger } = await sendStep({
      answers: [UNKNOWN, DONE],
      lists: always(listed(['linq-message', parts])),
    });
    await keepDelivering();
    expect(messenger.posts).toHaveLength(1);
    expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message', attachmentId: 'a' } });
  });

  test.each<[string, Part[] | undefined]>([
    ['no parts yet', []],
    ['parts that are not told', undefined],
    ['a nameless video/mp4', [{ id: 'a', type: 'video/mp4' }]],
    ['a nameless application/octet-stream', [{ id: 'a', type: 'application/octet-stream' }]],
    ['a nameless audio/mp4', [{ id: 'a', type: 'audio/mp4' }]],
    ['something nameless and typeless', [{ id: 'a' }]],
    ['sound under a name of nobody', [{ id: 'a', filename: 'Voice Memo.caf', type: 'Audio/X-CAF; codecs=opus' }]],
  ])('%s: it is parked for a person, and not posted again', async (_, parts) => {
    const { keepDelivering, memo, messenger } = await sendStep({
      answers: [UNKNOWN, DONE],
      lists: always(listed(['linq-message', parts])),
    });
    await keepDelivering();
    expect(messenger.posts).toHaveLength(1);
    expect(await memo()).toMatchObject({ state: 'parked', reason: expect.stringContaining('nothing proves it') });
  });

  test('nameless sound that another memo is known to have sent is not this one: it is sent again', async () => {
    const { keepDelivering, memo, messenger, ledger } = await sendStep({
      answers: [UNKNOWN, DONE],
      lists: always(listed(['theirs', [{ type: 'audio/mpeg' }]])),
    });
    await ledger.addReceipt({ messageId: 'theirs', memo: `m_${'c'.repeat(26)}` });
    await keepDelivering();
    expect(messenger.posts).toHaveLength(2);
    expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message' } });
  });
});

describe('a part of a long call', () => {
  /** The memo of part one, in state unknown, and the other part. */
  const parts = async (list: ReturnType<typeof listed>, other: { doubt?: boolean; sentAs?: string } = {}) => {
    const step = await sendStep({ answers: [UNKNOWN, DONE], lists: always(list) });
    const { ledger } = step;
    const part = { number: 1, of: 2 };
    await ledger.move(ID, { from: 'stored', to: 'stored', set: { part } });
    const second = partId(ID, 2);
    const row = { id: second, recording: aRecording(), target: { chat: CHAT }, part: { number: 2, of: 2 } };
    await ledger.open({ ...row, state: 'stored', audio: { key: KEY, type: 'audio/mpeg', bytes: 1 } });
    if (other.doubt) {
      await ledger.move(second, { from: 'stored', to: 'sending', set: { attempts: 1 } });
      await ledger.move(second, { from: 'sending', to: 'unknown', set: { unknownSince: step.clock.iso() } });
    }
    if (other.sentAs) await ledger.addReceipt({ messageId: other.sentAs, memo: second });
    return step;
  };
  const renamed: [string, Part[]] = ['linq-message', [{ filename: `${ID}-1a2b.mp3`, type: 'audio/mpeg' }]];

  test('is found under a changed name where no other part can be meant', async () => {
    const { keepDelivering, memo, messenger } = await parts(listed(renamed));
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message' } });
    expect(messenger.posts).toHaveLength(1);
  });

  test('is parked where the changed name may be another part’s', async () => {
    const { keepDelivering, memo, messenger } = await parts(listed(renamed), { doubt: true });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'parked' });
    expect(messenger.posts).toHaveLength(1);
  });

  test('is not found in the message of another part, whose name begins alike: it is sent again', async () => {
    const second: [string, Part[]] = ['second', [{ filename: `${ID}-2.mp3`, type: 'audio/mpeg' }]];
    const { keepDelivering, memo, messenger } = await parts(listed(second), { sentAs: 'second' });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message' } });
    expect(messenger.posts).toHaveLength(2);
  });
});

describe('the clocks', () => {
  test.each([-14, -3, 3, 14])('may differ: Linq’s is %i minutes off, and the message is found', async (minutes) => {
    const clock = manualClock();
    const linq = modelLinq({
      clock: { nowMs: () => clock.nowMs() + minutes * MINUTE },
      outcomes: [
        { taken: true, heard: UNKNOWN, listedAfterMs: 0 },
        { taken: true, heard: { kind: 'done' }, listedAfterMs: 0 },
      ],
    });
    const { keepDelivering, memo } = await sendStep({ clock, linq });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 1 });
    expect(linq.chats).toHaveLength(1);
  });
});

test('a file of ours that a receipt names in another chat proves nothing', async () => {
  const { deliver, memo, ledger, clock } = await sendStep({ answers: [UNKNOWN] });
  await deliver();
  await ledger.addReceipt({ messageId: 'forwarded', memo: ID, chat: OTHER_CHAT, sent: clock.iso() });
  expect(await deliver()).toMatchObject({ kind: 'later' });
  expect(await memo()).toMatchObject({ state: 'unknown' });
  await ledger.addReceipt({ messageId: 'linq-message', memo: ID, chat: CHAT.toUpperCase(), sent: clock.iso() });
  expect(await deliver()).toEqual({ kind: 'done', outcome: 'sent' });
});
