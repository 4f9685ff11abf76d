import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { json, until, wav } from '../../world.ts';
import { fetchAgain } from '../fetch-again.ts';
import {
  arrives,
  authorized,
  type Bridge,
  BUSY_MS,
  deadLettered,
  empties,
  letter,
  posted,
  queue,
  reaches,
  rowOf,
  sentTo,
} from './bridge.ts';

// What people ask of the bridge, and what happens to dead letters: with the rights of api and tend.

export const isDeadLettered = async (of: Bridge) => {
  const { chat, id } = await deadLettered(of);
  const replay = await authorized(of, `/memos/${id}/replay`, { method: 'POST' });
  assert.equal(replay.status, 202, await replay.text());
  await reaches(of, id, ['sent']);
  assert.equal(sentTo(of, chat).length, 1);

  // The queue gave up the message of a sent memo: the memo stays as it was sent.
  const sent = await arrives(of, of.deployment.media.serve(wav(2)));
  await reaches(of, sent.id, ['sent']);
  await queue(of, 'MEMOS_DLQ_URL', { v: 1, memo: sent.id, generation: 0 });
  await empties(of, 'MEMOS_DLQ_URL');
  // A replay by force sends the memo again from its audio.
  const replayed = await authorized(of, `/memos/${sent.id}/replay?force=true`, { method: 'POST' });
  assert.equal(replayed.status, 202, await replayed.text());
  assert.ok(await until(() => sentTo(of, sent.chat).length === 2 || undefined, BUSY_MS));
};

/**
 * Queues a recording of a route that needs the called party. The bridge cannot ask this source, so it routes the
 * recording without the party.
 */
export const isAsked = async (of: Bridge) => {
  const callId = randomUUID();
  await queue(of, 'RECORDINGS_QUEUE_URL', { ...letter(of, callId), target: 'ask' });
  const row = await rowOf(of, callId);
  assert.equal((await reaches(of, row, ['unrouted'])).state, 'unrouted');
};

/** A replay routes an unrouted recording: the bridge copies the audio from one memo to the other. */
export const isRoutedLater = async (of: Bridge) => {
  const { id } = await arrives(of, of.deployment.media.serve(wav(2)), { chat: '' });
  await reaches(of, id, ['unrouted']);
  const chat = randomUUID();
  const replay = await authorized(of, `/memos/${id}/replay?chat=${chat}`, { method: 'POST' });
  assert.equal(replay.status, 202, await replay.text());
  assert.ok(await until(() => sentTo(of, chat).length === 1 || undefined, BUSY_MS), 'it was never sent');
};

export const isShown = async (of: Bridge) => {
  const from = '+12025550171';
  const { id } = await arrives(of, of.deployment.media.serve(wav(2)), { from });
  const { recording } = await reaches(of, id, ['sent']);
  for (const path of [
    '/memos',
    '/memos?state=sent',
    `/memos?call=${recording.call_id}`,
    '/memos?source=twilio',
    '/sources',
    '/status',
    '/health',
  ]) {
    const answer = await authorized(of, path);
    assert.equal(answer.status, 200, `${path}: ${await answer.text()}`);
  }
  const found = await authorized(of, '/memos/find', posted({ phone: from }));
  assert.equal((await json<{ memos: unknown[] }>(found)).memos.length, 1);
  const signedIn = await fetchAgain(`${of.deployment.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ key: of.keys.api }),
  });
  const [cookie = ''] = signedIn.headers.getSetCookie();
  for (const path of ['/', `/?memo=${id}`]) {
    const page = await fetchAgain(of.deployment.url + path, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    assert.equal(page.status, 200, `${path}: ${await page.text()}`);
  }
};
