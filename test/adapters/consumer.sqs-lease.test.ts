import { once } from 'node:events';
import { setImmediate as settled } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sqsConsumer } from '../../functions/adapters/consumer.sqs.ts';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { memoMessageSchema } from '../../functions/core/model/messages.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { StepVerdict } from '../../functions/core/ports/ports.ts';
import { json } from '../servers/scripted-http.ts';
import { clientTo, eventOf, scriptedSqs, sqsError } from '../servers/sqs.ts';

const done: StepVerdict = { kind: 'done', outcome: 'sent' };
const RENEWAL_MS = 20_000; // the design: a lease of 60 s, renewed every 20 s

let sqs: Awaited<ReturnType<typeof scriptedSqs>>;
let errors: Record<string, unknown>[];
beforeEach(async () => {
  errors = [];
  sqs = await scriptedSqs();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await sqs.stop();
});

/** Gives one message to a consumer. The handler's answer says whether the message stays on the queue. */
const consume = async (
  step: (lease: AbortSignal) => Promise<StepVerdict>,
  {
    receives = 1,
    random = 0.5,
    client = sqs.client,
    queueUrl = sqs.url,
  }: { receives?: number; random?: number; client?: SQSClient; queueUrl?: string } = {},
) => {
  const handler = sqsConsumer({
    client,
    urls: [sqs.url],
    schema: memoMessageSchema,
    step: (_message, _receives, lease) => step(lease),
    keepUnreadable: () => Promise.reject(new Error('each message can be read')),
    name: 'send',
    timing: timing(),
    random: () => random,
    log: { info: () => {}, warn: () => {}, error: (message, facts) => void errors.push({ message, ...facts }) },
  });
  const Attributes = { ApproximateReceiveCount: String(receives) };
  const Body = JSON.stringify({ v: 1, memo: 'm_a', generation: 0 });
  const event = eventOf([{ MessageId: 'id-1', ReceiptHandle: 'handle-1', Body, Attributes }], queueUrl);
  return (await handler(event)).batchItemFailures.length === 1;
};
/** The visibility time-out of each call to SQS, in order. */
const hidden = () => sqs.calls.map(({ input }) => input.VisibilityTimeout);

describe('the lease', () => {
  test('is set before the step runs, on this very message', async () => {
    let before: unknown;

    await consume(async () => {
      before = structuredClone(sqs.calls);
      return done;
    });

    const input = { QueueUrl: sqs.url, ReceiptHandle: 'handle-1', VisibilityTimeout: 60 };
    expect(before).toEqual([{ operation: 'ChangeMessageVisibility', input }]);
    expect(sqs.calls).toHaveLength(1);
  });

  test('that cannot be set keeps the message, and the step does not run', async () => {
    sqs.answer = () => sqsError('ReceiptHandleIsInvalid');
    let ran = false;

    const kept = await consume(async () => {
      ran = true;
      return done;
    });

    expect([kept, ran]).toEqual([true, false]);
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/could not be set/),
        step: 'send',
        outcome: 'lease-failed',
        error: expect.any(Error),
      },
    ]);
  });

  test('of a message from a queue that the function does not know keeps it, and the log names the queue', async () => {
    const kept = await consume(() => Promise.reject(new Error('not to be called')), {
      queueUrl: 'http://nobody.invalid/000000000000/renamed.fifo',
    });

    expect(kept).toBe(true);
    expect(sqs.calls).toEqual([]);
    expect(errors).toMatchObject([{ message: expect.stringMatching(/could not be set/), outcome: 'lease-failed' }]);
    expect(String(errors[0]?.error)).toContain('renamed.fifo');
  });

  test('is renewed while the step works, and no longer', async () => {
    await consume(async () => {
      for (let renewals = 1; renewals <= 3; renewals += 1) {
        vi.advanceTimersByTime(RENEWAL_MS);
        await sqs.called(1 + renewals);
      }
      return done;
    });
    vi.advanceTimersByTime(10 * RENEWAL_MS);

    expect(hidden()).toEqual([60, 60, 60, 60]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('whose renewal fails is lost: the step is told', async () => {
    sqs.answer = (_, calls) => (calls.length === 2 ? sqsError('ReceiptHandleIsInvalid') : json(200, {}));

    const kept = await consume(async (lease) => {
      vi.advanceTimersByTime(RENEWAL_MS);
      await once(lease, 'abort');
      lease.throwIfAborted();
      return done;
    });

    expect(kept).toBe(true);
    expect(errors.map(({ outcome }) => outcome)).toEqual(['lease-failed', 'step-failed']);
    expect(errors[0]).toMatchObject({ message: expect.stringMatching(/could not be renewed/), step: 'send' });
  });

  test('is not lost while its renewals succeed', async () => {
    const kept = await consume(async (lease) => {
      vi.advanceTimersByTime(RENEWAL_MS);
      await sqs.called(2);
      lease.throwIfAborted();
      return done;
    });

    expect(kept).toBe(false);
  });

  test('is never renewed after the last word, nor while that is said, however slow SQS is', async () => {
    const asked: { seconds: unknown; answer: () => void }[] = [];
    const slow = clientTo('http://nobody.invalid');
    slow.middlewareStack.add(
      () =>
        async ({ input }) => {
          const seconds = 'VisibilityTimeout' in input && input.VisibilityTimeout;
          await new Promise<void>((answer) => asked.push({ seconds, answer }));
          return { output: { $metadata: {} }, response: {} };
        },
      { step: 'build' },
    );
    const consumed = consume(
      async () => {
        vi.advanceTimersByTime(RENEWAL_MS);
        vi.advanceTimersByTime(RENEWAL_MS);
        return { kind: 'later', delayMs: 5000, reason: 'not yet' };
      },
      { client: slow },
    );
    await settled();
    asked[0]?.answer();
    await settled();
    const renewals = asked.length - 1;

    asked.slice(2).map(({ answer }) => answer()); // all but the first renewal
    await settled();
    expect(asked.map(({ seconds }) => seconds)).toEqual([60, ...Array(renewals).fill(60)]);

    for (let next = 1; next < asked.length; next += 1) {
      asked[next]?.answer();
      await settled();
    }
    expect(await consumed).toBe(true);
    expect(asked.at(-1)?.seconds).toBe(5);
    expect(asked.filter(({ seconds }) => seconds === 5)).toHaveLength(1);
  });
});

describe('a message that must wait', () => {
  test.each([
    [0, 0],
    [-5000, 0],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [2500.5, 3],
    [3_600_000, 3600],
    [39_600_000, 39_600], // eleven hours
    [39_600_001, 39_600],
    [86_400_000, 39_600],
    [Number.POSITIVE_INFINITY, 39_600],
  ])('for %d ms is hidden for %i s', async (delayMs, seconds) => {
    const kept = await consume(async () => ({ kind: 'later', delayMs, reason: 'not yet' }));

    expect(kept).toBe(true);
    expect(hidden()).toEqual([60, seconds]);
  });

  test.each([
    [1, 0, 3],
    [1, 1, 5],
    [2, 1, 10],
    [3, 1, 20],
    [3, 0, 10],
    [8, 1, 640],
    [9, 1, 900],
    [1000, 1, 900],
    [1000, 0, 450],
  ])(
    'because its step threw at receive %i is hidden with back-off (random %d: %i s)',
    async (receives, random, seconds) => {
      const kept = await consume(() => Promise.reject(new Error('broken')), { receives, random });

      expect(kept).toBe(true);
      expect(hidden()).toEqual([60, seconds]);
    },
  );
});

test('a message that cannot be delayed comes again when its lease ends, and the log says so', async () => {
  sqs.answer = (_, calls) => (calls.length === 2 ? sqsError('RequestThrottled') : json(200, {}));

  const kept = await consume(async () => ({ kind: 'later', delayMs: 1000, reason: 'not yet' }));

  expect(kept).toBe(true);
  expect(errors).toMatchObject([{ message: expect.stringMatching(/could not be delayed/), outcome: 'lease-failed' }]);
});

test('a message about a row of a later version waits as long as one of a later version, and the log says so', async () => {
  const later = new AftercallError('later_version', 'a later version wrote the row', { memo: 'm_a' });

  const kept = await consume(() => Promise.reject(later));

  expect(kept).toBe(true);
  expect(hidden()).toEqual([60, timing().unknownVersionMs / 1000]);
  expect(errors).toEqual([
    { message: 'a later version wrote the row', step: 'send', outcome: 'later-version', memo: 'm_a' },
  ]);
});

test('the consumer deletes nothing: whatever comes of a step, it only changes visibility', async () => {
  await consume(async () => done);
  await consume(async () => ({ kind: 'later', delayMs: 1, reason: 'not yet' }));
  await consume(() => Promise.reject(new Error('broken')));

  expect(new Set(sqs.calls.map(({ operation }) => operation))).toEqual(new Set(['ChangeMessageVisibility']));
});
