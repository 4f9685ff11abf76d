import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { standardWebhook, twilioWebhook, wav } from '../../world.ts';
import type { Checks } from '../checks.ts';
import type { Bridge } from '../client.ts';
import { answerOf } from '../deployment.ts';
import { documented, take } from './documented.ts';

const http = documented('http-api-v2');

/** The events of API Gateway for `receive` and `api`. */
export const httpEvents = async (bridge: Bridge, { check }: Checks): Promise<void> => {
  for (const [promise, over, expected] of webhooks(bridge)) {
    await check(`receive: ${promise}`, async () => assert.deepEqual(await receive(bridge, over), expected));
  }
  for (const [promise, over, status] of requests(bridge)) {
    await check(`api: ${promise}`, async () => {
      const answer = answerOf(await bridge.functions.api.invoke(httpEvent(over))) as { statusCode: number };
      assert.equal(answer.statusCode, status, JSON.stringify(answer));
    });
  }
};

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

/**
 * The function's answer, and how many recordings its event left in the queue. This also deletes the messages, the traces of
 * refused webhooks among them.
 */
const receive = async (bridge: Bridge, over: Over) => {
  const answer = answerOf(await bridge.functions.receive.invoke(httpEvent(over))) as { statusCode: number };
  const messages = await take(bridge, 'store');
  for (const { ReceiptHandle } of messages) {
    await bridge.sqs.send(new DeleteMessageCommand({ QueueUrl: bridge.queuesOf('store')[0]?.url, ReceiptHandle }));
  }
  const recordings = messages.filter(({ Body = '' }) => 'recording' in JSON.parse(Body));
  return { status: answer.statusCode, queued: recordings.length };
};
