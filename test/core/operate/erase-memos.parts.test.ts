import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { memoId, partId } from '../../../functions/core/model/memo.ts';
import { timing as timingAt } from '../../../functions/core/model/timing.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { eraseMemos } from '../../../functions/core/operate/erase-memos.ts';
import { sendMemo } from '../../../functions/core/send/send-memo.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { crashingAt, type Effects, interruptedAt } from '../../fakes/effects.ts';
import { aMessage, aRecording, CHAT } from '../../fakes/examples.ts';
import { scriptedMessenger } from '../../fakes/messenger.scripted.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { alive, storeStep } from '../../fakes/store-step.ts';

// The row of a long call's later part may be written after its erasure, by a run that has read the first part's row before.

const PHONE = '+12025550101';
const FIRST = memoId(aRecording(), { chat: CHAT });
const DAY_MS = 24 * 60 * 60_000;
const timing = timingAt();

/** A call of four parts, the steps that work on it, and a person who erases it. */
const prepare = () => {
  const world = storeStep({ fitted: { kind: 'made', parts: ['one', 'two', 'three', 'four'] } });
  const { ledger, keyValues, audio, queue: memos, clock, log } = world;
  const recordings = memoryRecordingsQueue();
  const messenger = scriptedMessenger();
  const message = aMessage({ recording: aRecording({ from: PHONE }), receivedAt: clock.iso() });
  const alone = crashingAt(0, 'after');
  const tending = ({ of }: Effects) => ({
    ...{ ledger: of(ledger), keyValues: of(keyValues), recordings: of(recordings), memos: of(memos), clock, log },
  });
  const sweep = (effects = alone) =>
    sweepOverdue({ ...tending(effects), timing, untilListed: async () => {}, detailsMs: 30 * DAY_MS })();
  const eraseOf = ({ of }: Effects) =>
    eraseMemos({ ledger: of(ledger), keyValues: of(keyValues), audio: of(audio), memos: of(memos), log });
  const send = sendMemo({
    ...{ ledger, keyValues, audio, messenger, delivery: 'url', clock, timing, log },
    ...{ random: () => 1, token: randomUUID },
  });
  return {
    ...world,
    message,
    messenger,
    sweep,
    store: (effects = alone) => world.run(message, { effects }),
    bury: (effects = alone) => handleDeadLetter(tending(effects))(message),
    async eraseMemo(effects = alone) {
      const row = await effects.of(ledger).get(FIRST);
      if (row) await eraseOf(effects)([row]);
    },
    async erasePerson(effects = alone) {
      await rememberErasure({ keyValues: effects.of(keyValues), clock }, { phone: PHONE });
      const { memos: rows } = await effects.of(ledger).list({ phone: PHONE }, 50);
      await eraseOf(effects)(rows);
    },
    /** A day: every queued message is delivered, and `tend` sweeps. */
    async goOn() {
      for (let hours = 0; hours < 28; hours += 7) {
        for (const each of memos.messages.splice(0)) await send(each.message, 1, alive());
        for (const each of recordings.messages.splice(0)) await world.run(each);
        clock.advance(7 * 60 * 60_000);
        await sweep();
      }
    },
  };
};
type World = ReturnType<typeof prepare>;

/** The first part is stored, and the run died before it wrote the rows of the others; its message is gone. */
const withoutLaterRows = async (): Promise<World> => {
  const world = prepare();
  const { open } = world.ledger;
  world.ledger.open = async (row) => {
    if (row.id !== FIRST) throw new Error('the run dies');
    return open(row);
  };
  await world.store().catch(() => {});
  world.ledger.open = open;
  expect((await world.ledger.get(FIRST))?.laterParts).toHaveLength(3);
  expect(await world.ledger.get(partId(FIRST, 2))).toBeUndefined();
  world.clock.advance(16 * 60_000);
  return world;
};

const OPENERS = [
  ['store', (world: World, effects: Effects) => world.store(effects)],
  ['the sweep', (world: World, effects: Effects) => world.sweep(effects)],
  ['a dead letter', (world: World, effects: Effects) => world.bury(effects)],
] as const;
const ERASURES = [
  ['a memo', (world: World, effects?: Effects) => world.eraseMemo(effects)],
  ['a person', (world: World, effects?: Effects) => world.erasePerson(effects)],
] as const;
const CASES = OPENERS.flatMap(([opener, open]) =>
  ERASURES.map(([subject, erase]) => ({ opener, open, subject, erase })),
);

describe.each(CASES)(
  'where $opener writes the rows of the parts while $subject is erased',
  ({ opener, open, erase }) => {
    /** Interrupts the run before one of its effects. @returns undefined where the run has fewer effects */
    const interrupt = async (at: number, later: number | undefined, act: (world: World) => Promise<void>) => {
      const world = await withoutLaterRows();
      let acted = false;
      const begin = async () => {
        acted = true;
        await act(world);
      };
      const effects = interruptedAt(at, begin, later);
      await open(world, effects).catch((error) => {
        if (!effects.crashed()) throw error;
      });
      if (opener === 'store' && effects.crashed()) await world.store(); // its message comes again
      return acted ? world : undefined;
    };
    const expectGone = async ({ ledger, messenger, audio }: World, where: string) => {
      expect((await ledger.list({}, 100)).memos, where).toEqual([]);
      expect([messenger.posts, [...audio.objects.keys()]], where).toEqual([[], []]);
    };

    test.each([undefined, 1, 2])(
      'nothing stays and nothing is sent, if the run dies %s effects later',
      async (later) => {
        for (let at = 1; ; at += 1) {
          const world = await interrupt(at, later, erase);
          if (!world) return expect(at).toBeGreaterThan(5);
          await world.goOn();
          await expectGone(world, `${at}`);
        }
      },
    );

    test('nor if the erasure dies, and is requested again where the first memo is still there', async () => {
      let deaths = 0;
      for (let at = 1; ; at += 3) {
        for (let effect = 2, died = true; died; effect += 1) {
          const world = await interrupt(at, undefined, async (world) => {
            const dying = crashingAt(effect, 'after');
            await erase(world, dying).catch(() => {});
            died = dying.crashed();
          });
          if (!world) return expect(deaths).toBeGreaterThan(20);
          deaths += 1;
          await erase(world);
          await world.goOn();
          await expectGone(world, `${at}, ${effect}`);
        }
      }
    });
  },
);
