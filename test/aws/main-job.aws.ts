import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { LambdaEvent } from 'hono/aws-lambda';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { receiptEvent, webhookEvent } from '../../bench/cost/events.ts';
import { startPoller } from '../../local/bridge/poller.ts';
import { QUEUES } from '../../local/cloud/resources.ts';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { type ScriptedLinq, scriptedLinq } from '../scripted-linq.ts';
import { bucketOf, engines, queueUrlOf, type Service, tableOf } from '../servers/engines.ts';
import { queueArnOf } from '../servers/sqs.ts';
import { sha256 } from '../world.ts';
import { deleteAll, findLeftovers } from './leftovers.ts';
import { parametersOf } from './names.ts';

// The five functions run on this machine, and every service that they use is in the account. Linq and the call system
// are scripted.

const recording = readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));
type Handler = (event: LambdaEvent) => Promise<{ statusCode: number; body: string }>;

let linq: ScriptedLinq;
let media: Listening;
let services: Service[];
let pollers: { stop(): Promise<void> }[] = [];
let receive: Handler;
let api: Handler;
const apiKey = randomBytes(24).toString('base64url');
const secrets: Record<string, string> = {
  STANDARD_WEBHOOKS_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  LINQ_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  AFTERCALL_API_KEY: apiKey,
};

beforeAll(async () => {
  const run = inject('awsRun');
  if (!run) throw new Error('there is no run: start with npm run test:aws');
  linq = await scriptedLinq();
  media = await listen(
    http.createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': recording.length }).end(recording);
    }),
    0,
  );
  const [s3, sqs, dynamodb] = [await engines().s3(), await engines().sqs(), await engines().dynamodb()];
  services = [s3, sqs, dynamodb];
  const prefix = parametersOf(run.id);
  const ssm = new SSMClient({ region: run.region });
  for (const [name, Value] of Object.entries({ ...secrets, LINQ_API_V3_API_KEY: linq.key }))
    await ssm.send(new PutParameterCommand({ Name: prefix + name, Value, Type: 'SecureString', Overwrite: true }));
  ssm.destroy();
  Object.assign(process.env, {
    RECORDINGS_QUEUE_URL: queueUrlOf(sqs, QUEUES.recordings),
    RECORDINGS_DLQ_URL: queueUrlOf(sqs, QUEUES.recordingsDeadLetters),
    MEMOS_QUEUE_URL: queueUrlOf(sqs, QUEUES.memos),
    MEMOS_DLQ_URL: queueUrlOf(sqs, QUEUES.memosDeadLetters),
    BUCKET: bucketOf(s3),
    TABLE: tableOf(dynamodb),
    PUBLIC_URL: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    SECRETS_PREFIX: prefix,
    RETENTION_DAYS: '30',
    AFTERCALL_STAGE: 'test',
    AFTERCALL_DELIVERY: 'url',
    AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
    LINQ_API_V3_BASE_URL: linq.url,
  });
  receive = (await import('../../functions/receive.ts')).handler as unknown as Handler; // of API Gateway's version 2
  api = (await import('../../functions/api.ts')).handler as unknown as Handler;
  const client = new SQSClient({ region: run.region });
  const poll = (queue: string, handler: Parameters<typeof startPoller>[0]['handler']) => {
    const queueUrl = queueUrlOf(sqs, queue);
    return startPoller({ client, queueUrl, queueArn: queueArnOf(queueUrl, run), handler, concurrency: 1 });
  };
  pollers = [
    poll(QUEUES.recordings, (await import('../../functions/store.ts')).handler),
    poll(QUEUES.memos, (await import('../../functions/send.ts')).handler),
  ];
});

afterAll(async () => {
  const run = inject('awsRun');
  await Promise.all(pollers.map((poller) => poller.stop()));
  await linq?.stop();
  await media?.stop();
  for (const service of services ?? []) await service.stop();
  if (run) await deleteAll((await findLeftovers(run.region, run.id)).filter(({ kind }) => kind === 'parameter'));
});

test('a signed webhook becomes one memo with the same bytes, and its receipts make it read', async () => {
  const webhook = webhookEvent(media.url, secrets.STANDARD_WEBHOOKS_SECRET ?? '');
  const accepted = await receive(webhook);
  expect(accepted).toMatchObject({ statusCode: 200 });
  const [memo = ''] = JSON.parse(accepted.body).memos;

  await reaches(memo, 'sent');
  const [sent] = linq.sent;
  expect(linq.sent).toHaveLength(1);
  expect(new URL(sent?.url ?? '').searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  expect(sha256(sent?.bytes ?? Buffer.of())).toBe(sha256(recording));

  const about = { id: sent?.id ?? '', filename: sent?.filename ?? '', chat: sent?.chat ?? '' };
  for (const event of ['message.delivered', 'message.read']) {
    const told = await api(receiptEvent(event, about, secrets.LINQ_WEBHOOK_SECRET ?? ''));
    expect(told.statusCode).toBeLessThan(300);
  }
  await reaches(memo, 'read');

  const again = await receive(webhook);
  expect(JSON.parse(again.body).memos).toEqual([memo]);
});

test('a webhook with another signature is refused, and a sweep finds nothing to do', async () => {
  const forged = webhookEvent(media.url, `whsec_${randomBytes(24).toString('base64')}`);
  expect((await receive(forged)).statusCode).toBe(401);

  const { handler: tend } = await import('../../functions/tend.ts');
  expect(await tend({ 'detail-type': 'Scheduled Event' })).toMatchObject({ queuedAgain: 0, expired: 0 });
  expect(linq.sent).toHaveLength(1);
});

/** Waits until the bridge's own API reports this state. */
const reaches = (memo: string, state: string) =>
  vi.waitFor(
    async () => {
      const answer = await api(get(`/memos/${memo}`));
      expect(JSON.parse(answer.body)).toMatchObject({ state });
    },
    { timeout: 120_000, interval: 500 },
  );

const get = (path: string): LambdaEvent => {
  const event = webhookEvent('https://media.example', `whsec_${randomUUID().replaceAll('-', '')}`);
  const http = { ...Object(event).requestContext.http, method: 'GET', path };
  return Object.assign(event, {
    rawPath: path,
    rawQueryString: '',
    body: null,
    headers: { authorization: `Bearer ${apiKey}` },
    requestContext: { ...Object(event).requestContext, http },
  });
};
