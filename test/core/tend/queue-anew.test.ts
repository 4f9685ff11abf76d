import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupOf, memoId } from '../../../functions/core/model/memo.ts';
import { isoTime, timing } from '../../../functions/core/model/timing.ts';
import type { Ledger, MemosQueue } from '../../../functions/core/ports/ports.ts';
import { sendMemo } from '../../../functions/core/send/send-memo.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { memoryAudioStore } from '../../fakes/audio-store.memory.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { scriptedMessenger } from '../../fakes/messenger.scripted.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { alive } from '../../fakes/store-step.ts';

// A key is wrong for hours. `tend` makes new messages for the chat while calls arrive, while the key is fixed, and
// while `tend` dies.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const target = { chat: CHAT };
const idOf = (call: number) => memoId(aRecording({ id: `RE${call}` }), target);

class Broken extends Error {}

const aChat = async (calls: number) => {
  const clock = manualClock();
  const truth = memoryLedger({ clock });
  const queue = memoryMemosQueue({ clock });
  const audio = memoryAudioStore();
  const keyValues = memoryKeyValueStore({ clock });
  const log = memoryLog();
  const messenger = scriptedMessenger({
    answers: Array.from({ length: 20 }, (_, n) => ({ kind: 'done', messageId: `${n}` })),
  });
  const shown = new Set<string>();
  let count = 0;

  /** What `store` does for the next call of the chat. The index shows its row a moment later. */
  const callComes = async () => {
    count += 1;
    const id = idOf(count);
    const key = `audio/run/${id}.mp3`;
    const recording = aRecording({ id: `RE${count}` });
    await truth.open({ id, state: 'received', recording, target, receivedAt: isoTime(clock.nowMs() + count) });
    audio.objects.set(key, { bytes: Buffer.from('sound'), type: 'audio/mpeg' });
    await truth.move(id, { from: 'received', to: 'stored', set: { audio: { key, type: 'audio/mpeg', bytes: 5 } } });
    await queue.send({ v: 1, memo: id, generation: 0 }, groupOf(target));
  };
  const untilListed = async () => {
    for (let call = 1; call <= count; call += 1) shown.add(idOf(call));
  };
  for (let call = 1; call <= calls; call += 1) await callComes();
  await untilListed();
  await truth.move(idOf(1), { from: 'stored', to: 'stored', set: { waitingFor: 'us', ownFaultSince: clock.iso() } });
  clock.advance(7 * HOUR);

  const ledger: Ledger = {
    ...truth,
    async list(...given) {
      const page = await truth.list(...given);
      return { ...page, memos: page.memos.filter(({ id }) => shown.has(id)) };
    },
  };
  const step = sendMemo({
    ...{ ledger: truth, keyValues, audio, messenger, delivery: 'url', clock, timing: timing(), log },
    random: () => 1,
    token: randomUUID,
  });
  /** `send` takes the first message of the group; the key is right now. */
  const sendOne = async () => {
    const [first] = queue.messages;
    if (first && (await step(first.message, 1, alive())).kind === 'done') queue.messages.shift();
  };
  const run = (before: () => Promise<void>) => {
    const at = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (of, name) => {
          const value: unknown = Reflect.get(of, name);
          return typeof value !== 'function'
            ? value
            : async (...given: unknown[]) => {
                await before();
                return Reflect.apply(value, of, given);
              };
        },
      });
    const memos: MemosQueue = queue;
    const ports = { ledger: at(ledger), memos: at(memos), recordings: memoryRecordingsQueue(), keyValues, untilListed };
    return sweepOverdue({ ...ports, clock, timing: timing(), detailsMs: 720 * HOUR, log })();
  };
  const posted = () =>
    messenger.posts.map(({ memo }) => ('url' in memo ? Number(/RE(\d+)/.exec(recordingOf(memo.url))?.[1]) : 0));
  const recordingOf = (url: string): string => {
    for (let call = 1; call <= count; call += 1) if (url.includes(`${idOf(call)}.mp3`)) return `RE${call}`;
    return '';
  };
  const anew = () => queue.messages.filter(({ message }) => message.anew).map(({ message }) => message.memo);
  return { clock, queue, anew, truth, log, run, callComes, sendOne, posted, calls: () => count };
};

test('the memos of the chat have new messages, in the order of the calls, and the old ones do nothing', async () => {
  const { run, queue, sendOne, posted } = await aChat(3);
  await run(async () => {});
  expect(queue.messages.map(({ message }) => message)).toEqual([
    ...[1, 2, 3].map((call) => ({ v: 1, memo: idOf(call), generation: 0 })),
    ...[1, 2, 3].map((call) => ({ v: 1, memo: idOf(call), generation: 1, anew: true })),
  ]);
  for (const expected of [0, 0, 0, 1, 2, 3]) {
    await sendOne();
    expect(posted()).toHaveLength(expected);
  }
  expect(posted()).toEqual([1, 2, 3]);
});

test('nothing is made anew before six hours, nor again for six hours after', async () => {
  const { run, clock, truth, anew } = await aChat(2);
  await truth.move(idOf(1), {
    from: 'stored',
    to: 'stored',
    set: { ownFaultSince: isoTime(clock.nowMs() - 5 * HOUR) },
  });
  await run(async () => {});
  expect(anew()).toEqual([]);
  clock.advance(HOUR);
  await run(async () => {});
  expect(anew()).toEqual([idOf(1), idOf(2)]);
  clock.advance(5 * HOUR);
  await run(async () => {});
  expect(anew()).toHaveLength(2);
});

test('a new message of a memo that has failed meanwhile replays nothing', async () => {
  const { run, truth, sendOne, posted, queue } = await aChat(1);
  await run(async () => {});
  await truth.move(idOf(1), { from: 'stored', to: 'failed', where: { generation: 1 }, note: { reason: 'refused' } });
  while (queue.messages.length > 0) await sendOne();
  expect(posted()).toEqual([]);
  expect(await truth.get(idOf(1))).toMatchObject({ state: 'failed' });
});

test('a chat whose calls come faster than the index shows them is left as it is, in order, for the next run', async () => {
  const { run, callComes, sendOne, posted, queue, calls } = await aChat(2);
  let effects = 0;
  await run(async () => {
    effects += 1;
    if (effects % 2 === 0 && calls() < 19) await callComes();
  });
  while (queue.messages.length > 0) await sendOne();
  expect(posted()).toEqual(Array.from({ length: calls() }, (_, n) => n + 1));
});

const histories = fc.record({
  calls: fc.integer({ min: 1, max: 4 }),
  /** Calls arrive before these effects of the run. */
  comes: fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
  /** The key becomes right before this effect; from then on `send` takes this many messages before each effect. */
  right: fc.integer({ min: 1, max: 40 }),
  takes: fc.integer({ min: 1, max: 6 }),
  /** At this effect the first run dies, or gets an error; the next run comes this much later. */
  breaks: fc.integer({ min: 0, max: 25 }),
  dies: fc.boolean(),
  nextMs: fc.constantFrom(MINUTE, 5 * MINUTE, 10 * MINUTE),
});

test('whenever calls come, the key is fixed and the run dies: each memo is sent once, in the order of the calls', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ calls, comes, right, takes, breaks, dies, nextMs }) => {
      const chat = await aChat(calls);
      let effects = 0;
      let isDead = false;
      const before = async () => {
        effects += 1;
        if (isDead || effects === breaks) {
          isDead = dies;
          throw new Broken();
        }
        for (const at of comes) if (at === effects) await chat.callComes();
        if (effects >= right) for (let n = 0; n < takes; n += 1) await chat.sendOne();
      };
      for (const _run of [1, 2]) {
        await chat.run(before).catch((error) => {
          if (!(error instanceof Broken)) throw error;
        });
        isDead = false;
        chat.clock.advance(nextMs);
      }
      while (chat.queue.messages.length > 0) await chat.sendOne();
      expect(chat.posted()).toEqual(Array.from({ length: chat.calls() }, (_, n) => n + 1));
    }),
    { numRuns: 600 },
  );
});
