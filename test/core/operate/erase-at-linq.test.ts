import { describe, expect, test } from 'vitest';
import type { Memo } from '../../../functions/core/model/memo.ts';
import type { LinqErasure } from '../../../functions/core/model/messages.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import { eraseAtLinq } from '../../../functions/core/operate/delete-at-linq.ts';
import { erasureAtLinq } from '../../../functions/core/operate/erase-memos.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { scriptedMessenger } from '../../fakes/messenger.scripted.ts';

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
