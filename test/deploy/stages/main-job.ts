import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Webhook } from 'standardwebhooks';
import type * as z from 'zod';
import type { sourceList } from '../../../functions/http/source-schemas.ts';
import { urlOf } from '../../../local/cloud/cloud-file.ts';
import { REGION } from '../../../local/cloud/resources.ts';
import { deliver as deliverInline } from '../../../local/senders/elevenlabs.ts';
import { linqEvent, mediaPart, messageData } from '../../http/linq-events.ts';
import { inGroup } from '../../servers/sqs.ts';
import { json, sha256, until, wav } from '../../world.ts';
import { newChecks } from '../checks.ts';
import { type Bridge, startBridge } from '../client.ts';
import type { Context } from '../context.ts';
import { answerOf, SESSION_TOKEN } from '../deployment.ts';
import { mulawCall } from '../long-recordings.ts';
import type { Stage } from '../stage.ts';
import { documented } from './documented.ts';

const scheduled = documented('scheduled');
type SourceJson = z.infer<typeof sourceList>['sources'][number];
const DAY_MS = 24 * 60 * 60 * 1000;
const inline = () =>
  deliverInline({ hookUrl: '', recordingUrl: '', nowSeconds: Math.floor(Date.now() / 1000), id: randomUUID() });

/** From a signed webhook to the memo, its receipt and its end, through all five functions, with events alone. */
export const mainJob = (context: Context): Stage => ({
  name: 'main job',
  async run() {
    const { check, result } = newChecks();
    const bridge = await startBridge(context, { secrets: inline().secrets });
    try {
      // The checks do not affect one another, because their memos go to different chats.
      await Promise.all([
        check('a recording that Linq takes arrives byte for byte; its receipts are in its row', () =>
          arrivesAsItIs(bridge),
        ),
        check('five minutes of µ-law become an MP3', () => isConverted(bridge)),
        check('audio inside a webhook arrives', () => arrivesInline(bridge)),
        check('an upload by POST /memos arrives, also where it comes later than its message', () => isUploaded(bridge)),
        check('a dead letter becomes a failed memo, and a replay sends it', () => isBuriedAndReplayed(bridge)),
        check('the page opens with the key, by a cookie', () => opensThePage(bridge)),
        check('a refused webhook leaves a trace, which GET /sources shows', () => leavesATrace(bridge)),
      ]);
      await check('the clock queues again what is overdue, and expires what is old', () => isSwept(bridge));
      await check('an erasure takes audio and row', () => isErased(bridge));
      await check('no secret, signature, token or number is in what the functions wrote', () => leaksNothing(bridge));
    } finally {
      await bridge.stop();
    }
    const again = bridge.askedAgain();
    return result(again > 0 ? [`${again} requests were answered 503 with Retry-After, and asked again`] : []);
  },
});

const arrivesAsItIs = async (bridge: Bridge) => {
  const recording = wav(2);
  const { chat, id } = await bridge.arrives(bridge.media.serve(recording));
  await bridge.reaches(id, 'sent');
  const [memo, ...more] = bridge.sentTo(chat);
  assert(memo && more.length === 0, `${more.length + 1} memos were sent`);
  assert.equal(sha256(memo.bytes), sha256(recording));
  for (const [type, state] of [
    ['message.delivered', 'delivered'],
    ['message.read', 'read'],
  ] as const) {
    const data = messageData(memo.filename, { id: memo.id, parts: [mediaPart(memo.filename)] });
    const body = JSON.stringify(
      linqEvent(type, data, { created_at: new Date().toISOString(), event_id: randomUUID() }),
    );
    const [webhookId, at] = [`msg_${randomUUID()}`, new Date()];
    const headers = {
      'content-type': 'application/json',
      'webhook-id': webhookId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(bridge.secrets.LINQ_WEBHOOK_SECRET).sign(webhookId, at, body),
    };
    const answer = await bridge.call('/linq?version=2026-02-03', { method: 'POST', headers, body });
    assert.equal(answer.status, 200, await answer.text());
    await bridge.reaches(id, state);
  }
};

const isConverted = async (bridge: Bridge) => {
  const { chat, id } = await bridge.arrives(bridge.media.serve(mulawCall(300)));
  const memo = await bridge.reaches(id, 'sent', 120_000);
  assert.equal(memo.fitting?.done, 'converted');
  assert.equal(memo.audio?.type, 'audio/mpeg');
  assert.ok(Math.abs((memo.audio?.seconds ?? 0) - 300) < 1, `it has ${memo.audio?.seconds} seconds`);
  assert.equal(bridge.sentTo(chat).length, 1);
};

const arrivesInline = async (bridge: Bridge) => {
  const chat = randomUUID();
  const { method, headers, body } = inline();
  const answer = await bridge.call(`/hooks/elevenlabs?chat=${chat}`, { method, headers, body });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { memos } = await json<{ memos: string[] }>(answer);
  await bridge.reaches(String(memos[0]), 'sent');
  const audio = Buffer.from(JSON.parse(body).data.full_audio, 'base64');
  assert.deepEqual(
    bridge.sentTo(chat).map(({ bytes }) => sha256(bytes)),
    [sha256(audio)],
  );
};

const isUploaded = async (bridge: Bridge) => {
  const [chat, bytes] = [randomUUID(), wav(3)];
  const wanted = { chat, content_type: 'audio/wav', bytes: bytes.length };
  const answer = await bridge.authorized('/memos', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
  });
  assert.equal(answer.status, 202, await answer.clone().text());
  const { id, upload_url } = await json<{ id: string; upload_url: string }>(answer);
  // `store` finds no upload yet and returns its message to the queue. Only a partial batch answer can do that.
  const cameAgain = await until(
    () => bridge.functions.store.log().some((line) => line.includes('"message":"later"')) || undefined,
  );
  assert(cameAgain, 'store has not put its message off');
  const put = await fetch(upload_url, {
    method: 'PUT',
    headers: { 'content-type': wanted.content_type },
    body: new Uint8Array(bytes),
  });
  assert.equal(put.status, 200, await put.text());
  await bridge.reaches(id, 'sent');
  assert.deepEqual(
    bridge.sentTo(chat).map((sent) => sha256(sent.bytes)),
    [sha256(bytes)],
  );
};

const isBuriedAndReplayed = async (bridge: Bridge) => {
  const { chat, id } = await isDeadLettered(bridge);
  assert.equal((await bridge.memo(id)).dead_letter, true);
  const replay = await bridge.authorized(`/memos/${id}/replay`, { method: 'POST' });
  assert.equal(replay.status, 202, await replay.text());
  await bridge.reaches(id, 'sent');
  assert.equal(bridge.sentTo(chat).length, 1);
};

/** Makes a recording whose message the queue gave up: it has a failed row and no message. */
const isDeadLettered = async (bridge: Bridge) => {
  const chat = randomUUID();
  const url = bridge.media.serve(wav(2));
  const recording = {
    source: 'standard-webhooks',
    id: `rec_${randomUUID()}`,
    callId: chat,
    media: { kind: 'url', url },
  };
  const letter = { v: 1, recording, target: { chat }, receivedAt: new Date().toISOString() };
  const [queue] = bridge.queuesOf('tend');
  const body = { QueueUrl: queue?.url, MessageBody: JSON.stringify(letter), ...inGroup(chat) };
  await bridge.sqs.send(new SendMessageCommand(body));
  const memo = await until(async () => {
    const { memos } = await json<{ memos: { id: string }[] }>(await bridge.authorized(`/memos?call=${chat}`));
    return memos[0];
  });
  assert(memo, 'the dead letter has no row');
  await bridge.reaches(memo.id, 'failed');
  return { chat, id: memo.id };
};

const opensThePage = async (bridge: Bridge) => {
  const closed = await bridge.call('/', { redirect: 'manual' });
  assert.equal(closed.status, 303);
  const signedIn = await bridge.call('/sign-in', {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ key: bridge.secrets.AFTERCALL_API_KEY }),
  });
  assert.equal(signedIn.status, 303, await signedIn.text());
  const [cookie = ''] = signedIn.headers.getSetCookie();
  const other = 'theme=dark';
  const page = await bridge.call('/', { headers: { cookie: `${other}; ${cookie.split(';')[0]}` }, redirect: 'manual' });
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  for (const path of ['/health', '/openapi.json']) assert.equal((await bridge.call(path)).status, 200, path);
};

const leavesATrace = async (bridge: Bridge) => {
  assert.equal((await bridge.call('/hooks/twilio', { method: 'POST', body: 'RecordingSid=RE1' })).status, 401);
  const refused = await until(async () => {
    await setTimeout(500);
    const { sources } = await json<{ sources: SourceJson[] }>(await bridge.authorized('/sources'));
    return sources.find(({ name }) => name === 'twilio')?.refused;
  }, 150_000);
  assert.equal(refused?.today, 1);
};

/** A check cannot wait for a schedule, so this changes the rows' times in the table. */
const isSwept = async (bridge: Bridge) => {
  const client = new DynamoDBClient({
    endpoint: urlOf(bridge.cloud.cloud, 'dynamodb'),
    region: REGION,
    credentials: { ...bridge.cloud.cloud.credentials },
  });
  try {
    const table = [...bridge.physical].find(([id, name]) => id === name)?.[1];
    const make = (id: string, set: string, values: Record<string, string>) =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: id } },
          UpdateExpression: `SET ${set}`,
          ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
          ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
        }),
      );
    const [overdue, old] = await Promise.all([isDeadLettered(bridge), bridge.arrives(bridge.media.serve(wav(2)))]);
    await bridge.reaches(old.id, 'sent');
    const longAgo = new Date(Date.now() - 40 * DAY_MS).toISOString();
    await make(overdue.id, '#state = :state, dueAt = :due, dueKey = :due, #at = :due', {
      ':state': 'received',
      ':due': longAgo,
    });
    await make(old.id, '#at = :at, #state = :state', { ':at': longAgo, ':state': 'sent' });
    const swept = answerOf(await bridge.functions.tend.invoke(scheduled));
    assert.partialDeepStrictEqual(swept, { queuedAgain: 1, expired: 1 });
    await bridge.reaches(overdue.id, 'sent');
    assert.equal(bridge.sentTo(overdue.chat).length, 1);
    assert.equal((await bridge.authorized(`/memos/${old.id}`)).status, 404);
  } finally {
    client.destroy();
  }
};

const CALLER = '+12025550123';

const isErased = async (bridge: Bridge) => {
  const { chat, id } = await bridge.arrives(bridge.media.serve(wav(2)), { from: CALLER });
  await bridge.reaches(id, 'sent');
  const [sent] = bridge.sentTo(chat);
  assert.equal((await fetch(sent?.url ?? '')).status, 200);
  const answer = await bridge.authorized('/erase', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone: CALLER }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual((await json<{ erased: string[] }>(answer)).erased, [id]);
  assert.equal((await bridge.authorized(`/memos/${id}`)).status, 404);
  assert.equal((await fetch(sent?.url ?? '')).status, 404);
};

const leaksNothing = ({ log, secrets, linq }: Bridge) => {
  const lines = log();
  assert.ok(lines.length > 20, `only ${lines.length} lines were written`);
  for (const text of [...Object.values(secrets), linq.key, SESSION_TOKEN.slice(0, 40), 'X-Amz-Signature=', CALLER]) {
    const line = lines.find((written) => written.includes(text));
    assert.equal(line, undefined, `a log line holds ${text.slice(0, 16)}…`);
  }
};
