import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Media, mp3, put, type Sandbox, startSandbox, startSandboxAndMedia } from './harness.ts';

let sandbox: Sandbox;
let media: Media;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ sandbox, media, stop } = await startSandboxAndMedia());
});
afterAll(() => stop());

describe('the page', () => {
  test('says in one line what to do while there is nothing', async () => {
    const empty = await startSandbox();
    expect(await (await fetch(`${empty.origin}/sandbox`)).text()).toContain('No voice memos yet');
    await empty.stop();
  });

  test('shows each memo of each chat with a player that works, newest chat first', async () => {
    const shown = await startSandbox();
    const [older, newer] = [randomUUID(), randomUUID()];
    for (const chatId of [newer, older, newer]) {
      const body = { voice_memo_url: media.serve('/a.mp3', mp3) };
      await shown.call('POST', `/v3/chats/${chatId}/voicememo`, body);
    }
    const all = await (await fetch(`${shown.origin}/sandbox`)).text();
    const one = await (await fetch(`${shown.origin}/sandbox/${older}`)).text();

    expect(all.indexOf(newer)).toBeLessThan(all.indexOf(older));
    expect(all.match(/<audio controls/g)).toHaveLength(3);
    expect(one.match(/<audio controls/g)).toHaveLength(1);
    expect(one).not.toContain(newer);
    for (const [, path] of all.matchAll(/<audio[^>]* src="([^"]+)"/g)) {
      expect((await fetch(shown.origin + path)).headers.get('content-type')).toBe('audio/mpeg');
    }
    await shown.stop();
  });

  test('runs nothing that was sent: names are escaped, scripts and styles come from the sandbox alone', async () => {
    const url = media.serve(`/${encodeURIComponent('<img src=x onerror=alert(1)>.mp3')}`, mp3);
    const chatId = randomUUID();
    await sandbox.send({ voice_memo_url: url }, chatId);
    const answer = await fetch(`${sandbox.origin}/sandbox/${chatId}`);
    const page = await answer.text();
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;.mp3');
    expect(page).not.toContain('<img');
    expect(page).not.toMatch(/<style|style=|<script(?! src="\/)|(?:src|href)="(?!\/)/);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
    for (const [, path] of page.matchAll(/(?:src|href)="(\/sandbox\/page[^"]+)"/g)) {
      expect((await fetch(sandbox.origin + path)).status).toBe(200);
    }
  });

  test('keeps uploads that are pages from running in its origin', async () => {
    const html = Buffer.from('<script>alert(1)</script>');
    const file = { filename: 'page.html', content_type: 'text/html', size_bytes: html.length };
    const { body } = await sandbox.call('POST', '/v3/attachments', file);
    await put(body, html);
    const { headers } = await fetch(body.download_url);
    expect(headers.get('content-security-policy')).toMatch(/\bsandbox\b/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
