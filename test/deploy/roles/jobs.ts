import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Webhook } from 'standardwebhooks';
import bridge from '../../../bridge.config.ts';
import type { Memo } from '../../../functions/core/memo.ts';
import { REGION } from '../../../local/resources.ts';
import { linqEvent, mediaPart, messageData } from '../../http/linq-events.ts';
import { json, sha256, standardWebhook, until, wav } from '../../world.ts';
import type { Checks } from '../checks.ts';
import { mulawCall } from '../long-recordings.ts';
import { ofType } from '../place.ts';
import type { Template } from '../template.ts';
import { deliveryOf, type Keys } from './deliveries.ts';
import type { RolesDeployment } from './deployment.ts';

const scheduled = JSON.parse(readFileSync(new URL('../../fixtures/lambda/scheduled.json', import.meta.url), 'utf8'));
const DAY_MS = 24 * 60 * 60 * 1000;

/** A deployment under rights, and what senders and people do with it. */
interface Bridge {
  deployment: RolesDeployment;
  template: Template;
  keys: Keys;
  sqs: SQSClient;
}

const AT_ONCE = 4;

/** What a bridge does, by its functions' own rights alone: each right of a role is used here, or named in `paths.ts`. */
export const runJobs = async (
  deployment: RolesDeployment,
  template: Template,
  keys: Keys,
  { check }: Checks,
): Promise<void> => {
  const sqs = new SQSClient({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const of: Bridge = { deployment, template, keys, sqs };
  const jobs: [promise: string, run: () => Promise<void>][] = [
    ['webhook, memo and receipt: the same bytes arrive', () => isDelivered(of)],
    ['µ-law becomes an MP3', () => isConverted(of)],
    ['an upload arrives', () => isUploaded(of)],
    ['a recording cut short as it is stored is fetched again', () => isCutShort(of)],
    ['audio that Linq cannot fetch goes up as an attachment', () => isAttached(of)],
    ['dead letters of both queues become rows, and a replay sends', () => isBuried(of)],
    ['what was erased while it was fetched is taken away again', () => isErasedMeanwhile(of)],
    ['a replay routes what was unrouted, with the audio that it has', () => isRoutedLater(of)],
    ['a recording whose targets must be asked for goes back on its queue', () => isAsked(of)],
    ...Object.keys(bridge.sources).map((source): [string, () => Promise<void>] => [
      `a webhook of ${source} is taken, and its recording worked on`,
      () => isTaken(of, source),
    ]),
  ];
  // Each event in hand is a process of its own: a few at a time.
  const hand = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await check(...job);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
  await check('every list, the page and the health are answered', () => isShown(of));
  await check('a sweep queues again what is overdue, and expires what is old', () => isSwept(of));
  await check('an erasure takes audio and row', () => isErased(of));
  sqs.destroy();
};

const isTaken = async (of: Bridge, source: string) => {
  const { deployment } = of;
  const hookUrl = `${deployment.url}/hooks/${source}?chat=${randomUUID()}`;
  const { method, headers, body } = deliveryOf(source, hookUrl, recordingOf(source, deployment));
  const answer = await fetch(hookUrl, { method, headers, body });
  assert.equal(answer.status, 200, await answer.text());
  // What lies at a vendor's own API cannot be reached from here. Its recording waits, once store has read what opens it.
  const row = await until(async () => {
    await pause();
    const { memos } = await json<{ memos: Memo[] }>(await authorized(of, `/memos?source=${source}`));
    return memos[0];
  });
  assert.ok(row, 'store made no row of it');
};

/** Zoom's token is asked for only where the audio lies at Zoom. */
const recordingOf = (source: string, { media }: RolesDeployment): string =>
  source === 'zoom-phone' ? 'https://zoom.us/v2/phone/recording/download/x' : media.serve(wav(2), 'audio/wav');

const isDelivered = async (of: Bridge) => {
  const audio = wav(2, 330);
  const { chat, id } = await arrives(of, of.deployment.media.serve(audio));
  await reaches(of, id, ['sent']);
  const [memo, ...more] = sentTo(of, chat);
  assert.ok(memo && more.length === 0, `${more.length + 1} memos`);
  assert.equal(sha256(memo.bytes), sha256(audio));
  const data = messageData(memo.filename, { id: memo.id, parts: [mediaPart(memo.filename)] });
  const at = new Date();
  const body = JSON.stringify(
    linqEvent('message.delivered', data, { created_at: at.toISOString(), event_id: randomUUID() }),
  );
  const webhookId = `msg_${randomUUID()}`;
  const headers = {
    'content-type': 'application/json',
    'webhook-id': webhookId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(of.keys.linqWebhook).sign(webhookId, at, body),
  };
  const answer = await fetch(`${of.deployment.url}/linq?version=2026-02-03`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.text());
  await reaches(of, id, ['delivered']);
};

const isConverted = async (of: Bridge) => {
  const { id } = await arrives(of, of.deployment.media.serve(mulawCall(20)));
  const memo = await reaches(of, id, ['sent']);
  assert.equal(memo.audio?.type, 'audio/mpeg');
  assert.equal(memo.fitting?.done, 'converted');
};

const isUploaded = async (of: Bridge) => {
  const bytes = wav(3);
  const wanted = { chat: randomUUID(), content_type: 'audio/wav', bytes: bytes.length };
  const answer = await authorized(of, '/memos', posted(wanted));
  assert.equal(answer.status, 202, await answer.clone().text());
  const { id, upload_url } = await json<{ id: string; upload_url: string }>(answer);
  const headers = { 'content-type': wanted.content_type };
  const put = await fetch(upload_url, { method: 'PUT', headers, body: new Uint8Array(bytes) });
  assert.equal(put.status, 200, await put.text());
  await reaches(of, id, ['sent']);
};

/** Its length is not said, so it goes up in parts; the upload that breaks must be given up, or its parts would stay. */
const isCutShort = async (of: Bridge) => {
  const whole = wav(400, 440); // 6.4 MB: more than one part
  let asked = 0;
  const url = of.deployment.media.serve((_request, response) => {
    asked += 1;
    response.writeHead(200, { 'content-type': 'audio/wav' });
    if (asked > 1) return response.end(whole);
    response.write(whole, () => setTimeout(300).then(() => response.destroy()));
  });
  const { id } = await arrives(of, url);
  await reaches(of, id, ['sent']);
  assert.ok(asked > 1);
};

const isAttached = async (of: Bridge) => {
  const chat = randomUUID();
  for (let times = 0; times < 2; times += 1) of.deployment.linq.next(chat, { status: 500, code: 5002 });
  const { id } = await arrives(of, of.deployment.media.serve(wav(2)), { chat });
  await reaches(of, id, ['sent']);
  const posts = of.deployment.linq.posts.filter((post) => post.chat === chat);
  assert.ok(posts.some(({ body }) => 'attachment_id' in body));
};

const isBuried = async (of: Bridge) => {
  const { chat, id } = await buried(of);
  const replay = await authorized(of, `/memos/${id}/replay`, { method: 'POST' });
  assert.equal(replay.status, 202, await replay.text());
  await reaches(of, id, ['sent']);
  assert.equal(sentTo(of, chat).length, 1);

  // A memo whose own message was given up: it stays as it was sent.
  const sent = await arrives(of, of.deployment.media.serve(wav(2)));
  await reaches(of, sent.id, ['sent']);
  await queue(of, 'MEMOS_DLQ_URL', { v: 1, memo: sent.id, turn: 0 });
  await empties(of, 'MEMOS_DLQ_URL');
  // One that is still to be sent is given up, and replayed from its audio.
  const replayed = await authorized(of, `/memos/${sent.id}/replay?force=true`, { method: 'POST' });
  assert.equal(replayed.status, 202, await replayed.text());
  assert.ok(await until(() => sentTo(of, sent.chat).length === 2 || undefined));
};

/** As a message of a bridge whose route waits for who called: this source cannot be asked, so it is routed as it is. */
const isAsked = async (of: Bridge) => {
  const callId = randomUUID();
  await queue(of, 'RECORDINGS_QUEUE_URL', { ...letter(of, callId), targets: 'ask' });
  const row = await rowOf(of, callId);
  assert.equal((await reaches(of, row, ['unrouted'])).state, 'unrouted');
};

const isShown = async (of: Bridge) => {
  const from = '+12025550171';
  const { id } = await arrives(of, of.deployment.media.serve(wav(2)), { from });
  const { recording } = await reaches(of, id, ['sent']);
  for (const path of [
    '/memos',
    '/memos?state=sent',
    `/memos?call=${recording.callId}`,
    '/memos?source=twilio',
    '/health',
  ]) {
    const answer = await authorized(of, path);
    assert.equal(answer.status, 200, `${path}: ${await answer.text()}`);
  }
  const found = await authorized(of, '/memos/find', posted({ phone: from }));
  assert.equal((await json<{ memos: unknown[] }>(found)).memos.length, 1);
  const signedIn = await fetch(`${of.deployment.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ key: of.keys.api }),
  });
  const [cookie = ''] = signedIn.headers.getSetCookie();
  for (const path of ['/', `/?memo=${id}`]) {
    const page = await fetch(of.deployment.url + path, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    assert.equal(page.status, 200, `${path}: ${await page.text()}`);
  }
};

/** What a schedule cannot wait for is made old in the table itself. */
const isSwept = async (of: Bridge) => {
  const { deployment } = of;
  const dynamodb = new DynamoDBClient({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const [[tableId = ''] = []] = ofType(of.template.resources, 'AWS::DynamoDB::GlobalTable');
  const make = (id: string, set: string, values: Record<string, string>) =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName: deployment.place.nameOf(tableId),
        Key: { pk: { S: id } },
        UpdateExpression: `SET ${set}`,
        ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
        ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
      }),
    );
  const fetched = await buried(of);
  const stored = await arrives(of, deployment.media.serve(wav(2)));
  const old = await arrives(of, deployment.media.serve(wav(2)));
  const { audio } = await reaches(of, stored.id, ['sent']);
  await reaches(of, old.id, ['sent']);
  await expires(of, audio?.key ?? '');
  const longAgo = new Date(Date.now() - 40 * DAY_MS).toISOString();
  const recently = new Date(Date.now() - 2 * DAY_MS).toISOString();
  await make(fetched.id, '#state = :state, dueAt = :due, #at = :due', { ':state': 'received', ':due': recently });
  await make(stored.id, '#state = :state, dueAt = :due, #at = :due', { ':state': 'stored', ':due': recently });
  await make(old.id, '#at = :at, #state = :state', { ':at': longAgo, ':state': 'sent' });
  const swept = (await deployment.invoke('tend', scheduled)) as { queuedAgain: number; expired: number };
  assert.ok(swept.queuedAgain >= 2 && swept.expired === 1, JSON.stringify(swept));
  await reaches(of, fetched.id, ['sent']);
  assert.match((await reaches(of, stored.id, ['failed'])).reason ?? '', /expired/);
  assert.equal((await authorized(of, `/memos/${old.id}`)).status, 404);
  dynamodb.destroy();
};

/** As the bucket's lifecycle does: what is to be sent is no longer there. */
const expires = async ({ deployment, template }: Bridge, Key: string) => {
  const s3 = new S3Client({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const [[bucket = ''] = []] = ofType(template.resources, 'AWS::S3::Bucket');
  await s3.send(new DeleteObjectCommand({ Bucket: deployment.place.nameOf(bucket), Key }));
  s3.destroy();
};

const isErased = async (of: Bridge) => {
  const from = '+12025550123';
  const audio = of.deployment.media.serve(wav(2));
  const { chat, id } = await arrives(of, audio, { from });
  await reaches(of, id, ['sent']);
  const [sent] = sentTo(of, chat);
  assert.equal((await fetch(sent?.url ?? '')).status, 200);
  // Something of hers that was put and never taken up.
  const wanted = { chat, content_type: 'audio/wav', bytes: 10 };
  await authorized(of, '/memos', posted(wanted));
  const answer = await authorized(of, '/erase', posted({ phone: from }));
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual((await json<{ erased: string[] }>(answer)).erased, [id]);
  assert.equal((await authorized(of, `/memos/${id}`)).status, 404);
  assert.equal((await fetch(sent?.url ?? '')).status, 404);
};

/** Her recording is on its way as it is erased: store then takes away again what it has made of it. */
const isErasedMeanwhile = async (of: Bridge) => {
  const erased = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const audio = wav(2);
  const url = of.deployment.media.serve(async (_request, response) => {
    asked.resolve();
    await erased.promise;
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': audio.length }).end(audio);
  });
  const from = '+12025550124';
  const { id, chat } = await arrives(of, url, { from });
  await asked.promise;
  const answer = await authorized(of, '/erase', posted({ phone: from }));
  assert.equal(answer.status, 200, await answer.text());
  const copies = () => calls(of, 'store', 'CopyObject', id).length;
  const deletions = () => calls(of, 'store', 'DeleteObject', id).length;
  erased.resolve();
  const gone = await until(() => (copies() > 0 && deletions() >= copies()) || undefined);
  assert.ok(gone, `${copies()} copies, of which ${deletions()} were taken away`);
  assert.equal(sentTo(of, chat).length, 0);
};

/** An unrouted recording that a replay routes: its audio is copied from one memo to the other. */
const isRoutedLater = async (of: Bridge) => {
  const { id } = await arrives(of, of.deployment.media.serve(wav(2)), { chat: '' });
  await reaches(of, id, ['unrouted']);
  const chat = randomUUID();
  const replay = await authorized(of, `/memos/${id}/replay?chat=${chat}`, { method: 'POST' });
  assert.equal(replay.status, 202, await replay.text());
  assert.ok(await until(() => sentTo(of, chat).length === 1 || undefined), 'it was never sent');
};

/** The calls of a function about a memo's objects. */
const calls = ({ deployment }: Bridge, by: string, operation: string, id: string) =>
  deployment.judge.calls.filter(
    (judged) =>
      judged.by === by && judged.call.operation === operation && judged.call.object?.key.includes(`audio/${id}/`),
  );

const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const authorized = ({ deployment, keys }: Bridge, path: string, init: RequestInit = {}) =>
  fetch(deployment.url + path, { ...init, headers: { authorization: `Bearer ${keys.api}`, ...init.headers } });
const sentTo = ({ deployment }: Bridge, chat: string) => deployment.linq.sent.filter((sent) => sent.chat === chat);

/** A signed webhook for this recording into a new chat, answered 200. */
const arrives = async (
  of: Bridge,
  recording_url: string,
  { chat = randomUUID() as string, ...facts } = {} as { chat?: string; from?: string },
) => {
  const data = { id: `rec_${randomUUID()}`, call_id: randomUUID(), recording_url, ...facts };
  const signed = standardWebhook(of.keys.standardWebhooks, data);
  const answer = await fetch(`${of.deployment.url}/hooks/standard-webhooks?chat=${chat}`, {
    method: 'POST',
    ...signed,
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { memos } = await json<{ memos: string[] }>(answer);
  return { chat, id: String(memos[0]) };
};

const reaches = async (of: Bridge, id: string, states: Memo['state'][]): Promise<Memo> => {
  const look = async () => json<Memo>(await authorized(of, `/memos/${id}`));
  const seen = await until(async () => {
    await pause();
    const row = await look();
    return states.includes(row.state) ? row : undefined;
  }, 60_000);
  if (seen) return seen;
  const lines = of.deployment.log().slice(-5).join('\n');
  throw new Error(`${id} never was ${states.join(' or ')}: ${JSON.stringify(await look())}\n${lines}`);
};
/** Each look is an event of `api`. */
const pause = () => setTimeout(300);

/** A recording as `receive` would have queued it. */
const letter = ({ deployment }: Bridge, callId: string) => ({
  v: 1,
  recording: {
    source: 'standard-webhooks',
    id: `rec_${randomUUID()}`,
    callId,
    media: { kind: 'url', url: deployment.media.serve(wav(2)) },
  },
  targets: [{ chat: callId }],
  receivedAt: new Date().toISOString(),
});

/** A recording whose message its queue gave up: it has a failed row. */
const buried = async (of: Bridge) => {
  const chat = randomUUID();
  await queue(of, 'RECORDINGS_DLQ_URL', letter(of, chat));
  const id = await rowOf(of, chat);
  await reaches(of, id, ['failed']);
  return { chat, id };
};

const rowOf = async (of: Bridge, callId: string): Promise<string> => {
  const memo = await until(async () => {
    await pause();
    const { memos } = await json<{ memos: { id: string }[] }>(await authorized(of, `/memos?call=${callId}`));
    return memos[0];
  });
  assert.ok(memo, `the call ${callId} has no row`);
  return memo.id;
};

type QueueVariable = 'RECORDINGS_QUEUE_URL' | 'RECORDINGS_DLQ_URL' | 'MEMOS_DLQ_URL';
const urlOf = ({ template, deployment }: Bridge, variable: QueueVariable): string => {
  const value = template.functions.find(({ environment }) => variable in environment)?.environment[variable];
  return String(deployment.resolve(value));
};
const queue = async (of: Bridge, variable: QueueVariable, message: object) => {
  const QueueUrl = urlOf(of, variable).replace(/^http:\/\/[^/]+/, of.deployment.moto.url);
  const ids = { MessageGroupId: randomUUID(), MessageDeduplicationId: randomUUID() };
  const fifo = QueueUrl.endsWith('.fifo') && ids;
  await of.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message), ...fifo }));
};

/** Resolves when the queue's consumer has deleted what it was given. */
const empties = async (of: Bridge, variable: QueueVariable) => {
  const url = urlOf(of, variable);
  const done = await until(
    () =>
      of.deployment.judge.calls.some(
        ({ call }) =>
          call.operation === 'DeleteMessage' && call.needs[0]?.resource.endsWith(`:${url.split('/').pop()}`),
      ) || undefined,
  );
  assert.ok(done, `${variable} keeps its message`);
};
