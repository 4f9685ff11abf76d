import { describe, expect, test } from 'vitest';
import { timing } from '../../../functions/core/model/timing.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { eraseMemos } from '../../../functions/core/operate/erase-memos.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { crashingAt } from '../../fakes/effects.ts';
import { aMessage, aRecording } from '../../fakes/examples.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { storeStep } from '../../fakes/store-step.ts';

const PHONE = '+12025550101';
const DAY_MS = 24 * 60 * 60_000;

/**
 * A person is erased after a run has read the erasures and before it writes its first row, which no list shows yet.
 * Then the run dies at this effect.
 */
const dyingAt = async (at: number, when: 'before' | 'after', parts: readonly string[]) => {
  const world = storeStep({ fitted: { kind: 'made', parts } });
  const { ledger, keyValues, audio, queue, clock, log } = world;
  const receivedAt = clock.iso();
  const message = aMessage({ recording: aRecording({ from: PHONE }), receivedAt });
  const { open } = ledger;
  let erased = false;
  ledger.open = async (memo) => {
    if (!erased) {
      erased = true;
      clock.advance(1000);
      await rememberErasure({ keyValues, clock }, { phone: PHONE });
      const { memos } = await ledger.list({ phone: PHONE }, 50);
      await eraseMemos({ ledger, keyValues, audio, memos: queue, log })(memos);
      clock.advance(1000);
    }
    return open(memo);
  };
  const effects = crashingAt(at, when);
  await world.run(message, { effects }).catch((error) => {
    if (!effects.crashed()) throw error;
  });
  return { ...world, message, died: effects.crashed() };
};

describe('whatever a run left behind that died while its person was erased', () => {
  test.each([
    ['before', ['one']],
    ['after', ['one']],
    ['before', ['one', 'two']],
    ['after', ['one', 'two']],
  ] as const)('goes when its message comes again, wherever it died, %s an effect (%j)', async (when, parts) => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const world = await dyingAt(at, when, parts);
      if (!world.died) break;
      deaths += 1;
      world.clock.advance(60_000);
      await world.run(world.message, { receives: 2 });

      expect((await world.ledger.list({}, 100)).memos, `${at}`).toEqual([]);
      expect([...world.audio.objects.keys()], `${at}`).toEqual([]);
    }
    expect(deaths).toBeGreaterThan(10);
  });

  test.each(['before', 'after'] as const)(
    'goes by the sweep where its message was lost (%s an effect)',
    async (when) => {
      let sweptAway = 0;
      for (let at = 1; ; at += 1) {
        const world = await dyingAt(at, when, ['one', 'two']);
        if (!world.died) break;
        const { clock, ledger, keyValues, queue: memos, log } = world;
        const recordings = memoryRecordingsQueue();
        clock.advance(16 * 60_000);
        await sweepOverdue({
          ledger,
          recordings,
          memos,
          keyValues,
          clock,
          timing: timing(),
          untilListed: async () => {},
          detailsMs: 30 * DAY_MS,
          log,
        })();
        for (const again of recordings.messages) await world.run(again);
        sweptAway += recordings.messages.length;

        expect((await ledger.list({}, 100)).memos, `${at}`).toEqual([]);
        if (recordings.messages.length > 0) expect([...world.audio.objects.keys()], `${at}`).toEqual([]);
      }
      expect(sweptAway).toBeGreaterThan(5);
    },
  );
});
