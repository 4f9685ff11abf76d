import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { groupOfRecording, memoIdOf, type RecordingMessage } from '../../../functions/core/model/messages.ts';
import { isoTime, timing } from '../../../functions/core/model/timing.ts';
import type { Fetched } from '../../../functions/core/ports/ports.ts';
import { aMessage, anUnrouted, aRecording, CHAT } from '../../fakes/examples.ts';
import { asksWhoCalled, scriptedSource } from '../../fakes/source.scripted.ts';
import { AUDIO, storeStep } from '../../fakes/store-step.ts';

const MINUTE = 60_000;
const NOT_YET = { kind: 'not-yet', reason: 'the source answered 404' } as const;
const FETCHED = { kind: 'fetched', value: AUDIO } as const;
const LET_GO = 'the source answered 404; the later memos of its chat no longer wait for it';

describe('the message group of a recording', () => {
  const person = { line: '+12052535597', handle: '+12025550101' };
  test('is that of its target, whatever the recording is', () => {
    const another = aMessage({
      recording: aRecording({ id: 'RE2' }),
      target: { chat: CHAT.toUpperCase(), maxPerDay: 3 },
    });
    expect(groupOfRecording(aMessage())).toBe(`chat:${CHAT}`);
    expect(groupOfRecording(another)).toBe(`chat:${CHAT}`);
    const [one, other] = ['RE1', 'RE2'].map((id) => aMessage({ recording: aRecording({ id }), target: person }));
    expect(one && other && groupOfRecording(one) === groupOfRecording(other)).toBe(true);
  });

  test('holds no telephone number', () => {
    expect(groupOfRecording(aMessage({ target: person }))).not.toMatch(/2052535597|2025550101/);
  });

  test.each<[string, RecordingMessage, string]>([
    ['without a target', anUnrouted(), memoId(aRecording(), undefined)],
    ['whose target must be asked for', aMessage({ target: 'ask' }), memoId(aRecording(), undefined)],
    ['that its chat no longer waits for', aMessage({ late: true }), `late:${memoId(aRecording(), { chat: CHAT })}`],
  ])('is its own for a recording %s', (_, message, group) => {
    expect(groupOfRecording(message)).toBe(group);
  });

  test('is one that SQS takes: at most 128 of its characters', () => {
    const target = fc.oneof(
      fc.uuid().map((chat) => ({ chat })),
      fc.constant(person),
      fc.constant('ask' as const),
    );
    fc.assert(
      fc.property(target, fc.string({ minLength: 1, maxLength: 64 }), fc.boolean(), (target, id, late) => {
        const message = aMessage({ recording: aRecording({ id }), target, ...(late && { late }) });
        expect(groupOfRecording(message)).toMatch(/^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/);
      }),
    );
  });
});

describe('a recording that is not ready', () => {
  test('keeps its chat waiting until ten minutes after its acknowledgement; then it goes on alone, and its row says so', async () => {
    const world = storeStep({ downloads: [NOT_YET] });
    const endMs = world.clock.nowMs() + 10 * MINUTE;
    for (let receives = 1; world.clock.nowMs() < endMs; receives += 1) {
      const verdict = await world.run(aMessage(), { receives });
      if (verdict.kind !== 'later') throw new Error(`it was ${verdict.outcome}`);
      expect(world.inHand()).not.toHaveProperty('late');
      expect(verdict.delayMs).toBeLessThanOrEqual(endMs - world.clock.nowMs());
      world.clock.advance(verdict.delayMs);
    }
    await world.run(aMessage(), { receives: 20 });
    expect(world.inHand()).toEqual(aMessage({ late: true }));
    expect((await world.memo())?.history.map(({ reason }) => reason)).toContain(LET_GO);
  });

  test('is let go at once where its source asks for more time than is left, and not asked again before that', async () => {
    const world = storeStep({ downloads: [{ ...NOT_YET, retryAfterMs: 11 * MINUTE }, FETCHED] });
    expect(await world.run()).toMatchObject({ kind: 'later', delayMs: 11 * MINUTE });
    expect(world.inHand()).toEqual(aMessage({ late: true, notBefore: isoTime(world.clock.nowMs() + 11 * MINUTE) }));
    expect(world.recordings.fetched).toHaveLength(1);
    world.clock.advance(11 * MINUTE);
    expect(await world.run(world.inHand())).toMatchObject({ kind: 'done', outcome: 'stored' });
    expect(world.queue.messages).toHaveLength(1);
  });

  test('waits as long as its source asks where that is within its time', async () => {
    const { run } = storeStep({ downloads: [{ ...NOT_YET, retryAfterMs: 9 * MINUTE }] });
    expect(await run()).toMatchObject({ kind: 'later', delayMs: 9 * MINUTE });
  });

  test('is tried once in its place, however long the queue was away', async () => {
    const world = storeStep();
    world.clock.advance(5 * 60 * MINUTE);
    expect(await world.run(aMessage(), { receives: 3 })).toMatchObject({ kind: 'done', outcome: 'stored' });
    expect(world.inHand()).toEqual(aMessage());
  });

  test('holds nobody up for ever where it ends its function each time', async () => {
    const world = storeStep({ downloads: [NOT_YET] });
    await world.ledger.open({ id: memoIdOf(aMessage()), state: 'received', ...aMessage(), target: { chat: CHAT } });
    await world.run(aMessage(), { receives: 11 });
    expect(world.inHand()).toEqual(aMessage());
    world.clock.advance(10 * MINUTE);
    await world.run(aMessage(), { receives: 12 });
    expect(world.inHand()).toEqual(aMessage({ late: true }));
  });

  test('has waited for nothing while another of its chat was worked on', async () => {
    const world = storeStep({ downloads: [NOT_YET, FETCHED] });
    world.clock.advance(9 * 60 * MINUTE); // the message waited behind others
    await world.run();
    expect(await world.memo()).toMatchObject({ state: 'received', waitingSince: world.clock.iso() });
  });
});

test('a recording whose source was asked who called takes its place when the answer comes', async () => {
  const source = scriptedSource(
    { kind: 'ignored', reason: '' },
    { lookUpParties: asksWhoCalled('https://api.example/1') },
  );
  const world = storeStep({
    source,
    routes: [{ when: { to: '+13055550100' }, send: { chat: CHAT } }],
    answers: [{ kind: 'fetched', value: { to: '+13055550100' } }],
  });
  await world.run(aMessage({ target: 'ask' }));
  expect(groupOfRecording(world.inHand())).toBe(`chat:${CHAT}`);
});

// A queue that delivers the first due message of its group, to a step whose source answers at random.
test('the memos of a chat are queued in the order of their calls, but for those that the row says it let go', async () => {
  const answers: fc.Arbitrary<Fetched<Uint8Array>> = fc.constantFrom<Fetched<Uint8Array>[]>(
    NOT_YET,
    { kind: 'trouble', reason: 'the source answered 503' },
    { kind: 'trouble', reason: 'the source answered 429', retryAfterMs: 4 * MINUTE },
    FETCHED,
    FETCHED,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(answers, { maxLength: 40 }),
      fc.array(fc.nat(6), { minLength: 40 }),
      async (downloads, which) => {
        const world = storeStep({ downloads: [...downloads, FETCHED] });
        const waiting = Array.from({ length: 8 }, (_, n) => {
          const receivedAt = isoTime(world.clock.nowMs() + n);
          return { message: aMessage({ recording: aRecording({ id: `RE${n}` }), receivedAt }), dueMs: 0, receives: 0 };
        });
        const ids = waiting.map(({ message }) => memoIdOf(message));
        for (let generation = 0; waiting.length > 0; generation += 1) {
          const first = waiting.filter(
            ({ message }, at) =>
              waiting.findIndex((other) => groupOfRecording(other.message) === groupOfRecording(message)) === at,
          );
          const due = first.filter(({ dueMs }) => dueMs <= world.clock.nowMs());
          const held = due[(which[generation % which.length] ?? 0) % Math.max(1, due.length)];
          if (!held) {
            world.clock.advance(1000);
            continue;
          }
          held.receives += 1;
          const verdict = await world.run(held.message, { receives: held.receives });
          const rest = waiting.indexOf(held);
          if (verdict.kind === 'done') waiting.splice(rest, 1);
          else if (world.inHand() === held.message) held.dueMs = world.clock.nowMs() + verdict.delayMs;
          else
            waiting.splice(rest, 1, {
              message: world.inHand(),
              dueMs: world.clock.nowMs() + verdict.delayMs,
              receives: 1,
            });
        }
        const letGo = new Set<string>();
        for (const id of ids) {
          const { history = [], receivedAt = '' } = (await world.ledger.get(id)) ?? {};
          const note = history.find(({ reason }) => reason?.endsWith('no longer wait for it'));
          if (!note) continue;
          letGo.add(id);
          const asked = downloads.some((answer) => 'retryAfterMs' in answer);
          if (!asked) expect(Date.parse(note.at) - Date.parse(receivedAt)).toBeGreaterThanOrEqual(timing().orderWaitMs);
        }
        const queued = world.queue.messages.map(({ message }) => message.memo).filter((id) => !letGo.has(id));
        expect(queued).toEqual(ids.filter((id) => queued.includes(id)));
      },
    ),
    { numRuns: 200 },
  );
});
