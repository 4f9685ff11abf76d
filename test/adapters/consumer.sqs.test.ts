import { PurgeQueueCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ConsumerOptions, sqsConsumer } from '../../functions/adapters/consumer.sqs.ts';
import { type MemoMessage, memoMessageSchema } from '../../functions/core/model/messages.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { LogFacts, StepVerdict } from '../../functions/core/ports/ports.ts';
import { eventOf, inGroup, startQueues } from '../servers/sqs.ts';

const done: StepVerdict = { kind: 'done', outcome: 'sent' };
const later: StepVerdict = { kind: 'later', delayMs: 60_000, reason: 'not yet' };
const memo = (name: string) => JSON.stringify({ v: 1, memo: name, generation: 0 });

let queues: Awaited<ReturnType<typeof startQueues>>;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());

/** Puts messages on the queue and hands them to a consumer as Lambda does. */
const consume = async (
  bodies: readonly string[],
  step: ConsumerOptions<MemoMessage>['step'],
  { receives }: { receives?: number } = {},
) => {
  if (bodies.length > 0) {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody, ...inGroup(String(index)) }));
    await queues.client.send(new SendMessageBatchCommand({ QueueUrl: queues.recordings, Entries }));
  }
  const received = await queues.receive(queues.recordings);
  const rows: { body: string; reason: string }[] = [];
  const logged: { message: string; facts?: LogFacts }[] = [];
  const note = (message: string, facts?: LogFacts) => void logged.push({ message, ...(facts && { facts }) });
  const handler = sqsConsumer({
    client: queues.client,
    urls: [queues.recordings],
    schema: memoMessageSchema,
    step,
    keepUnreadable: async (body, reason) => void rows.push({ body, reason }),
    name: 'send',
    timing: timing(),
    random: () => 0.5,
    log: { info: note, warn: note, error: note },
  });
  const event = eventOf(received, queues.recordings);
  for (const { attributes } of event.Records)
    if (receives !== undefined) attributes.ApproximateReceiveCount = String(receives);
  const { batchItemFailures } = await handler(event);
  const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  const names = received.map(({ Body = '', MessageId }) => ({
    body: Body,
    failed: failed.includes(String(MessageId)),
  }));
  return { received, kept: names.filter((one) => one.failed).map(({ body }) => body), logged, rows };
};
/** Returns the messages left on the queue, and empties it. */
const left = async () => {
  const count = await queues.count(queues.recordings);
  return count.visible + count.hidden;
};
afterEach(async () => {
  await queues.client.send(new PurgeQueueCommand({ QueueUrl: queues.recordings }));
});

describe('a batch', () => {
  test('of none is done', async () => {
    const { kept } = await consume([], () => Promise.reject(new Error('not to be called')));

    expect(kept).toEqual([]);
  });

  test('of one that is done keeps nothing, and leaves the deleting to Lambda', async () => {
    const seen: unknown[] = [];

    const { kept } = await consume([memo('m_a')], async (message, receives) => {
      seen.push([message, receives]);
      return done;
    });

    expect(kept).toEqual([]);
    expect(seen).toEqual([[{ v: 1, memo: 'm_a', generation: 0 }, 1]]);
    expect(await left()).toBe(1);
  });

  test('that fails whole is kept whole, and is no error of the function', async () => {
    const bodies = [memo('m_a'), memo('m_b')];

    const { kept } = await consume(bodies, () => Promise.reject(new Error('broken')));

    expect(kept.sort()).toEqual(bodies);
    expect(await left()).toBe(2);
  });

  test('with the same job twice runs it twice and answers for each', async () => {
    let runs = 0;

    const { kept } = await consume([memo('m_a'), memo('m_a')], async () => {
      runs += 1;
      return runs === 1 ? done : later;
    });

    expect(runs).toBe(2);
    expect(kept).toEqual([memo('m_a')]);
  });

  test('stops at the first that must wait, so that none overtakes it', async () => {
    const ran: string[] = [];

    const { kept, received } = await consume([memo('m_a'), memo('m_b'), memo('m_c')], async ({ memo }) => {
      ran.push(memo);
      return ran.length === 2 ? later : done;
    });

    expect(ran).toHaveLength(2);
    expect(kept).toEqual(received.slice(1).map(({ Body }) => Body));
  });
});

describe('a message that is not for us', () => {
  test.each([
    ['no JSON', 'canary nonsense'],
    ['another shape', JSON.stringify({ canary: true })],
    ['our version with a field wrong', JSON.stringify({ v: 1, memo: 'canary', generation: -1 })],
  ])('goes into a row at once, holds up no other, and is spoken of without its body: %s', async (_, body) => {
    const { kept, logged, rows } = await consume([memo('m_a'), body], async () => done);

    expect(kept).toEqual([]);
    expect(rows).toEqual([{ body, reason: expect.stringMatching(/\S/) }]);
    expect(logged.filter(({ facts }) => facts?.step === 'send')).not.toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('canary');
  });
});

describe('a message of a later version', () => {
  const body = JSON.stringify({ v: 2, memo: 'canary', parts: [] });

  test.each([1, 719])('waits for the code that knows it (receive %i)', async (receives) => {
    const { kept, logged, rows } = await consume([body], async () => done, { receives });

    expect(kept).toEqual([body]);
    expect(rows).toEqual([]);
    expect(await queues.count(queues.recordings)).toEqual({ visible: 0, hidden: 1 });
    expect(JSON.stringify(logged)).not.toContain('canary');
  });

  test('goes into a row after a day, and holds up no other', async () => {
    const { kept, rows } = await consume([body], async () => done, { receives: 720 });

    expect(kept).toEqual([]);
    expect(rows).toEqual([{ body, reason: expect.stringContaining('a later version') }]);
  });
});

// One second, not zero: the emulator fails at a visibility of 0.
test('a message that must wait a second comes back after it, counted', async () => {
  await consume([memo('m_a')], async () => ({ kind: 'later', delayMs: 1000, reason: 'again' }));

  const [again] = await queues.receive(queues.recordings, 5);

  expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
});
