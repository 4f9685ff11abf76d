import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Media, mp3, type Sandbox, startMedia, startSandbox } from './harness.ts';

let media: Media;
beforeAll(async () => {
  media = await startMedia();
});
afterAll(() => media.stop());

describe('a sandbox started again', () => {
  test('shows the same chats and plays the same audio', async () => {
    const before = await startSandbox();
    const chatId = randomUUID();
    const body = { voice_memo_url: media.serve('/a.mp3', mp3) };
    const { voice_memo: memo } = (await before.call('POST', `/v3/chats/${chatId}/voicememo`, body)).body;
    await before.stop({ keepData: true });

    const after = await startSandbox({ dataDir: before.dataDir });
    const { messages } = (await after.call('GET', `/v3/chats/${chatId}/messages`)).body;
    expect(messages).toMatchObject([{ id: memo.id, created_at: memo.created_at, parts: [{ id: memo.voice_memo.id }] }]);
    expect(Buffer.from(await (await fetch(messages[0].parts[0].url)).arrayBuffer())).toEqual(mp3);
    await after.stop();
  });

  test.each([
    ['torn by a kill', '{"type":"message","id":"'],
    ['that nobody can read', 'not json\n'],
  ])('loses only the last line, when it is one %s, and writes on behind the others', async (_, lastLine) => {
    const before = await startSandbox();
    const chatId = randomUUID();
    const body = { voice_memo_url: media.serve('/a.mp3', mp3) };
    const sendTo = async (to: Sandbox) =>
      (await to.call('POST', `/v3/chats/${chatId}/voicememo`, body)).body.voice_memo.id;
    const first = await sendTo(before);
    await before.stop({ keepData: true });
    const journal = readdirSync(before.dataDir).find((name) => name.endsWith('.jsonl')) ?? '';
    appendFileSync(join(before.dataDir, journal), lastLine);

    const torn = await startSandbox({ dataDir: before.dataDir });
    const second = await sendTo(torn);
    await torn.stop({ keepData: true });

    const after = await startSandbox({ dataDir: before.dataDir });
    const { messages } = (await after.call('GET', `/v3/chats/${chatId}/messages`)).body;
    expect(messages).toMatchObject([
      { id: second, parts: [{ filename: 'a.mp3' }] },
      { id: first, parts: [{ filename: 'a.mp3' }] },
    ]);
    await after.stop();
  });
});
