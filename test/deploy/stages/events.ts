import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { FunctionName } from '../../../infra/secrets.ts';
import { standardWebhook, twilioWebhook, until, wav } from '../../world.ts';
import { newChecks } from '../checks.ts';
import { type Bridge, startBridge } from '../client.ts';
import type { Context } from '../context.ts';
import { answerOf } from '../deployment.ts';
import type { Stage } from '../stage.ts';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/lambda/${name}.json`, import.meta.url), 'utf8'));
const [http, standard, fifo, scheduled] = ['http-api-v2', 'sqs', 'sqs-fifo', 'scheduled'].map(fixture);

/** Events of every documented shape, given to the functions as Lambda gives them: no queue is polled here. */
export const events = (context: Context): Stage => ({
  name: 'events of every shape',
  async run() {
    const { check, result } = newChecks();
    const bridge = await startBridge(context, { consumers: [] });
    try {
      for (const [promise, over, expected] of webhooks(bridge)) {
        await check(`receive: ${promise}`, async () => {
          const { status, queued } = await receive(bridge, over);
          assert.deepEqual({ status, queued }, expected);
        });
      }
      for (const [promise, over, status] of requests(bridge)) {
        await check(`api: ${promise}`, async () => {
          const answer = answerOf(await bridge.functions.api.invoke(httpEvent(over))) as { statusCode: number };
          assert.equal(answer.statusCode, status, JSON.stringify(answer));
        });
      }
      await check('store: of a batch, only what is not JSON and what a later version wrote come back', () =>
        storeTakesPartOfABatch(bridge),
      );
      await check('store: a batch of which nothing can be read comes back whole, and is no error', () =>
        storeTakesNothing(bridge),
      );
      await check('send: after a record that is not JSON, the rest of its batch waits for its turn', () =>
        sendKeepsTheOrder(bridge),
      );
      await check('tend: a dead letter that is not JSON is kept', () => tendKeepsTheUnreadable(bridge));
      await check('tend: the documented scheduled event is a sweep', async () => {
        assert.deepEqual(answerOf(await bridge.functions.tend.invoke(scheduled)), { queuedAgain: 0, expired: 0 });
      });
    } finally {
      await bridge.stop();
    }
    return result();
  },
});

type Over = Omit<Partial<APIGatewayProxyEventV2>, 'body'> & {
  body?: string | undefined;
  path?: string;
  method?: string;
};
const TAKEN = { status: 200, queued: 1 };

const webhooks = ({ url, media, secrets }: Bridge): [string, Over, { status: number; queued: number }][] => {
  const signed = () => {
    const { body, headers } = standardWebhook(secrets.STANDARD_WEBHOOKS_SECRET, {
      id: `rec_${randomUUID()}`,
      recording_url: media.serve(wav(1)),
      from: 'Zoë 📞',
    });
    return { body, headers: { ...http.headers, ...headers } };
  };
  const base64 = (body: string) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true });
  const form = (query: string): Over => {
    const sent = twilioWebhook(secrets.TWILIO_AUTH_TOKEN, `${url}/hooks/twilio?${query}`, {
      RecordingSid: `RE${randomUUID().replaceAll('-', '')}`,
      RecordingUrl: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1',
      RecordingStatus: 'completed',
      RecordingStartTime: 'Sat, 25 Jul 2026 17:20:00 +0000',
    });
    return { path: '/hooks/twilio', rawQueryString: query, headers: sent.headers, ...base64(sent.body) };
  };
  const text = signed();
  return [
    ['a body as text is taken', { body: text.body, headers: text.headers }, TAKEN],
    ['the same in base64 is taken', { headers: text.headers, ...base64(text.body) }, TAKEN],
    ['a trailing slash leads to the same hook', { ...signed(), path: '/hooks/standard-webhooks/' }, TAKEN],
    ['cookies change nothing', { ...signed(), cookies: ['a=1', 'b="2; 3"', ''] }, TAKEN],
    ['a repeated header comes joined', withHeader(signed(), 'x-forwarded-for', '203.0.113.7,198.51.100.2'), TAKEN],
    ['two signatures, one of them good', withOldSignature(signed()), TAKEN],
    ['a domain of its own is no part of the path', onDomain(signed(), 'calls.example.org'), TAKEN],
    ...ODD_QUERIES.map((query): [string, Over, typeof TAKEN] => [
      `the signature covers the query ${query}`,
      form(query),
      TAKEN,
    ]),
    ['a changed body is refused', { ...text, body: `${text.body} ` }, { status: 401, queued: 0 }],
    ['no body is refused', { headers: text.headers, body: undefined }, { status: 401, queued: 0 }],
    ['an unknown source is not found', { ...signed(), path: '/hooks/nobody' }, { status: 404, queued: 0 }],
    ["a named stage's prefix is not found", onStage(signed(), 'prod'), { status: 404, queued: 0 }],
    ['a mebibyte too many is refused', { ...signed(), body: 'x'.repeat(1_100_000) }, { status: 413, queued: 0 }],
  ];
};

const ODD_QUERIES = [
  'a=&b&a=2&b=1',
  "from=O'Hara&to=O%27Hara",
  'from=+14155550101&to=%2B14155550102',
  'name=%c3%a9%C3%A9',
  'a[0]=1|2',
];

const withHeader = (over: Over, name: string, value: string): Over => ({
  ...over,
  headers: { ...over.headers, [name]: value },
});
const withOldSignature = (over: Over): Over =>
  withHeader(
    over,
    'webhook-signature',
    `v1,${Buffer.alloc(32).toString('base64')} ${over.headers?.['webhook-signature']}`,
  );
const onDomain = (over: Over, domainName: string): Over => ({
  ...over,
  requestContext: { ...http.requestContext, domainName, domainPrefix: domainName.split('.')[0] },
});
const onStage = (over: Over, stage: string): Over => ({
  ...over,
  path: `/${stage}${http.rawPath}`,
  requestContext: { ...http.requestContext, stage },
});

const requests = ({ secrets }: Bridge): [string, Over, number][] => {
  const key = { authorization: `Bearer ${secrets.AFTERCALL_API_KEY}` };
  return [
    ['health is open', { method: 'GET', path: '/health' }, 200],
    ['HEAD is answered', { method: 'HEAD', path: '/health' }, 200],
    ['the list needs the key', { method: 'GET', path: '/memos' }, 401],
    [
      'the list opens with the key',
      { method: 'GET', path: '/memos', rawQueryString: 'limit=2&state=sent', headers: key },
      200,
    ],
    [
      'a repeated query is answered',
      { method: 'GET', path: '/memos', rawQueryString: 'limit=1&limit=2', headers: key },
      200,
    ],
    [
      'two keys in one header are no key',
      { method: 'GET', path: '/memos', headers: { authorization: `${key.authorization},Bearer x` } },
      401,
    ],
    ["an unsigned event of Linq's is refused", { method: 'POST', path: '/linq', body: '{}' }, 401],
    ['a body that is not JSON is refused', { method: 'POST', path: '/memos', headers: key, body: '{' }, 400],
    ['an unknown path is not found', { method: 'GET', path: '/nowhere', headers: key }, 404],
  ];
};

const httpEvent = ({ path = http.rawPath, method = 'POST', requestContext = http.requestContext, ...over }: Over) => {
  const query = over.rawQueryString ?? '';
  const { cookies: _cookies, body: _body, queryStringParameters: _parameters, ...base } = http;
  const { stage } = requestContext;
  return {
    ...base,
    cookies: http.cookies,
    ...(method !== 'GET' && method !== 'HEAD' && { body: http.body }),
    ...over,
    rawPath: path,
    rawQueryString: query,
    ...(query && { queryStringParameters: Object.fromEntries(new URLSearchParams(query)) }),
    requestContext: { ...requestContext, stage, http: { ...requestContext.http, method, path } },
  };
};

/** What the function answered, and how many messages the event has left in the queue; they are taken out of it. */
const receive = async (bridge: Bridge, over: Over) => {
  const answer = answerOf(await bridge.functions.receive.invoke(httpEvent(over))) as { statusCode: number };
  const messages = await take(bridge, 'store');
  for (const { ReceiptHandle } of messages) {
    await bridge.sqs.send(new DeleteMessageCommand({ QueueUrl: bridge.queuesOf('store')[0]?.url, ReceiptHandle }));
  }
  return { status: answer.statusCode, queued: messages.length };
};

const take = async (bridge: Bridge, consumer: FunctionName, index = 0): Promise<Message[]> => {
  const { Messages = [] } = await bridge.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: bridge.queuesOf(consumer)[index]?.url,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
};

/** Puts bodies on the queue that a function consumes, takes them, and gives them to it as one batch in their order. */
const batch = async (bridge: Bridge, name: FunctionName, bodies: readonly string[], isFifo = false) => {
  const [queue] = bridge.queuesOf(name).filter(({ arn }) => arn.endsWith('.fifo') === isFifo);
  for (const body of bodies) {
    await bridge.sqs.send(
      new SendMessageCommand({
        QueueUrl: queue?.url,
        MessageBody: body,
        // A group each: the emulator gives out no second message of a group at once.
        ...(isFifo && { MessageGroupId: randomUUID(), MessageDeduplicationId: randomUUID() }),
      }),
    );
  }
  const index = bridge.queuesOf(name).findIndex(({ arn }) => arn === queue?.arn);
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
  const records = inOrder.map((message) => record(isFifo ? fifo : standard, message, queue?.arn ?? ''));
  const { batchItemFailures } = answerOf(await bridge.functions[name].invoke({ Records: records })) as SQSBatchResponse;
  const failed = batchItemFailures.map(
    ({ itemIdentifier }) => inOrder.find(({ MessageId }) => MessageId === itemIdentifier)?.Body,
  );
  return failed;
};

const record = (
  documented: SQSRecord,
  { MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }: Message,
  arn: string,
) => ({
  ...documented,
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  md5OfBody: MD5OfBody,
  attributes: { ...documented.attributes, ...Attributes },
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
  const good = JSON.stringify({ v: 1, recording, targets: [{ chat }], receivedAt: new Date().toISOString() });
  const failed = await batch(bridge, 'store', [NOT_JSON, good, LATER]);
  assert.deepEqual(failed.toSorted(), [LATER, NOT_JSON].toSorted());
  const stored = await until(async () => {
    const { memos } = (await (await bridge.authorized(`/memos?call=${chat}`)).json()) as { memos: { state: string }[] };
    return memos.find(({ state }) => state === 'stored');
  }, 10_000);
  assert(stored, 'the good record made no memo');
};

const storeTakesNothing = async (bridge: Bridge) => {
  const failed = await batch(bridge, 'store', [NOT_JSON, LATER]);
  assert.deepEqual(failed.toSorted(), [LATER, NOT_JSON].toSorted());
  assert.deepEqual(answerOf(await bridge.functions.store.invoke({ Records: [] })), { batchItemFailures: [] });
};

const sendKeepsTheOrder = async (bridge: Bridge) => {
  const unknown = JSON.stringify({ v: 1, memo: `m_${'a'.repeat(26)}`, turn: 0 });
  const failed = await batch(bridge, 'send', [unknown, NOT_JSON, unknown], true);
  assert.deepEqual(failed, [NOT_JSON, unknown]);
};

const tendKeepsTheUnreadable = async (bridge: Bridge) => {
  for (const isFifo of [false, true]) {
    const failed = await batch(bridge, 'tend', [NOT_JSON], isFifo);
    assert.deepEqual(failed, [NOT_JSON]);
  }
};
