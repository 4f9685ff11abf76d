import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { counters } from '../../../local/chaos/counters.ts';
import { type FaultyLinq, HONEST, startFaultyLinq } from '../../../local/chaos/linq.ts';
import type { LinqFault } from '../../../local/chaos/linq-faults.ts';
import { digestOf, recordingOf } from '../../../local/chaos/recording.ts';
import { type Listening, listen } from '../../../local/loopback/listen.ts';

const KEY = 'a-key';
const WAV = recordingOf('0'.repeat(32));
const data = mkdtempSync(join(tmpdir(), 'aftercall-faulty-linq-'));
let linq: FaultyLinq;
let bucket: Listening;

beforeAll(async () => {
  bucket = await listen(
    http.createServer((_request, response) => response.end(WAV)),
    0,
  );
  linq = await startFaultyLinq({ data, scale: 0.02, counters: counters(() => {}) });
  linq.keys.add(KEY);
});
afterAll(async () => {
  await linq.stop();
  await bucket.stop();
  rmSync(data, { recursive: true });
});

const post = (chat: string, memo: string, { key = KEY, patienceMs = 10_000 } = {}) =>
  fetch(`${linq.url}/v3/chats/${chat}/voicememo`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ voice_memo_url: `${bucket.url}/audio/run/${memo}.wav` }),
    signal: AbortSignal.timeout(patienceMs),
  });
const inChat = async (chat: string) => (await linq.chats()).filter((message) => message.chat === chat);
const listed = async (chat: string) => {
  const answer = await fetch(`${linq.url}/v3/chats/${chat}/messages`, { headers: { authorization: `Bearer ${KEY}` } });
  return Object(await answer.json()).messages.length;
};

test.each<[LinqFault, number | 'no answer', number]>([
  ['none', 202, 1],
  ['slow answer', 202, 1],
  ['503', 503, 0],
  ['429 with Retry-After', 429, 0],
  ['401', 401, 0],
  ['500/5002, could not fetch', 500, 0],
  ['404/2007, not ready', 404, 0],
  ['403/2024, opted out', 403, 0],
  ['HTML 502', 502, 0],
  ['taken, HTML 502', 502, 1],
  ['taken, 500', 500, 1],
  ['taken, silence', 'no answer', 1],
  ['taken, cut', 'no answer', 1],
  ['taken, no id', 202, 1],
  ['taken after we hung up', 'no answer', 1],
  ['taken twice', 202, 2],
])('%s: answered %s, and in the chat %i times', async (fault, status, times) => {
  linq.follow({ ...HONEST, post: () => fault });
  const chat = randomUUID();
  const answer = await post(chat, 'm_a', status === 'no answer' ? { patienceMs: 500 } : {}).catch(() => undefined);
  expect(answer?.status ?? 'no answer').toBe(status);
  expect(await inChat(chat)).toEqual(
    Array.from({ length: times }, (_, place) => ({
      ...{ chat, memo: 'm_a', digest: digestOf(WAV), place },
      createdMs: expect.closeTo(Date.now(), -4),
    })),
  );
});

test('a message may be listed late, and is in the chat all the same', async () => {
  linq.follow({ ...HONEST, listedAfterMs: () => 200 });
  const chat = randomUUID();
  await post(chat, 'm_b');
  expect([await listed(chat), (await inChat(chat)).length]).toEqual([0, 1]);
  await expect.poll(() => listed(chat)).toBe(1);
});

test('a file may be listed under another name, and is in the chat under its own', async () => {
  linq.follow({ ...HONEST, listedAs: ({ filename }) => filename.toUpperCase() });
  const chat = randomUUID();
  await post(chat, 'm_f');
  const answer = await fetch(`${linq.url}/v3/chats/${chat}/messages`, { headers: { authorization: `Bearer ${KEY}` } });
  expect(await answer.json()).toMatchObject({ messages: [{ parts: [{ filename: 'M_F.WAV' }] }] });
  expect(await inChat(chat)).toMatchObject([{ memo: 'm_f' }]);
});

test('a revoked key is refused and takes nothing', async () => {
  linq.follow(HONEST);
  const chat = randomUUID();
  expect((await post(chat, 'm_c', { key: 'another-key' })).status).toBe(401);
  expect(await inChat(chat)).toEqual([]);
});

test('Linq that is away cannot be reached, and comes back to the same address with the same chats', async () => {
  linq.follow(HONEST);
  const chat = randomUUID();
  await post(chat, 'm_d');
  await linq.goAway();
  await expect(post(chat, 'm_d')).rejects.toThrow();
  await linq.comeBack();
  expect((await post(chat, 'm_e')).status).toBe(202);
  expect((await inChat(chat)).map(({ memo }) => memo).sort()).toEqual(['m_d', 'm_e']);
});
