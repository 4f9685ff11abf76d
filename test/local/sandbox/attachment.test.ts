import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  filesOf,
  formats,
  type Media,
  mp3,
  put,
  type Sandbox,
  sample,
  startSandbox,
  startSandboxAndMedia,
  uuid,
  wav,
} from './harness.ts';

let sandbox: Sandbox;
let media: Media;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ sandbox, media, stop } = await startSandboxAndMedia());
});
afterAll(() => stop());

describe('an attachment', () => {
  test.each(formats)(
    'in $extension is announced, uploaded and sent by its id',
    async ({ extension, mimeType, upload, head }) => {
      const bytes = sample(head);
      const file = { filename: `memo.${extension}`, content_type: upload, size_bytes: bytes.length };
      const announced = await sandbox.call('POST', '/v3/attachments', file);
      expect(announced.body).toEqual({
        attachment_id: uuid,
        upload_url: expect.stringMatching(/^http:/),
        http_method: 'PUT',
        required_headers: { 'content-type': upload },
        expires_at: expect.stringMatching(/Z$/),
        download_url: expect.stringMatching(new RegExp(`/${announced.body.attachment_id}/memo.${extension}$`)),
      });

      expect((await put(announced.body, bytes)).status).toBe(200);
      const sent = await sandbox.send({ attachment_id: announced.body.attachment_id });

      expect(sent.status).toBe(202);
      expect(sent.body.voice_memo.voice_memo).toMatchObject({
        id: announced.body.attachment_id,
        filename: `memo.${extension}`,
        mime_type: mimeType,
        size_bytes: bytes.length,
        url: announced.body.download_url,
      });
      const stored = await sandbox.call('GET', `/v3/attachments/${announced.body.attachment_id}`);
      expect(stored.body).toMatchObject({ ...file, status: 'complete', download_url: announced.body.download_url });
    },
  );

  const good = { filename: 'memo.mp3', content_type: 'audio/mpeg', size_bytes: 100 };
  test.each([
    ['no filename', { ...good, filename: undefined }, 1001],
    ['an empty filename', { ...good, filename: '' }, 1005],
    ['a filename of 256 characters', { ...good, filename: 'a'.repeat(256) }, 1005],
    ['a filename that is a path', { ...good, filename: '../memo.mp3' }, 1005],
    ['no size', { ...good, size_bytes: undefined }, 1001],
    ['a size of nothing', { ...good, size_bytes: 0 }, 1005],
    ['a size in text', { ...good, size_bytes: '100' }, 1005],
    ['more than a hundred million bytes', { ...good, size_bytes: 100_000_001 }, 5005],
    ['audio/wav, which is not in the list', { ...good, content_type: 'audio/wav' }, 5004],
    ['audio/ogg', { ...good, content_type: 'audio/ogg' }, 5004],
    ['audio/flac', { ...good, content_type: 'audio/flac' }, 5004],
    ['a stray field', { ...good, idempotency_key: 'a' }, 1004],
  ])('is refused for %s', async (_, body, code) => {
    expect(await sandbox.call('POST', '/v3/attachments', body)).toMatchObject({
      status: 400,
      error: { status: 400, code },
    });
  });

  test('may have 255 characters in its name and a hundred million bytes', async () => {
    const largest = { ...good, filename: 'a'.repeat(255), size_bytes: 100_000_000 };
    expect(await sandbox.call('POST', '/v3/attachments', largest)).toMatchObject({ status: 200 });
  });

  test('is 404/2007 to a send before its bytes are there', async () => {
    const { attachment_id } = await sandbox.announce(mp3.length);
    expect(await sandbox.send({ attachment_id })).toMatchObject({ status: 404, error: { code: 2007 } });
    const { body } = await sandbox.call('GET', `/v3/attachments/${attachment_id}`);
    expect(body).toMatchObject({ status: 'pending' });
  });

  test('takes only the exact headers, the exact length and the exact URL', async () => {
    const announced = await sandbox.announce(mp3.length);
    const otherType = { ...announced, required_headers: { 'content-type': 'audio/mpeg; charset=utf-8' } };
    const guessed = {
      ...announced,
      upload_url: announced.upload_url.replace(/.$/, (last: string) => (last === '0' ? '1' : '0')),
    };
    expect((await put(otherType, mp3)).status).toBe(403);
    expect((await put(guessed, mp3)).status).toBe(403);
    expect((await put(announced, mp3.subarray(1))).status).toBe(400);
    expect((await put(announced, Buffer.concat([mp3, mp3]))).status).toBe(400);
    expect(await sandbox.send({ attachment_id: announced.attachment_id })).toMatchObject({ error: { code: 2007 } });
    expect((await put(announced, mp3)).status).toBe(200);
  });

  test('can be uploaded for fifteen minutes', async () => {
    const clock = { now: new Date('2026-10-01T12:00:00Z') };
    const dated = await startSandbox({ now: () => clock.now });
    const { body } = await dated.call('POST', '/v3/attachments', { ...good, size_bytes: mp3.length });
    expect(body.expires_at).toBe('2026-10-01T12:15:00.000Z');
    clock.now = new Date('2026-10-01T12:15:00Z');
    expect((await put(body, mp3)).status).toBe(403);
    clock.now = new Date('2026-10-01T12:14:59Z');
    expect((await put(body, mp3)).status).toBe(200);
    await dated.stop();
  });

  test('over ten million bytes is no voice memo: 413/5001', async () => {
    const announced = await sandbox.announce(10_000_001);
    await put(announced, sample([0xff, 0xfb, 0x90, 0x64], 10_000_001));
    expect(await sandbox.send({ attachment_id: announced.attachment_id })).toMatchObject({
      status: 413,
      error: { code: 5001 },
    });
  });

  test('an attachment whose bytes differ from its declaration is refused: 400/5006, or 400/5004 when they are no audio', async () => {
    const mislabelled = await sandbox.announce(wav.length);
    await put(mislabelled, wav);
    expect(await sandbox.send({ attachment_id: mislabelled.attachment_id })).toMatchObject({
      status: 400,
      error: { code: 5006 },
    });
    const page = Buffer.from('<!doctype html>');
    const noAudio = await sandbox.announce(page.length);
    await put(noAudio, page);
    expect(await sandbox.send({ attachment_id: noAudio.attachment_id })).toMatchObject({
      status: 400,
      error: { code: 5004 },
    });
  });

  test('once deleted is gone with its bytes, and its message stays with an empty part', async () => {
    const chatId = randomUUID();
    const sent = await sandbox.send({ voice_memo_url: media.serve('/a.mp3', mp3) }, chatId);
    const { id, url } = sent.body.voice_memo.voice_memo;
    expect((await fetch(url)).status).toBe(200);

    expect(await sandbox.call('DELETE', `/v3/attachments/${id}`)).toMatchObject({ status: 204 });

    expect((await fetch(url)).status).toBe(404);
    expect(filesOf(sandbox).filter((name) => name.includes(id))).toEqual([]);
    for (const [method, path] of [
      ['GET', `/v3/attachments/${id}`],
      ['DELETE', `/v3/attachments/${id}`],
    ] as const) {
      expect(await sandbox.call(method, path)).toMatchObject({ status: 404, error: { code: 2003 } });
    }
    expect(await sandbox.send({ attachment_id: id })).toMatchObject({ status: 404, error: { code: 2003 } });
    expect(await sandbox.messagesOf(chatId)).toMatchObject([
      { id: sent.body.voice_memo.id, parts: [{ type: 'media' }] },
    ]);
    expect(JSON.stringify(await sandbox.messagesOf(chatId))).not.toContain(id);
    expect(await (await fetch(`${sandbox.origin}/sandbox/${chatId}`)).text()).not.toContain('<audio');
  });

  test('keeps nothing of an upload that was refused', async () => {
    const tidy = await startSandbox();
    const { body } = await tidy.call('POST', '/v3/attachments', { ...good, size_bytes: mp3.length });
    expect((await put(body, mp3.subarray(1))).status).toBe(400);
    expect(filesOf(tidy)).toHaveLength(1);
    await tidy.stop();
  });

  test('deleted while it is being uploaded leaves no bytes behind', async () => {
    const announced = await sandbox.announce(mp3.length);
    const headers = { ...announced.required_headers, expect: '100-continue' };
    const upload = request(announced.upload_url, { method: 'PUT', headers });
    upload.flushHeaders();
    await once(upload, 'continue');
    await sandbox.call('DELETE', `/v3/attachments/${announced.attachment_id}`);
    upload.end(mp3);
    const [response] = await once(upload, 'response');
    expect(response.statusCode).toBe(400);
    response.resume();
    expect(filesOf(sandbox).filter((name) => name.includes(announced.attachment_id))).toEqual([]);
  });

  test('an attachment that was deleted before its upload takes no bytes any more', async () => {
    const announced = await sandbox.announce(mp3.length);
    await sandbox.call('DELETE', `/v3/attachments/${announced.attachment_id}`);
    expect((await put(announced, mp3)).status).toBe(403);
  });
});
