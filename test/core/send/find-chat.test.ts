import { describe, expect, test } from 'vitest';
import { suppress, suppressionsOf } from '../../../functions/core/policy/suppression-list.ts';
import { CHAT } from '../../fakes/examples.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';

const LINE = '+12052535597';
const PERSON = '+12025550101';
const target = { line: LINE, handle: PERSON };
const one = { kind: 'chats', chats: ['chat-1'] } as const;

describe('the chat of a line with a person', () => {
  test('is found at Linq once, and known from then on', async () => {
    const step = await sendStep({ target, chats: [one], answers: [DONE] });
    expect(await step.deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    expect(step.messenger.looked).toEqual([target]);
    expect(step.messenger.posts).toMatchObject([{ chat: 'chat-1' }]);
    expect(await step.memo()).toMatchObject({ state: 'sent', chat: 'chat-1' });
  });

  test('is not looked for again by the next memo, nor by a retry', async () => {
    const slow = { kind: 'not-now', waitsFor: 'linq', reason: 'slow down' } as const;
    const step = await sendStep({ target, chats: [one], answers: [slow, DONE] });
    await step.deliver();
    await step.deliver();
    expect(step.messenger.looked).toHaveLength(1);
    expect(await step.memo()).toMatchObject({ state: 'sent' });
  });

  test.each([
    ['there is none', []],
    ['there are several', ['chat-1', 'chat-2']],
  ])('leaves the memo unrouted, with the reason, where %s', async (_, chats) => {
    const step = await sendStep({ target, chats: [{ kind: 'chats', chats }] });
    expect(await step.deliver()).toEqual({ kind: 'done', outcome: 'unrouted' });
    expect(await step.memo()).toMatchObject({ state: 'unrouted', reason: expect.stringMatching(/chat/) });
    expect(step.messenger.posts).toEqual([]);
  });

  test('is opened with a first message where the target says so, keyed by the memo so that it opens once', async () => {
    const create = 'Hello, your calls with us arrive here.';
    const step = await sendStep({ target: { ...target, create }, answers: [DONE] });
    await step.deliver();
    expect(step.messenger.opened).toEqual([{ ...target, text: create, key: step.id }]);
    expect(step.messenger.posts).toMatchObject([{ chat: 'opened-1' }]);
  });

  test.each<[string, object, boolean, string]>([
    ['for whom the suppression list has', {}, true, 'skipped'],
    ['in quiet hours', { quietHours: { from: '21:00', until: '08:00', timeZone: 'UTC' } }, false, 'stored'],
  ])('is not opened %s', async (_, policy, isSuppressed, state) => {
    const step = await sendStep({ target: { ...target, create: 'Hello', ...policy } });
    if (isSuppressed) await suppress(step, [{ phone: PERSON }], { by: 'hand', reason: 'by hand' });
    await step.deliver();
    expect([step.messenger.looked, step.messenger.opened, step.messenger.posts]).toEqual([[], [], []]);
    expect(await step.memo()).toMatchObject({ state });
  });

  test('is known to be theirs, so that a stop of their number holds for memos to that chat', async () => {
    const chats = [{ kind: 'chats', chats: [CHAT] }] as const;
    const step = await sendStep({ target, chats, answers: [DONE] });
    await step.deliver();
    await suppress(step, [{ phone: PERSON }], { by: 'hand', reason: 'by hand' });
    expect(await suppressionsOf(step.keyValues, [{ chat: CHAT }])).toHaveLength(1);
  });

  test('is not opened where there is one', async () => {
    const step = await sendStep({ target: { ...target, create: 'Hello' }, chats: [one], answers: [DONE] });
    await step.deliver();
    expect(step.messenger.opened).toEqual([]);
  });

  test.each([
    [{ kind: 'unknown', reason: 'Linq answered 500' }, 'stored', 'later'],
    [{ kind: 'our-fault', reason: 'Linq refuses our key' }, 'stored', 'later'],
    [{ kind: 'not-now', waitsFor: 'linq', reason: 'slow down' }, 'stored', 'later'],
    [{ kind: 'refused', to: 'failed', reason: 'no such line' }, 'failed', 'done'],
  ] as const)('that cannot be looked for: %j', async (answer, state, kind) => {
    const step = await sendStep({ target, chats: [answer] });
    expect(await step.deliver()).toMatchObject({ kind });
    expect(await step.memo()).toMatchObject({ state, reason: answer.reason, attempts: 0 });
  });

  test('that has gone stale is looked up again, once', async () => {
    const gone = { kind: 'refused', to: 'failed', reason: 'there is no such chat', code: '404/2001' } as const;
    const other = { kind: 'chats', chats: ['chat-2'] } as const;
    const step = await sendStep({ target, chats: [one, other], answers: [gone, DONE] });
    await step.keepDelivering();
    expect(step.messenger.posts.map(({ chat }) => chat)).toEqual(['chat-1', 'chat-2']);
    expect(await step.memo()).toMatchObject({ state: 'sent', chat: 'chat-2' });

    const twice = await sendStep({ target, chats: [one, other], answers: [gone, gone] });
    await twice.keepDelivering();
    expect(await twice.memo()).toMatchObject({ state: 'failed' });
  });

  test('named by its id and gone is the end: nobody knows whom to look for', async () => {
    const gone = { kind: 'refused', to: 'failed', reason: 'there is no such chat', code: '404/2001' } as const;
    const step = await sendStep({ answers: [gone] });
    await step.deliver();
    expect(await step.memo()).toMatchObject({ state: 'failed' });
  });
});

describe("for the recipient's sake", () => {
  test('a memo waits through quiet hours without a try, and is not given up for it', async () => {
    // The step's clock starts at 05:06 UTC.
    const quietHours = { from: '21:00', until: '08:00', timeZone: 'UTC' };
    const { deliver, keepDelivering, memo, messenger } = await sendStep({
      target: { chat: '550e8400-e29b-41d4-a716-446655440000', quietHours },
      answers: [DONE],
    });
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: expect.closeTo(174 * 60_000, -5) });
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'stored', reason: 'quiet hours until 08:00 UTC' });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent' });
    expect((await memo()).history.filter(({ reason }) => reason?.startsWith('quiet'))).toHaveLength(1);
  });

  test('who has said STOP gets nothing, and who has opted out at Linq is not asked about again that day', async () => {
    const optedOut = {
      kind: 'refused',
      to: 'skipped',
      reason: 'the recipient has opted out',
      code: '403/2024',
    } as const;
    const step = await sendStep({ answers: [optedOut] });
    await step.deliver();
    expect(await step.memo()).toMatchObject({ state: 'skipped' });
    const [stop] = await suppressionsOf(step.keyValues, [{ chat: CHAT }]);
    expect(stop).toEqual({ by: 'linq', reason: expect.any(String), since: step.clock.iso() });
    step.clock.advance(60_000);
    await step.deliver({ generation: 1, force: true });
    expect(await step.memo()).toMatchObject({ state: 'skipped', reason: expect.stringContaining('suppression list') });
    expect(step.messenger.posts).toHaveLength(1);
  });
});
