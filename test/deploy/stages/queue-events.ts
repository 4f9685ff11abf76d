import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Message, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { FunctionName } from '../../../infra/secrets.ts';
import { inGroup } from '../../servers/sqs.ts';
import { json, until, wav } from '../../world.ts';
import type { Checks } from '../checks.ts';
import type { Bridge } from '../client.ts';
import { answerOf } from '../deployment.ts';
import { documented, take } from './documented.ts';

const [fifo, scheduled] = [documented('sqs-fifo'), documented('scheduled')];

/** The events of SQS and of the clock for `store`, `send` and `tend`. */
export const queueEvents = async (bridge: Bridge, { check }: Checks): Promise<void> => {
  await check('store: of a batch, only what a later version wrote comes back; what is not JSON goes into a row', () =>
    storeTakesPartOfABatch(bridge),
  );
  await check('store: a batch of later versions comes back whole, and is no error', () => storeTakesNothing(bridge));
  await check('send: after a record of a later version, the rest of its batch waits for its turn', () =>
    sendKeepsTheOrder(bridge),
  );
  await check('tend: a dead letter that is not JSON goes into a row', () => tendKeepsTheUnreadable(bridge));
  await check('tend: the documented scheduled event is a sweep', async () => {
    const swept = answerOf(await bridge.functions.tend.invoke(scheduled));
    assert.partialDeepStrictEqual(swept, { queuedAgain: 0, expired: 0 });
  });
};

/**
 * Puts bodies on a function's queue, receives the messages, and gives them to the function as one batch in that order.
 */
const batch = async (bridge: Bridge, name: FunctionName, bodies: readonly string[], index = 0) => {
  const queue = bridge.queuesOf(name)[index];
  for (const body of bodies) {
    await bridge.sqs.send(
      new SendMessageCommand({
        QueueUrl: queue?.url,
        MessageBody: body,
        // Each message has its own group, because the emulator does not give out two messages of a group at once.
        ...inGroup(randomUUID()),
      }),
    );
  }
  const messages: Message[] = [];
  await until(async () => {
    messages.push(...(await take(bridge, name, index)));
    return messages.length >= bodies.length || undefined;
  }, 10_000);
  const inOrder = bodies.map((body) => {
    const at = messages.findIndex(({ Body }) => Body === body);
    const [message] = messages.splice(at, 1);
    assert(message && at >= 0, `the queue did not give out ${body}`);
    return message;
  });
  const records = inOrder.map((message) => record(fifo, message, queue?.arn ?? ''));
  const { batchItemFailures } = answerOf(await bridge.functions[name].invoke({ Records: records })) as SQSBatchResponse;
  const failed = batchItemFailures.map(
    ({ itemIdentifier }) => inOrder.find(({ MessageId }) => MessageId === itemIdentifier)?.Body,
  );
  return failed;
};

const record = (base: SQSRecord, { MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }: Message, arn: string) => ({
  ...base,
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  md5OfBody: MD5OfBody,
  attributes: { ...base.attributes, ...Attributes },
  eventSourceARN: arn,
});

const NOT_JSON = 'not JSON';
const LATER = JSON.stringify({ v: 2, what: 'nobody knows yet' });

const storeTakesPartOfABatch = async (bridge: Bridge) => {
  const [chat, id] = [randomUUID(), `rec_${randomUUID()}`];
  const recording = {
    source: 'standard-webhooks',
    id,
    callId: chat,
    media: { kind: 'url', url: bridge.media.serve(wav(2)) },
  };
  const good = JSON.stringify({ v: 1, recording, target: { chat }, receivedAt: new Date().toISOString() });
  const failed = await batch(bridge, 'store', [NOT_JSON, good, LATER]);
  assert.deepEqual(failed, [LATER]);
  const stored = await until(async () => {
    const { memos } = (await (await bridge.authorized(`/memos?call=${chat}`)).json()) as { memos: { state: string }[] };
    return memos.find(({ state }) => state === 'stored');
  }, 10_000);
  assert(stored, 'the good record made no memo');
};

const storeTakesNothing = async (bridge: Bridge) => {
  const later = JSON.stringify({ v: 3 });
  const failed = await batch(bridge, 'store', [LATER, later]);
  assert.deepEqual(failed, [LATER, later]);
  assert.deepEqual(answerOf(await bridge.functions.store.invoke({ Records: [] })), { batchItemFailures: [] });
};

const sendKeepsTheOrder = async (bridge: Bridge) => {
  const unknown = JSON.stringify({ v: 1, memo: `m_${'a'.repeat(26)}`, generation: 0 });
  const failed = await batch(bridge, 'send', [unknown, LATER, unknown]);
  assert.deepEqual(failed, [LATER, unknown]);
};

const tendKeepsTheUnreadable = async (bridge: Bridge) => {
  for (const index of [0, 1]) {
    const body = `${NOT_JSON} ${index}`;
    assert.deepEqual(await batch(bridge, 'tend', [body], index), []);
    const { memos } = await json<{ memos: { reason?: string }[] }>(await bridge.authorized('/memos?state=failed'));
    assert(
      memos.some(({ reason }) => reason?.includes('JSON')),
      'no row tells of it',
    );
  }
};
