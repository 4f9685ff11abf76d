import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Media, mp3, type Sandbox, startSandboxAndMedia, uuid } from './harness.ts';

let sandbox: Sandbox;
let media: Media;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ sandbox, media, stop } = await startSandboxAndMedia());
});
afterAll(() => stop());

describe('what was sent', () => {
  test('is listed newest first, page by page, each message as Linq documents it', async () => {
    const chatId = randomUUID();
    const names = ['first.mp3', 'second.mp3', 'third.mp3'];
    for (const name of names) await sandbox.send({ voice_memo_url: media.serve(`/${name}`, mp3) }, chatId);

    const first = await sandbox.call('GET', `/v3/chats/${chatId}/messages?limit=2`);
    const second = await sandbox.call('GET', `/v3/chats/${chatId}/messages?limit=2&cursor=${first.body.next_cursor}`);

    expect(first.body.messages).toHaveLength(2);
    expect(second.body.next_cursor).toBeNull();
    expect((await sandbox.call('GET', `/v3/chats/${chatId}/messages?limit=3`)).body.next_cursor).toBeNull();
    const all = [...first.body.messages, ...second.body.messages];
    expect(all.map(({ parts }) => parts[0].filename)).toEqual(names.toReversed());
    expect(all[0]).toMatchObject({
      id: uuid,
      chat_id: chatId,
      is_from_me: true,
      delivery_status: 'delivered',
      parts: [{ type: 'media', id: uuid, mime_type: 'audio/mpeg', size_bytes: mp3.length, url: expect.any(String) }],
    });
    expect((await sandbox.call('GET', `/v3/messages/${all[0].id}`)).body).toEqual(all[0]);
  });

  test.each(['limit=0', 'limit=101', 'limit=many', 'cursor=-1', 'cursor=x'])(
    'cannot be paged by %s: 400/1005',
    async (query) => {
      const answer = await sandbox.call('GET', `/v3/chats/${randomUUID()}/messages?${query}`);
      expect(answer).toMatchObject({ status: 400, error: { code: 1005 } });
    },
  );

  test('is not found under an unknown message id (404/2001) or one that is no UUID (400/1005)', async () => {
    expect(await sandbox.call('GET', `/v3/messages/${randomUUID()}`)).toMatchObject({
      status: 404,
      error: { code: 2001 },
    });
    expect(await sandbox.call('GET', '/v3/messages/1')).toMatchObject({ status: 400, error: { code: 1005 } });
  });

  test('makes its chat findable by line and recipient', async () => {
    const chatId = randomUUID();
    const { from, to } = (await sandbox.send({ voice_memo_url: media.serve('/a.mp3', mp3) }, chatId)).body.voice_memo;
    const find = async (query: Record<string, string>) =>
      (await sandbox.call('GET', `/v3/chats?${new URLSearchParams({ limit: '100', ...query })}`)).body.chats;

    const found = await find({ from, to: to[0] });
    expect(found).toMatchObject([
      { id: chatId, is_group: false, service: 'iMessage', health_status: { status: 'HEALTHY' } },
    ]);
    expect(found[0].handles).toMatchObject([
      { handle: from, is_me: true },
      { handle: to[0], is_me: false },
    ]);
    expect((await sandbox.call('GET', `/v3/chats/${chatId}`)).body).toEqual(found[0]);
    expect((await sandbox.call('GET', '/v3/phone_numbers')).body.phone_numbers).toMatchObject([{ phone_number: from }]);
    expect(await find({ to: '+12025550199' })).toEqual([]);
    expect(await find({ from: '+12025550199' })).toEqual([]);
    expect((await find({}))[0].id).toBe(chatId);
  });

  test('cannot be sought by a number that is not E.164: 400/1002', async () => {
    const message = 'Phone number must be in E.164 format';
    for (const query of ['from=2025550199', 'to=call-me']) {
      expect(await sandbox.call('GET', `/v3/chats?${query}`)).toMatchObject({
        status: 400,
        error: { code: 1002, message },
      });
    }
  });

  test.each([
    ['bytes=0-3', 'bytes 0-3/64', [0, 4]],
    ['bytes=60-', 'bytes 60-63/64', [60, 64]],
    ['bytes=-4', 'bytes 60-63/64', [60, 64]],
    ['bytes=10-999', 'bytes 10-63/64', [10, 64]],
  ])('can be played by range: %s', async (range, contentRange, [start, end]) => {
    const { url } = (await sandbox.send({ voice_memo_url: media.serve('/a.mp3', mp3) })).body.voice_memo.voice_memo;
    const part = await fetch(url, { headers: { range } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(contentRange);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(mp3.subarray(start, end));
    expect((await fetch(url)).headers.get('accept-ranges')).toBe('bytes');
    expect((await fetch(url, { headers: { range: 'bytes=64-' } })).status).toBe(416);
  });

  test('is all that the CDN path reaches', async () => {
    const { url } = (await sandbox.send({ voice_memo_url: media.serve('/a.mp3', mp3) })).body.voice_memo.voice_memo;
    const folder = url.slice(0, url.lastIndexOf('/a.mp3'));
    for (const path of ['/b.mp3', '/..%2f..%2fjournal.jsonl', '%2f..%2f..%2fjournal.jsonl/a.mp3']) {
      expect((await fetch(folder + path)).status).toBe(404);
    }
  });
});
