import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPoller } from '../../local/bridge/poller.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { startSqs } from '../../local/cloud/emulators/sqs.ts';
import { REGION } from '../../local/cloud/resources.ts';

// A backlog of the local queue: as many messages in hand as allowed, in order, and no request that returns nothing
// while messages wait.

const MESSAGES = 200;
const PLACES = 3;

let client: SQSClient;
let stop: () => Promise<void>;
let receives = 0;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'aftercall-backlog-'));
  const sqs = await startSqs({ port: 0, directory });
  client = new SQSClient({ endpoint: sqs.url, region: REGION, credentials: { ...LOCAL_CREDENTIALS } });
  client.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        if (commandName === 'ReceiveMessageCommand') receives += 1;
        return next(given);
      },
    { step: 'initialize' },
  );
  stop = async () => {
    client.destroy();
    await sqs.stop();
    rmSync(directory, { recursive: true });
  };
});
afterAll(() => stop());

/** Delivers a whole backlog; the first messages in hand wait for one another, as many as may be in hand at once. */
const handOut = async (chats: number) => {
  const name = `backlog-${chats}.fifo`;
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { FifoQueue: 'true' } }),
  );
  for (let n = 0; n < MESSAGES; n += 10) {
    const Entries = Array.from({ length: 10 }, (_, of) => ({
      Id: String(of),
      MessageBody: String(n + of),
      MessageGroupId: `chat ${(n + of) % chats}`,
      MessageDeduplicationId: String(n + of),
    }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  const atOnce = Math.min(PLACES, chats);
  const all = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  const handed: number[] = [];
  let [inHand, most] = [0, 0];
  receives = 0;
  const poller = startPoller({
    client,
    queueUrl: QueueUrl ?? '',
    queueArn: `arn:aws:sqs:${REGION}:000000000000:${name}`,
    concurrency: PLACES,
    async handler({ Records }: SQSEvent) {
      handed.push(...Records.map(({ body }) => Number(body)));
      inHand += 1;
      most = Math.max(most, inHand);
      if (most === atOnce) full.resolve();
      await full.promise;
      if (handed.length === MESSAGES) all.resolve();
      inHand -= 1;
      return { batchItemFailures: [] };
    },
  });
  await all.promise;
  await poller.stop();
  return { handed, most, receives };
};

test.each([
  ['as many chats as messages', MESSAGES],
  ['twenty chats', 20],
  ['one chat', 1],
])('of %s', async (_, chats) => {
  const { handed, most, receives } = await handOut(chats);
  expect(most).toBe(Math.min(PLACES, chats));
  for (let chat = 0; chat < chats; chat += 1) {
    const ofChat = handed.filter((message) => message % chats === chat);
    expect(ofChat).toEqual(Array.from({ length: MESSAGES / chats }, (_, n) => chat + n * chats));
  }
  // A finished message frees its chat. Where fewer chats than places have messages, the idle places then ask in vain.
  expect(receives).toBeLessThanOrEqual(chats < PLACES ? PLACES * MESSAGES + 10 : 1.2 * MESSAGES);
});
