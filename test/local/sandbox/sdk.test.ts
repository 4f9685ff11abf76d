import { randomUUID } from 'node:crypto';
import Linq, { NotFoundError } from '@linqapp/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, type Media, mp3, put, type Sandbox, startSandboxAndMedia, wav } from './harness.ts';

let sandbox: Sandbox;
let media: Media;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ sandbox, media, stop } = await startSandboxAndMedia());
});
afterAll(() => stop());

test('the official SDK sends, uploads, lists, deletes and reads errors', async () => {
  const linq = new Linq({ apiKey, baseURL: sandbox.origin, maxRetries: 0 });
  const chatId = randomUUID();

  const byUrl = await linq.chats.sendVoicememo(chatId, { voice_memo_url: media.serve('/sdk.mp3', mp3) }).withResponse();
  expect(byUrl.response.status).toBe(202);
  expect(byUrl.response.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);

  const announced = await linq.attachments.create({
    filename: 'a.wav',
    content_type: 'audio/x-wav',
    size_bytes: wav.length,
  });
  await put(announced, wav);
  const byAttachment = await linq.chats.sendVoicememo(chatId, { attachment_id: announced.attachment_id });

  const sent = [byAttachment.voice_memo.id, byUrl.data.voice_memo.id];
  const listed = await collect(linq.chats.messages.list(chatId, { limit: 1 }));
  expect(listed.map(({ id }) => id)).toEqual(sent);
  expect((await linq.messages.retrieve(byUrl.data.voice_memo.id)).chat_id).toBe(chatId);
  const to = byUrl.data.voice_memo.to[0] ?? '';
  expect((await collect(linq.chats.listChats({ to }))).map(({ id }) => id)).toEqual([chatId]);
  expect((await linq.chats.retrieve(chatId)).id).toBe(chatId);
  expect((await linq.phoneNumbers.list()).phone_numbers).toHaveLength(1);
  expect((await linq.attachments.retrieve(announced.attachment_id)).filename).toBe('a.wav');
  await linq.attachments.delete(announced.attachment_id);

  const error = await linq.chats
    .sendVoicememo(chatId, { attachment_id: announced.attachment_id })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error).toMatchObject({ status: 404, error: { error: { code: 2003 } } });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
