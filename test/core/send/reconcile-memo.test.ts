import { describe, expect, test } from 'vitest';
import type { ListedMessage } from '../../../functions/core/ports/ports.ts';
import { CHAT } from '../../fakes/examples.ts';
import { DONE, ID, sendStep } from '../../fakes/send-step.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const UNKNOWN = { kind: 'unknown', reason: 'Linq answered 500' } as const;
const FILE = `${ID}.mp3`;

type Script = Parameters<typeof sendStep>[0];

/** A memo whose only attempt ended unknown, as the step leaves it. */
const inDoubt = async (script: Script = {}) => {
  const step = await sendStep({ ...script, answers: [UNKNOWN, ...(script?.answers ?? [])] });
  const attemptedMs = step.clock.nowMs();
  expect(await step.deliver()).toEqual({ kind: 'later', delayMs: 30 * SECOND, reason: UNKNOWN.reason });
  return { ...step, attemptedMs, at: (ms: number) => step.clock.advance(attemptedMs + ms - step.clock.nowMs()) };
};

const message = (parts: ListedMessage['parts'], id = 'linq-message'): ListedMessage => ({
  id,
  createdAtMs: 0,
  ...(parts && { parts }),
});
const listed = (...messages: ListedMessage[]) => ({ kind: 'listed', messages }) as const;
const NO_LIST = { kind: 'no-list', reason: 'the chat cannot be listed: Linq answered 500', ours: false } as const;

describe('an attempt that nobody knows the end of', () => {
  test('is asked about after 30 seconds, two minutes and ten, and once more before the next POST, each time for what was sent since the attempt', async () => {
    const { keepDelivering, messenger, clock, attemptedMs, memo } = await inDoubt({ answers: [DONE] });
    const asked: number[] = [];
    const { listSent } = messenger;
    messenger.listSent = async (...given) => {
      asked.push(clock.nowMs() - attemptedMs);
      return listSent(...given);
    };
    await keepDelivering();
    expect(asked).toEqual([30 * SECOND, 2 * MINUTE, 10 * MINUTE, 10 * MINUTE]);
    expect(messenger.asked).toEqual(asked.map(() => ({ chat: CHAT, sinceMs: attemptedMs - 15 * MINUTE })));
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('is not asked about before its time, however often the message comes', async () => {
    const { deliver, messenger, at } = await inDoubt();
    at(29 * SECOND);
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: SECOND });
    expect(messenger.asked).toEqual([]);
  });

  test('is found by a process that comes after one which died between `sending` and the answer', async () => {
    const { deliver, memo, messenger, ledger, clock } = await sendStep({
      lists: [listed(message([{ filename: FILE }]))],
    });
    const attemptedAt = clock.iso();
    const set = { attempts: 1, token: 'of a dead run', chat: CHAT, attemptedAt };
    await ledger.move(ID, { from: 'stored', to: 'sending', set });
    clock.advance(MINUTE);
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: 0 });
    expect(await memo()).toMatchObject({ state: 'unknown', unknowns: 1, unknownSince: attemptedAt });
    expect(await deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    expect(messenger.posts).toEqual([]);
  });
});

describe('a message in the chat is the memo', () => {
  test.each<[string, ListedMessage, object]>([
    ['by its file name', message([{ filename: FILE, id: 'att' }]), { messageId: 'linq-message', attachmentId: 'att' }],
    ['by its file name alone', message([{ filename: FILE }]), { messageId: 'linq-message' }],
    ['beside other parts', message([{ type: 'image/png' }, { filename: FILE }]), { messageId: 'linq-message' }],
  ])('%s', async (_, found, linq) => {
    const { deliver, memo, messenger, at } = await inDoubt({ lists: [listed(found)] });
    at(30 * SECOND);
    expect(await deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    const row = await memo();
    expect(row).toMatchObject({ state: 'sent', reason: 'found in the chat', linq });
    expect(row.history.at(-1)).toMatchObject({ state: 'sent', messageId: 'linq-message' });
    for (const gone of ['token', 'unknowns', 'unknownSince', 'dueAt']) expect(row).not.toHaveProperty(gone);
    expect(messenger.posts).toHaveLength(1);
  });

  test('by the attachment that was uploaded for it', async () => {
    const { deliver, memo, at } = await inDoubt({
      delivery: 'attachment',
      lists: [listed(message([{ id: 'attachment-1', filename: 'renamed.m4a' }]))],
    });
    at(30 * SECOND);
    await deliver();
    expect(await memo()).toMatchObject({ state: 'sent', linq: { attachmentId: 'attachment-1' } });
  });

  test('at the last question too', async () => {
    const { keepDelivering, memo, messenger } = await inDoubt({
      lists: [listed(), listed(), listed(message([{ filename: FILE }]))],
    });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 1 });
    expect(messenger.posts).toHaveLength(1);
  });
});

describe('a receipt', () => {
  test('that names the memo settles it without a question', async () => {
    const { deliver, memo, ledger, messenger } = await inDoubt();
    await ledger.addReceipt({ messageId: 'linq-message', memo: ID, sent: '2026-03-04T05:06:08.000Z' });
    expect(await deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message' } });
    expect(messenger.asked).toEqual([]);
  });

  test('that came before the answer moves the memo as far as it says', async () => {
    const { deliver, memo, ledger } = await inDoubt();
    await ledger.addReceipt({ messageId: 'linq-message', memo: ID, delivered: '2026-03-04T05:06:08.000Z' });
    await deliver();
    expect(await memo()).toMatchObject({ state: 'delivered' });
  });
});

describe('nothing in the chat', () => {
  test('at the last question: it is sent again, once', async () => {
    const { keepDelivering, memo, messenger } = await inDoubt({ answers: [DONE] });
    await keepDelivering();
    expect(messenger.posts).toHaveLength(2);
    const row = await memo();
    expect(row.history.map(({ state }) => state)).toEqual([
      ...['received', 'stored', 'sending', 'unknown', 'stored', 'sending', 'sent'],
    ]);
    expect(row).toMatchObject({ attempts: 2 });
  });

  test('a second time: it is parked for a person, who hears of it', async () => {
    const { keepDelivering, memo, messenger, log } = await inDoubt({ answers: [UNKNOWN] });
    await keepDelivering();
    expect(messenger.posts).toHaveLength(2);
    expect(await memo()).toMatchObject({ state: 'parked', reason: expect.stringContaining('may have been sent') });
    const errors = log.entries.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ facts: { memo: ID, outcome: 'parked' } }]);
  });

  test('but found in the chat the second time: it is sent', async () => {
    const { keepDelivering, memo, messenger } = await inDoubt({
      answers: [UNKNOWN],
      lists: [listed(), listed(), listed(), listed(), listed(message([{ filename: FILE }]))],
    });
    await keepDelivering();
    expect(messenger.posts).toHaveLength(2);
    expect(await memo()).toMatchObject({ state: 'sent' });
  });

  test('of the second attempt, but of the first, which Linq listed late: it is sent', async () => {
    const { keepDelivering, memo, attemptedMs, messenger } = await inDoubt({ answers: [UNKNOWN] });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'parked' });
    expect(new Set(messenger.asked.map(({ sinceMs }) => sinceMs))).toEqual(new Set([attemptedMs - 15 * MINUTE]));
  });
});

describe('what cannot be told apart is parked, not sent again', () => {
  test.each<[string, ListedMessage['parts']]>([
    ['sound under another name', [{ filename: 'voice-memo.m4a', type: 'audio/x-m4a' }]],
    ['sound without a name', [{ type: 'audio/mpeg', id: 'another-attachment' }]],
    ['a file of which nothing is said', [{}]],
    ['a message whose parts are not listed', undefined],
    ['a message that has no parts yet', []],
    ['a nameless video/mp4', [{ type: 'video/mp4' }]],
    ['nameless bytes', [{ type: 'application/octet-stream' }]],
    ['a file of an empty type', [{ type: '' }]],
  ])('%s', async (_, parts) => {
    const lists = Array.from({ length: 3 }, () => listed(message(parts)));
    const { keepDelivering, memo, messenger } = await inDoubt({ lists });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'parked', reason: expect.stringContaining('nothing proves it') });
    expect(messenger.posts).toHaveLength(1);
  });

  test.each<[string, ListedMessage['parts']]>([
    ['a picture', [{ filename: 'IMG_1.heic', type: 'image/heic' }]],
    ["another memo's sound", [{ filename: `m_${'a'.repeat(26)}.mp3`, type: 'audio/mpeg' }]],
  ])('but not for %s', async (_, parts) => {
    const lists = Array.from({ length: 3 }, () => listed(message(parts)));
    const { keepDelivering, memo } = await inDoubt({ lists, answers: [DONE] });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('nor for the message of an earlier send of this very memo', async () => {
    const sent = message([{ filename: FILE }], 'linq-message');
    const { deliver, keepDelivering, memo, messenger } = await sendStep({
      answers: [DONE, UNKNOWN, { kind: 'done', messageId: 'linq-message-2' }],
      lists: [listed(sent), listed(sent), listed(sent)],
    });
    await deliver();
    await deliver({ generation: 1, force: true });
    await keepDelivering({ generation: 1 });
    expect(messenger.posts).toHaveLength(3);
    expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message-2' } });
  });
});

describe('a question that Linq does not answer', () => {
  test('concludes nothing: it is asked again, and the memo is not sent meanwhile', async () => {
    const lists = [NO_LIST, NO_LIST, NO_LIST, NO_LIST, NO_LIST, listed(message([{ filename: FILE }]))];
    const { keepDelivering, memo, messenger } = await inDoubt({ lists });
    await keepDelivering();
    expect(messenger.asked).toHaveLength(6);
    expect(messenger.posts).toHaveLength(1);
    expect(await memo()).toMatchObject({ state: 'sent' });
  });

  test('for twenty hours: parked, since Linq may keep messages for a day only', async () => {
    const { keepDelivering, memo, messenger } = await inDoubt({ lists: Array.from({ length: 200 }, () => NO_LIST) });
    expect(await keepDelivering()).toBeGreaterThan(20 * HOUR);
    expect(await memo()).toMatchObject({ state: 'parked', reason: expect.stringContaining('the attempt is too old') });
    expect(messenger.posts).toHaveLength(1);
  });

  test('through our fault: within a minute, and a person hears of it', async () => {
    const { deliver, at, log } = await inDoubt({ lists: [{ ...NO_LIST, ours: true }] });
    at(30 * SECOND);
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: 50 * SECOND });
    expect(log.entries).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('and says when to come back: then', async () => {
    const { deliver, at } = await inDoubt({ lists: [{ ...NO_LIST, retryAfterMs: HOUR }] });
    at(30 * SECOND);
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: HOUR });
  });
});

test('an answer that comes while another run has taken it for unknown is written all the same', async () => {
  const { deliver, memo, messenger, ledger } = await sendStep({ answers: [DONE] });
  const post = messenger.sendVoiceMemo;
  messenger.sendVoiceMemo = async (...given) => {
    await ledger.move(ID, { from: 'sending', to: 'unknown' });
    return post(...given);
  };
  await deliver();
  expect(await memo()).toMatchObject({ state: 'sent', linq: { messageId: 'linq-message' } });
});
