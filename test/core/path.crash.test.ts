import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFinal } from '../../functions/core/model/memo.ts';
import { groupOfRecording, type MemoMessage, type RecordingMessage } from '../../functions/core/model/messages.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { StepVerdict } from '../../functions/core/ports/ports.ts';
import { sendMemo } from '../../functions/core/send/send-memo.ts';
import { sweepOverdue } from '../../functions/core/tend/sweep-overdue.ts';
import { crashingAt, type Effects } from '../fakes/effects.ts';
import { CHAT, messagesTo, OTHER_CHAT } from '../fakes/examples.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { type EventOutcome, modelLinq } from '../fakes/linq.model.ts';
import { memoryRecordingsQueue } from '../fakes/queues.memory.ts';
import { AUDIO, storeStep } from '../fakes/store-step.ts';

// `store` and `send` over one ledger, one bucket and both queues, in every order that SQS allows: a queue delivers the
// first message of a group, and no other while that message is in flight or hidden. A lost lease delivers a message
// twice.

const RUNS = 500;
const MINUTE = 60_000;
const LEASE_MS = MINUTE;

interface Held<T> {
  message: T;
  dueMs: number;
  receives: number;
  group: string;
}

const reason = 'as Linq says';
const EVENT_OUTCOMES: readonly EventOutcome[] = [
  { taken: true, heard: { kind: 'done' }, listedAfterMs: 0 },
  { taken: true, heard: { kind: 'unknown', reason }, listedAfterMs: 9 * MINUTE },
  { taken: false, heard: { kind: 'unknown', reason }, listedAfterMs: 0 },
  { taken: false, heard: { kind: 'not-now', waitsFor: 'linq', reason }, listedAfterMs: 0 },
  { taken: false, heard: { kind: 'our-fault', reason }, listedAfterMs: 0 },
  { taken: false, heard: { kind: 'cannot-fetch', reason }, listedAfterMs: 0 },
];
const TAKEN = EVENT_OUTCOMES.slice(0, 1);

const turns = fc.array(
  fc.record({
    /** Which of the possible messages comes next. */
    which: fc.nat(20),
    /** At which outside effect the run dies; a run with fewer effects does not die. */
    dies: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 24 })),
    when: fc.constantFrom('before' as const, 'after' as const),
    /** The recording is delivered again although its step was done: SQS did not get the answer. */
    twice: fc.boolean(),
    pauseMs: fc.constantFrom(0, 1000, 20_000, MINUTE, 10 * MINUTE),
  }),
  { maxLength: 40 },
);
const worlds = fc.record({
  outcomes: fc.array(fc.constantFrom(...EVENT_OUTCOMES), { maxLength: 6 }),
  parts: fc.constantFrom(1, 3),
  hasLength: fc.boolean(),
  copies: fc.integer({ min: 1, max: 3 }),
  troubles: fc.nat(2),
});

test(`wherever store and send die, each recording is in each chat once, in its parts' order (${RUNS} worlds)`, async () => {
  await fc.assert(
    fc.asyncProperty(worlds, turns, async ({ outcomes, parts, hasLength, copies, troubles }, sequence) => {
      const words = Array.from({ length: parts }, (_, n) => `part ${n + 1}`);
      const world = storeStep({
        downloads: [
          ...Array.from({ length: troubles }, () => ({ kind: 'trouble', reason: 'the source answered 503' }) as const),
          { kind: 'fetched', value: AUDIO },
        ],
        hasLength,
        ...(parts > 1 && { fitted: { kind: 'made', parts: words } }),
      });
      const { clock, ledger, audio, queue: memosQueue, log } = world;
      const keyValues = memoryKeyValueStore({ clock });
      const linq = modelLinq({ clock, outcomes: [...outcomes, ...TAKEN] });
      const swept = memoryRecordingsQueue();
      const sweep = sweepOverdue({
        ledger,
        recordings: swept,
        memos: memosQueue,
        keyValues,
        clock,
        timing: timing(),
        untilListed: async () => {},
        detailsMs: 30 * 24 * 60 * MINUTE,
        log,
      });

      const now = () => clock.nowMs();
      const hold = <T>(message: T, group: string): Held<T> => ({ message, dueMs: now(), receives: 0, group });
      const event = messagesTo([{ chat: CHAT }, { chat: OTHER_CHAT }]);
      const recordings: Held<RecordingMessage>[] = Array.from({ length: copies }, () => event)
        .flat()
        .map((message) => hold(message, groupOfRecording(message)));
      const memos: Held<MemoMessage>[] = [];
      /** Moves the messages that the steps have sent into the queues. */
      const collect = () => {
        for (const { message, group } of memosQueue.messages.splice(0)) memos.push(hold(message, group));
        for (const message of swept.messages.splice(0)) recordings.push(hold(message, groupOfRecording(message)));
      };
      const firstOfGroups = <T>(queue: readonly Held<T>[]) =>
        queue.filter(({ group }, at) => queue.findIndex((other) => other.group === group) === at);
      const due = () => [...firstOfGroups(recordings), ...firstOfGroups(memos)].filter(({ dueMs }) => dueMs <= now());

      const send = (message: MemoMessage, receives: number, effects: Effects) =>
        sendMemo({
          ledger: effects.of(ledger),
          keyValues: effects.of(keyValues),
          audio: effects.of(audio),
          messenger: effects.of(linq),
          delivery: 'url',
          clock,
          timing: timing(),
          random: () => 1,
          token: randomUUID,
          log,
        })(message, receives, new AbortController().signal);

      const handOut = async (held: Held<RecordingMessage> | Held<MemoMessage>, effects: Effects, twice = false) => {
        held.receives += 1;
        held.dueMs = now() + LEASE_MS;
        const { message } = held;
        const run: Promise<StepVerdict> =
          'memo' in message
            ? send(message, held.receives, effects)
            : world.run(message, { receives: held.receives, effects });
        const verdict = await run.catch(() => undefined);
        collect();
        if (verdict?.kind === 'later') held.dueMs = now() + verdict.delayMs;
        if (verdict?.kind !== 'done' || twice) return;
        if ('memo' in message) memos.splice(memos.indexOf(held as Held<MemoMessage>), 1);
        else recordings.splice(recordings.indexOf(held as Held<RecordingMessage>), 1);
      };

      for (const { which, dies, when, twice, pauseMs } of sequence) {
        const able = due();
        const held = able[which % Math.max(1, able.length)];
        if (held) await handOut(held, crashingAt(dies, when), twice && !('memo' in held.message));
        for (const chat of [CHAT, OTHER_CHAT])
          expect(linq.chats.filter((message) => message.chat === chat).length).toBeLessThanOrEqual(parts);
        clock.advance(pauseMs);
      }
      // After the storm, every message is delivered until it is done.
      for (let rounds = 0; recordings.length + memos.length > 0; rounds += 1) {
        if (rounds > 2000) throw new Error('the queues are never empty');
        const [held] = due();
        if (held) await handOut(held, crashingAt(0, 'after'));
        else clock.advance(MINUTE);
      }
      clock.advance(20 * MINUTE);
      expect(await sweep()).toMatchObject({ queuedAgain: 0 });

      const { memos: rows } = await ledger.list({}, 100);
      expect(rows).toHaveLength(2 * parts);
      for (const row of rows) {
        expect(isFinal(row.state), `${row.id} is ${row.state}`).toBe(true);
        const mine = linq.chats.filter(({ filename }) => filename.startsWith(`${row.id}.`));
        expect(mine.length, row.id).toBeLessThanOrEqual(1);
        if (row.state === 'sent') expect(mine).toHaveLength(1);
        else if (row.state === 'failed')
          expect([mine.length, row.reason]).toEqual([0, reason]); // no route fetches the recording
        else expect(row).toMatchObject({ state: 'parked', reason: expect.stringContaining('may have been sent') });
      }
      for (const chat of [CHAT, OTHER_CHAT]) {
        const numbers = linq.chats
          .filter((message) => message.chat === chat)
          .map(({ filename }) => Number(/-(\d)\./.exec(filename)?.[1] ?? 1));
        expect(numbers).toEqual(numbers.toSorted());
      }
    }),
    { numRuns: RUNS },
  );
});
