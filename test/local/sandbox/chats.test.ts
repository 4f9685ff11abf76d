import { LinqAPIV3 } from '@linqapp/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, type Media, mp3, type Sandbox, startSandboxAndMedia, uuid } from './harness.ts';

let sandbox: Sandbox;
let media: Media;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ sandbox, media, stop } = await startSandboxAndMedia());
});
afterAll(() => stop());

const [LINE, PERSON] = ['+12025550100', '+12025550147'];
const opening = (to: string[] = [PERSON], value = 'Your call follows.') => ({
  from: LINE,
  to,
  message: { parts: [{ type: 'text', value }], idempotency_key: 'm_1' },
});

test('a chat is opened by its two numbers, once, and is found by them', async () => {
  const linq = new LinqAPIV3({ apiKey, baseURL: sandbox.origin, maxRetries: 0 });
  const ask = () =>
    linq.chats.create({ from: LINE, to: [PERSON], message: { parts: [{ type: 'text', value: 'Hello' }] } });
  const { chat } = await ask();
  expect(chat).toMatchObject({ id: uuid, is_group: false });
  expect(chat.handles.map(({ handle, is_me }) => [handle, is_me])).toEqual([
    [LINE, true],
    [PERSON, false],
  ]);
  expect((await ask()).chat.id).toBe(chat.id);
  const query = `from=${encodeURIComponent(LINE)}&to=${encodeURIComponent(PERSON)}`;
  const { body } = await sandbox.call('GET', `/v3/chats?${query}`);
  expect(body).toMatchObject({ chats: [{ id: chat.id }] });

  const sent = await sandbox.call('POST', `/v3/chats/${chat.id}/voicememo`, {
    voice_memo_url: media.serve('/a.mp3', mp3),
  });
  expect(sent.body).toMatchObject({ voice_memo: { from: LINE, to: [PERSON] } });
  const page = await (await fetch(`${sandbox.origin}/sandbox/${chat.id}`)).text();
  for (const shown of ['+1 (202) 555-0147', 'Hello', '<audio controls']) expect(page).toContain(shown);
});

test.each<[string, object, number]>([
  ['a link', opening([PERSON], 'see https://a.example'), 1005],
  ['several people', opening([PERSON, '+12025550148']), 1005],
  ['no number', opening(['somebody']), 1002],
  ['no message', { from: LINE, to: [PERSON] }, 1001],
])('%s is refused', async (_what, body, code) => {
  expect(await sandbox.call('POST', '/v3/chats', body)).toMatchObject({ status: 400, body: { error: { code } } });
});
