import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { isoTime, timing } from '../../../functions/core/model/timing.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { crashingAt } from '../../fakes/effects.ts';
import { aMessage, aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { storeStep } from '../../fakes/store-step.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const THREE = { fitted: { kind: 'made', parts: ['one', 'two', 'three'] } } as const;
type World = ReturnType<typeof storeStep>;

const sweepIn = ({ ledger, queue: memos, keyValues, clock, log }: World, recordings = memoryRecordingsQueue()) =>
  sweepOverdue({
    ledger,
    recordings,
    memos,
    keyValues,
    clock,
    timing: timing(),
    untilListed: async () => {},
    detailsMs: 720 * HOUR,
    log,
  });
const numbersIn = ({ queue }: World) => queue.messages.map(({ message }) => message.memo.slice(28) || '-1');

describe('what a purge took away is queued again in the order of the calls', () => {
  test('the parts of a long call', async () => {
    const world = storeStep(THREE);
    await world.run();
    world.queue.messages.splice(0);
    world.clock.advance(20 * MINUTE);
    await sweepIn(world)();
    expect(numbersIn(world)).toEqual(['-1', '-2', '-3']);
  });

  test('the calls of a chat, whatever the order of their rows and states', async () => {
    const world = storeStep();
    const recordings = memoryRecordingsQueue();
    const ids: string[] = [];
    // The rows are in the order in which `store` wrote them: the later call first.
    for (const [id, minutes] of [
      ['third', 3],
      ['first', 1],
      ['second', 2],
    ] as const) {
      const receivedAt = isoTime(world.clock.nowMs() + minutes * MINUTE);
      await world.run(aMessage({ recording: aRecording({ id }), receivedAt }));
      ids.push(memoId(aRecording({ id }), { chat: CHAT }));
      world.clock.advance(1000);
    }
    const [third = '', first = '', second = ''] = ids;
    await world.ledger.move(first, { from: 'stored', to: 'sending', set: { attempts: 1 } });
    world.queue.messages.splice(0);
    world.clock.advance(20 * MINUTE);
    await sweepIn(world, recordings)();
    expect(world.queue.messages.map(({ message }) => message.memo)).toEqual([first, second, third]);
  });

  test('the recordings that were never fetched', async () => {
    const world = storeStep({ downloads: [{ kind: 'not-yet', reason: 'the source answered 404' }] });
    const recordings = memoryRecordingsQueue();
    for (const [id, minutes] of [
      ['third', 3],
      ['first', 1],
      ['second', 2],
    ] as const) {
      const receivedAt = isoTime(world.clock.nowMs() + minutes * MINUTE);
      await world.run(aMessage({ recording: aRecording({ id }), receivedAt }));
      world.clock.advance(1000);
    }
    world.clock.advance(20 * MINUTE);
    await sweepIn(world, recordings)();
    expect(recordings.messages.map(({ recording }) => recording.id)).toEqual(['first', 'second', 'third']);
  });

  test('each chat its own: one that cannot be queued holds up no other chat', async () => {
    const world = storeStep();
    for (const chat of [CHAT, OTHER_CHAT]) await world.run(aMessage({ target: { chat } }));
    const other = memoId(aRecording(), { chat: OTHER_CHAT });
    world.queue.messages.splice(0);
    world.clock.advance(20 * MINUTE);
    const { send } = world.queue;
    world.queue.send = async (message, group) => {
      if (group === `chat:${CHAT}`) throw new Error('the queue does not answer');
      return send(message, group);
    };
    await expect(sweepIn(world)()).rejects.toThrow('the queue does not answer');
    expect(world.queue.messages.map(({ message }) => message.memo)).toEqual([other]);
  });
});

// `store` dies at each of its effects, and its message is lost or given up. After that, only the sweep runs.
describe.each(['before', 'after'] as const)('a run that died %s an effect of a long call', (when) => {
  test.each(['purged', 'given up', 'late'])(
    'has all of its parts, in order, or none: its message is %s',
    async (how) => {
      const wrong: string[] = [];
      let whole = 0;
      for (let at = 1; ; at += 1) {
        const world = storeStep(THREE);
        const effects = crashingAt(at, when);
        await world.run(aMessage(), { effects }).catch(() => {});
        if (!effects.crashed()) break;
        const recordings = memoryRecordingsQueue();
        const { ledger, keyValues, queue: memos, clock, log } = world;
        clock.advance(20 * MINUTE);
        if (how === 'given up') await handleDeadLetter({ ledger, keyValues, recordings, memos, log })(aMessage());
        for (let sweeps = 0; sweeps < 3; sweeps += 1) {
          await sweepIn(world, recordings)();
          if (how === 'late' && sweeps === 0) await world.run(aMessage(), { receives: 2 });
          for (const message of recordings.messages.splice(0)) await world.run(message);
          clock.advance(7 * HOUR);
        }
        const { memos: rows } = await ledger.list({}, 10);
        const first = rows.find(({ part }) => part?.number === 1);
        const order = [...new Set(numbersIn(world))].join();
        if (first?.state === 'stored') {
          whole += 1;
          if (rows.length !== 3 || order !== '-1,-2,-3')
            wrong.push(`effect ${at}: ${rows.length} rows, queued ${order}`);
        } else if (rows.some(({ part }) => (part?.number ?? 1) > 1))
          wrong.push(`effect ${at}: parts without their first`);
      }
      expect(wrong).toEqual([]);
      expect(whole).toBeGreaterThan(0);
    },
  );
});
