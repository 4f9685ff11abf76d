import { createHash } from 'node:crypto';
import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { sqsClient } from '../../functions/adapters/aws.ts';
import { sqsMemosQueue, sqsRecordingsQueue } from '../../functions/adapters/queues.sqs.ts';
import { ascii, type RecordingMessage } from '../../functions/core/model/messages.ts';
import { json, scriptedHttp } from '../servers/scripted-http.ts';
import { clientTo, scriptedSqs, startQueues } from '../servers/sqs.ts';

const message = (id: string): RecordingMessage => ({
  v: 1,
  recording: { source: 'vendor', id, media: { kind: 'url', url: 'https://media.vendor.example/r.wav' } },
  target: { chat: '550e8400-e29b-41d4-a716-446655440000' },
  receivedAt: '2026-11-23T12:00:00.000Z',
});
const unavailable = expect.objectContaining({ code: 'unavailable', retryable: true });

let queues: Awaited<ReturnType<typeof startQueues>>;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());
const bodies = async (url: string): Promise<unknown[]> =>
  (await queues.drain(url)).map(({ Body }) => JSON.parse(String(Body)));

describe('recordings', () => {
  test.each([0, 1, 10, 11, 25])('%i at once arrive, each once', async (count) => {
    const messages = Array.from({ length: count }, (_, index) => message(`RE${index}`));

    await sqsRecordingsQueue(queues.client, { url: queues.recordings }).send(messages);

    const ids = (await bodies(queues.recordings)).map((body) => JSON.stringify(body)).sort();
    expect(ids).toEqual(messages.map((sent) => JSON.stringify(sent)).sort());
  });

  test('of any characters arrive as they were', async () => {
    const queue = sqsRecordingsQueue(queues.client, { url: queues.recordings });
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('\u0000\u0001\b\u001f\u007f', '\ufffe\uffff', '👩‍👧 ça', '\u2028\u2029'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), async (ids) => {
        await queue.send(ids.map(message));

        const arrived = (await bodies(queues.recordings)).map((body) => JSON.stringify(body));
        expect(arrived.sort()).toEqual(ids.map((id) => JSON.stringify(message(id))).sort());
      }),
      { numRuns: 12 },
    );
  });

  test('of which `store` could not read one are refused, and none is sent', async () => {
    const sending = sqsRecordingsQueue(queues.client, { url: queues.recordings }).send([
      ...Array.from({ length: 10 }, (_, index) => message(`RE${index}`)),
      message('\ud800'),
    ]);

    await expect(sending).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('recording.id'),
    });
    expect(await bodies(queues.recordings)).toEqual([]);
  });

  test('are put in characters that SQS takes (XML 1.0), and read back the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = ascii({ text });

        expect(escaped).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(escaped)).toEqual({ text });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('memos', () => {
  const queue = () => sqsMemosQueue(queues.client, { url: queues.memos });

  test('of one generation make one message, however often they are sent', async () => {
    const memo = { v: 1, memo: 'm_one', generation: 0 } as const;

    await queue().send(memo, 'chat:a');
    await queue().send(memo, 'chat:a');

    expect(await bodies(queues.memos)).toEqual([memo]);
  });

  test('of a later generation make another', async () => {
    await queue().send({ v: 1, memo: 'm_two', generation: 0 }, 'chat:a');
    await queue().send({ v: 1, memo: 'm_two', generation: 1 }, 'chat:a');

    expect(await bodies(queues.memos)).toMatchObject([{ generation: 0 }, { generation: 1 }]);
  });

  test('go one at a time for a chat, and side by side for two', async () => {
    await queue().send({ v: 1, memo: 'm_first', generation: 0 }, 'chat:a');
    await queue().send({ v: 1, memo: 'm_second', generation: 0 }, 'chat:a');
    await queue().send({ v: 1, memo: 'm_other', generation: 0 }, 'chat:b');

    const received = await queues.receive(queues.memos);

    const order = received.map(({ Body, Attributes }) => [Attributes?.MessageGroupId, JSON.parse(String(Body)).memo]);
    expect(order.filter(([group]) => group === 'chat:a')[0]).toEqual(['chat:a', 'm_first']);
    expect(order).toContainEqual(['chat:b', 'm_other']);
    expect(await queues.receive(queues.memos)).toEqual([]); // chat a waits for its first message
  });
});

describe('a queue that may not hold a message is unavailable', () => {
  afterEach(() => vi.unstubAllEnvs());
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');

  test('when it takes a batch in part', async () => {
    const sqs = await scriptedSqs(({ input }) => {
      // The entries of SendMessageBatch.
      const [entry] = input.Entries as { Id: string; MessageBody: string }[];
      return json(200, {
        Successful: [{ Id: entry?.Id, MessageId: 'm-0', MD5OfMessageBody: md5(entry?.MessageBody ?? '') }],
        Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
      });
    });

    const sending = sqsRecordingsQueue(sqs.client, { url: sqs.url }).send([message('RE1'), message('RE2')]);

    await expect(sending).rejects.toEqual(unavailable);
    await sqs.stop();
  });

  test('when it refuses us', async () => {
    const sqs = await scriptedSqs(() => json(403, { __type: 'AccessDeniedException', message: 'no' }));

    await expect(sqsRecordingsQueue(sqs.client, { url: sqs.url }).send([message('RE1')])).rejects.toEqual(unavailable);
    await expect(
      sqsMemosQueue(sqs.client, { url: sqs.url }).send({ v: 1, memo: 'm', generation: 0 }, 'g'),
    ).rejects.toEqual(unavailable);
    await sqs.stop();
  });

  test('when nobody is there', async () => {
    const gone = await scriptedHttp();
    await gone.stop();
    const client = clientTo(gone.origin);

    await expect(sqsRecordingsQueue(client, { url: `${gone.origin}/0/q` }).send([message('RE1')])).rejects.toEqual(
      unavailable,
    );
  });

  test('in seconds when it never answers, by the client that the functions use', { timeout: 30_000 }, async () => {
    const silent = await scriptedHttp(() => {});
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_ENDPOINT_URL', silent.origin);
    const client = sqsClient();
    await expect(sqsRecordingsQueue(client, { url: `${silent.origin}/0/q` }).send([message('RE1')])).rejects.toEqual(
      unavailable,
    );

    client.destroy();
    await silent.stop();
  });
});

test('an erasure that says more than the last is no repetition of it, and one that says the same is', async () => {
  const ids: (string | undefined)[] = [];
  const client = {
    send: async ({ input }: SendMessageCommand) => void ids.push(input.MessageDeduplicationId),
  } as unknown as SQSClient; // the client only gets messages to send
  const { sendErasure } = sqsMemosQueue(client, { url: 'https://sqs.example' });
  for (const attachments of [['a'], ['a', 'b'], ['a']]) await sendErasure({ v: 1, erase: { memo: 'm', attachments } });
  expect(new Set(ids).size).toBe(2);
  expect(ids[2]).toBe(ids[0]);
});
