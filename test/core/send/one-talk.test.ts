import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { talkKeys } from '../../../functions/core/model/keys.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';

const talk = (id: string, kind: string, ids: string[]) => aRecording({ id, talk: { kind, ids } });
const world = () => {
  const clock = manualClock();
  return { clock, ledger: memoryLedger({ clock }) };
};

describe('a talk that its source records in two ways', () => {
  const admin = talk('A', 'admin', ['1', '2']);
  const own = talk('C', 'own', ['2']);

  test.each([
    ['in this order', admin, own],
    ['in the other order', own, admin],
  ])('is one memo in a chat, of the kind that comes first: %s', async (_, first, second) => {
    const shared = world();
    const one = await sendStep({ ...shared, answers: [DONE], recording: first });
    const other = await sendStep({ ...shared, answers: [DONE], recording: second });
    expect(await one.deliver()).toMatchObject({ outcome: 'sent' });
    expect(await other.deliver()).toEqual({ kind: 'done', outcome: 'skipped' });
    expect(other.messenger.posts).toEqual([]);
    expect(await shared.ledger.get(other.id)).toMatchObject({
      state: 'skipped',
      reason: 'another memo carries another recording of this talk to this chat',
    });
    expect((await shared.ledger.get(other.id))?.audio).toBeDefined(); // it can be heard on the page
  });

  test('is a memo for each recording of one kind: a pause makes two, and a transfer too', async () => {
    const shared = world();
    for (const recording of [admin, talk('B', 'admin', ['1', '2']), talk('D', 'admin', ['2', '3'])]) {
      const step = await sendStep({ ...shared, answers: [DONE], recording });
      expect(await step.deliver()).toMatchObject({ outcome: 'sent' });
    }
  });

  test('is two memos where no id says that both are of one talk, and in another chat one too', async () => {
    const shared = world();
    const elsewhere = { chat: CHAT.replace(/^./, 'a') };
    const steps = [
      await sendStep({ ...shared, answers: [DONE], recording: admin }),
      await sendStep({ ...shared, answers: [DONE], recording: talk('C', 'own', ['9']) }),
      await sendStep({ ...shared, answers: [DONE], recording: own, target: elsewhere }),
    ];
    for (const step of steps) expect(await step.deliver()).toMatchObject({ outcome: 'sent' });
  });

  test('stays with the memo that claimed it, over every retry', async () => {
    const shared = world();
    const slow = { kind: 'not-now', waitsFor: 'linq', reason: 'slow down' } as const;
    const one = await sendStep({ ...shared, answers: [slow], recording: admin });
    expect(await one.deliver()).toMatchObject({ kind: 'later' });
    const other = await sendStep({ ...shared, answers: [DONE], recording: own });
    expect(await other.deliver()).toMatchObject({ outcome: 'skipped' });
  });
});

test('of two recordings of a talk one is sent, however their claims interleave', () =>
  fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(['1', '2', '3', '4'], { minLength: 1 }),
      fc.shuffledSubarray(['1', '2', '3', '4'], { minLength: 1 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      async (ofOne, ofOther, turns) => {
        const { ledger } = world();
        const claimant = (kind: string, ids: string[]) => {
          const keys = talkKeys({ source: 'dialpad', talk: { kind, ids } }, CHAT);
          return { kind, keys, won: undefined as boolean | undefined };
        };
        const both = [claimant('admin', ofOne), claimant('own', ofOther)] as const;
        const claimNext = async (each: (typeof both)[number]) => {
          if (each.won !== undefined) return;
          const key = each.keys.shift();
          if (key === undefined) each.won = true;
          else if (!(await ledger.claim(key, each.kind))) each.won = false;
        };
        for (const turn of [
          ...turns,
          ...turns.map((each) => !each),
          ...Array<boolean>(6).fill(true),
          ...Array<boolean>(6).fill(false),
        ])
          await claimNext(both[turn ? 0 : 1]);
        const isOneTalk = ofOne.some((id) => ofOther.includes(id));
        expect(both.filter(({ won }) => won)).toHaveLength(isOneTalk ? 1 : 2);
      },
    ),
  ));
