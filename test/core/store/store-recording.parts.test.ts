import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { anUnrouted, aRecording, CHAT, messagesTo, OTHER_CHAT } from '../../fakes/examples.ts';
import { opened } from '../../fakes/opened.ts';
import { queuedFor, storeStep } from '../../fakes/store-step.ts';

const LONG = { kind: 'made', parts: ['the first hour', 'the second hour'] } as const;
const first = memoId(aRecording(), { chat: CHAT });
const second = `${first}-2`;

describe('a recording too long for one memo', () => {
  test('becomes a memo for each part, which says which it is', async () => {
    const { run, ledger } = storeStep({ fitted: LONG });
    await run();
    const rows = await Promise.all([first, second].map((id) => ledger.get(id)));
    for (const [index, row] of rows.entries()) {
      expect(row).toMatchObject({ state: 'stored', target: { chat: CHAT }, part: { number: index + 1, of: 2 } });
      expect(row?.recording).toEqual(aRecording());
      expect(row?.fitting).toMatchObject({ done: 'converted' });
    }
  });

  test('has each part under a key that ends in its own memo', async () => {
    const { run, ledger, audio } = storeStep({ fitted: LONG });
    await run();
    for (const [index, id] of [first, second].entries()) {
      const key = (await ledger.get(id))?.audio?.key ?? '';
      expect(key.split('/').at(-1)).toBe(`${id}.mp3`);
      expect(audio.objects.get(key)?.bytes.toString()).toBe(LONG.parts[index]);
    }
  });

  test('is queued in order, all for one chat', async () => {
    const { run, queue } = storeStep({ fitted: LONG });
    await run();
    const { group } = queuedFor(CHAT);
    expect(queue.messages).toEqual([first, second].map((memo) => ({ message: { v: 1, memo, generation: 0 }, group })));
  });

  test('for two chats is two memos in each', async () => {
    const { run, ledger } = storeStep({ fitted: LONG });
    for (const message of messagesTo([{ chat: CHAT }, { chat: OTHER_CHAT }])) await run(message);
    const { memos } = await ledger.list({}, 100);
    expect(memos.map(({ target, part }) => `${Object(target).chat} ${part?.number}`).sort()).toEqual(
      [CHAT, OTHER_CHAT].flatMap((chat) => [`${chat} 1`, `${chat} 2`]).sort(),
    );
  });

  test('whose second delivery would be cut elsewhere keeps the parts of the first', async () => {
    const script: { fitted: { kind: 'made'; parts: string[] } } = { fitted: { kind: 'made', parts: [...LONG.parts] } };
    const { run, ledger } = storeStep(script);
    await run();
    const before = await ledger.list({}, 100);
    script.fitted.parts.push('a third');
    await run(undefined, { receives: 2 });
    expect(await ledger.list({}, 100)).toEqual(before);
  });

  test('makes the later parts also where a run died after the first was sent', async () => {
    const { run, ledger, queue, clock } = storeStep({ fitted: LONG });
    const row = await opened(ledger, { id: first, state: 'received', recording: aRecording(), target: { chat: CHAT } });
    const audio = (number: number) => ({ key: `audio/x/${number}.mp3`, type: 'audio/mpeg', bytes: 3 });
    const set = { audio: audio(1), part: { number: 1, of: 2 }, laterParts: [audio(2)] };
    await ledger.move(row.id, { from: 'received', to: 'stored', set });
    await ledger.move(row.id, { from: 'stored', to: 'sending' });
    clock.advance(60_000);
    await run(undefined, { receives: 2 });
    expect(await ledger.get(second)).toMatchObject({ state: 'stored', audio: audio(2), part: { number: 2, of: 2 } });
    expect(queue.messages.map(({ message }) => message.memo)).toEqual([second]);
  });

  test('without a route is one row that keeps them all', async () => {
    const { run, ledger, unrouted, queue } = storeStep({ fitted: LONG });
    await run(anUnrouted());
    expect(await unrouted()).toMatchObject({
      state: 'unrouted',
      part: { number: 1, of: 2 },
      laterParts: [{ bytes: 15 }],
    });
    expect((await ledger.list({}, 100)).memos).toHaveLength(1);
    expect(queue.messages).toEqual([]);
  });
});
