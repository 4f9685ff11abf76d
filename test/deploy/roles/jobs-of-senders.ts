import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { MemoJson } from '../../../functions/http/response-schemas.ts';
import { sign } from '../../../local/senders/elevenlabs.sign.ts';
import transcription from '../../fixtures/elevenlabs/transcription.json' with { type: 'json' };
import { linqEvent, mediaPart, messageData } from '../../http/linq-events.ts';
import { json, sha256, until, wav } from '../../world.ts';
import { fetchAgain } from '../fetch-again.ts';
import { mulawCall } from '../long-recordings.ts';
import { arrives, authorized, type Bridge, BUSY_MS, pause, posted, reaches, sentTo } from './bridge.ts';
import { deliveryOf } from './deliveries.ts';
import type { RolesDeployment } from './deployment.ts';

// From a webhook to a memo, with the rights of receive, store and send.

export const isTaken = async (of: Bridge, source: string) => {
  const { deployment } = of;
  const hookUrl = `${deployment.url}/hooks/${source}?chat=${randomUUID()}`;
  const { method, headers, body } = deliveryOf(source, hookUrl, recordingOf(source, deployment));
  const answer = await fetchAgain(hookUrl, { method, headers, body });
  assert.equal(answer.status, 200, await answer.text());
  // A vendor's own API cannot be reached from here. Its recording waits after store has read the secret for that API.
  const row = await until(async () => {
    await pause();
    const { memos } = await json<{ memos: MemoJson[] }>(await authorized(of, `/memos?source=${source}`));
    return memos[0];
  }, BUSY_MS);
  assert.ok(row, 'store made no row of it');
};

/** An event whose audio is at ElevenLabs' own API: store reads the key to that API. */
export const isTakenFromItsApi = async (of: Bridge) => {
  const { secrets } = deliveryOf('elevenlabs', '', '');
  const nowSeconds = Math.floor(Date.now() / 1000);
  const body = transcription.body.replace('conv_', `conv_${randomUUID().slice(0, 8)}`);
  const signature = sign(secrets.ELEVENLABS_WEBHOOK_SECRET ?? '', nowSeconds, body);
  const headers = { 'content-type': 'application/json', 'elevenlabs-signature': signature };
  const answer = await fetchAgain(`${of.deployment.url}/hooks/elevenlabs?chat=${randomUUID()}`, {
    method: 'POST',
    headers,
    body,
  });
  assert.equal(answer.status, 200, await answer.text());
  const asked = () =>
    of.deployment.judge.calls.some(
      ({ by, call }) => by === 'store' && call.needs.some(({ resource }) => resource.endsWith('/ELEVENLABS_API_KEY')),
    );
  assert.ok(await until(() => asked() || undefined, BUSY_MS), 'store never read the key');
};

/** The token of these is asked for only where the audio lies at the vendor's own host. */
const AT_VENDOR: Readonly<Record<string, string>> = {
  'zoom-phone': 'https://zoom.us/v2/phone/recording/download/x',
  bandwidth: 'https://voice.bandwidth.com/api/v2/accounts/1/calls/c-1/recordings/r-1/media',
};
const recordingOf = (source: string, { media }: RolesDeployment): string =>
  AT_VENDOR[source] ?? media.serve(wav(2), 'audio/wav');

export const isDelivered = async (of: Bridge) => {
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
  const answer = await fetchAgain(`${of.deployment.url}/linq?version=2026-02-03`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.text());
  await reaches(of, id, ['delivered']);
};

export const isConverted = async (of: Bridge) => {
  const { id } = await arrives(of, of.deployment.media.serve(mulawCall(20)));
  const memo = await reaches(of, id, ['sent']);
  assert.equal(memo.audio?.type, 'audio/mpeg');
  assert.equal(memo.fitting?.done, 'converted');
};

export const isUploaded = async (of: Bridge) => {
  const bytes = wav(3);
  const wanted = { chat: randomUUID(), content_type: 'audio/wav', bytes: bytes.length };
  const answer = await authorized(of, '/memos', posted(wanted));
  assert.equal(answer.status, 202, await answer.clone().text());
  const { id, upload_url } = await json<{ id: string; upload_url: string }>(answer);
  const headers = { 'content-type': wanted.content_type };
  const put = await fetch(upload_url, { method: 'PUT', headers, body: new Uint8Array(bytes) });
  assert.equal(put.status, 200, await put.text());
  await reaches(of, id, ['sent']);
  // The uploaded audio stays under inbox/ until it expires, unless the memo is erased.
  const erased = await authorized(of, `/memos/${id}`, { method: 'DELETE' });
  assert.equal(erased.status, 200, await erased.text());
};

/**
 * The response has no length, so store uploads the audio in parts. store must abort a broken upload, or its parts would
 * stay.
 */
export const isCutShort = async (of: Bridge) => {
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

export const isAttached = async (of: Bridge) => {
  const chat = randomUUID();
  for (let times = 0; times < 2; times += 1) of.deployment.linq.next(chat, { status: 500, code: 5002 });
  const { id } = await arrives(of, of.deployment.media.serve(wav(2)), { chat });
  await reaches(of, id, ['sent']);
  const posts = of.deployment.linq.posts.filter((post) => post.chat === chat);
  assert.ok(posts.some(({ body }) => 'attachment_id' in body));
};
