import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import Linq, { NotFoundError } from '@linqapp/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../local/sandbox/sandbox.ts';

const apiKey = 'sandbox-key';
const nilUuid = '00000000-0000-0000-0000-000000000000';
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** The first bytes of each format Linq takes, and what its reference calls them. */
const formats = [
  { extension: 'mp3', mimeType: 'audio/mpeg', upload: 'audio/mpeg', head: [0xff, 0xfb, 0x90, 0x64] },
  { extension: 'm4a', mimeType: 'audio/x-m4a', upload: 'audio/x-m4a', head: [0, 0, 0, 24, ...ascii('ftypM4A ')] },
  { extension: 'aac', mimeType: 'audio/aac', upload: 'audio/aac', head: [0xff, 0xf1, 0x50, 0x80] },
  { extension: 'caf', mimeType: 'audio/x-caf', upload: 'audio/x-caf', head: ascii('caff\0\x01\0\0desc') },
  { extension: 'wav', mimeType: 'audio/wav', upload: 'audio/x-wav', head: ascii('RIFF\x24\0\0\0WAVEfmt ') },
  { extension: 'aiff', mimeType: 'audio/aiff', upload: 'audio/x-aiff', head: ascii('FORM\0\0\0\x24AIFFCOMM') },
  { extension: 'amr', mimeType: 'audio/amr', upload: 'audio/amr', head: ascii('#!AMR\n') },
];
const mp3 = sample([0xff, 0xfb, 0x90, 0x64]);
const wav = sample(ascii('RIFF\x24\0\0\0WAVEfmt '));

let sandbox: Sandbox;
let media: Media;
beforeAll(async () => {
  sandbox = await startSandbox();
  media = await startMedia();
});
afterAll(async () => {
  await Promise.all([sandbox.stop(), media.stop()]);
});

describe('every answer', () => {
  test.each(['/sandbox', '/nowhere', '/v3/phone_numbers', '/v3/nowhere', '/cdn/nowhere', '/uploads/nowhere'])(
    'carries a trace id of 32 hex digits, repeated in an error: %s',
    async (path) => {
      const answer = await fetch(sandbox.origin + path, { headers: { authorization: `Bearer ${apiKey}` } });
      const traceId = answer.headers.get('x-trace-id');
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      if (!answer.ok) expect(await answer.json()).toMatchObject({ success: false, trace_id: traceId });
    },
  );

  test.each([{}, { authorization: 'Bearer wrong' }, { authorization: apiKey }, { authorization: `Basic ${apiKey}` }])(
    'is 401/2004 without the right token, before anything else is looked at: %j',
    async (headers) => {
      for (const path of ['/v3/chats/not-a-uuid/voicememo', '/v3/attachments', '/v3/nowhere']) {
        const answer = await fetch(sandbox.origin + path, { method: 'POST', headers, body: 'not json' });
        expect(answer.status).toBe(401);
        const message = 'Unauthorized - missing or invalid authentication token';
        expect(await answer.json()).toMatchObject({ success: false, error: { status: 401, code: 2004, message } });
      }
    },
  );

  test('to what Linq does not have is 404/2001 in the words of the reference', async () => {
    const answer = await sandbox.call('PATCH', '/v3/chats');
    expect(answer).toMatchObject({ status: 404, error: { status: 404, code: 2001, message: 'Resource not found' } });
  });
});

describe('a voice memo by URL', () => {
  test.each(formats)(
    'is taken in $extension with 202 and played back byte for byte',
    async ({ extension, mimeType, head }) => {
      const bytes = sample(head);
      const chatId = randomUUID();
      const url = media.serve(`/audio/1/m_memo.${extension}`, bytes);

      const { status, body } = await sandbox.call('POST', `/v3/chats/${chatId}/voicememo`, { voice_memo_url: url });

      expect(status).toBe(202);
      expect(body.voice_memo).toEqual({
        id: uuid,
        chat: { id: chatId, handles: expect.any(Array), is_active: true, is_group: false, service: 'iMessage' },
        created_at: expect.stringMatching(/Z$/),
        from: expect.stringMatching(/^\+\d+$/),
        to: [expect.stringMatching(/^\+\d+$/)],
        status: 'queued',
        service: 'iMessage',
        voice_memo: {
          id: uuid,
          filename: `m_memo.${extension}`,
          mime_type: mimeType,
          size_bytes: bytes.length,
          url: expect.stringContaining(sandbox.origin),
          duration_ms: null,
        },
      });
      expect(body.voice_memo.id).not.toBe(body.voice_memo.voice_memo.id);
      const copy = await fetch(body.voice_memo.voice_memo.url);
      expect(copy.headers.get('content-type')).toBe(mimeType);
      expect(Buffer.from(await copy.arrayBuffer())).toEqual(bytes);
    },
  );

  test.each<[what: string, body: unknown, status: number, code: number]>([
    ['text that is not JSON', 'not json', 400, 1003],
    ['JSON that is not an object', '["voice_memo_url"]', 400, 1003],
    ['no source', {}, 400, 1001],
    ['two sources', { voice_memo_url: 'https://example.com/a.mp3', attachment_id: randomUUID() }, 400, 1004],
    ['a stray field', { voice_memo_url: 'https://example.com/a.mp3', override_optout: true }, 400, 1004],
    ['a URL that is none', { voice_memo_url: 'a.mp3' }, 400, 1005],
    ['http to another machine', { voice_memo_url: 'http://192.0.2.1/a.mp3' }, 400, 1005],
    [
      'http to a name that only looks like this machine',
      { voice_memo_url: 'http://127.0.0.1.example.com/a.mp3' },
      400,
      1005,
    ],
    ['a file of this machine', { voice_memo_url: 'file:///etc/hostname' }, 400, 1005],
    ['an attachment id that is no UUID', { attachment_id: 'a' }, 400, 1005],
    ['an attachment that never was', { attachment_id: randomUUID() }, 404, 2003],
  ])('is refused for %s', async (_, body, status, code) => {
    const chatId = randomUUID();
    expect(await sandbox.call('POST', `/v3/chats/${chatId}/voicememo`, body)).toMatchObject({
      status,
      error: { status, code },
    });
    expect(await messagesOf(chatId)).toEqual([]);
  });

  test('is refused with 400/1005 when the chat id is no UUID, and with 404/2001 when it is the nil one', async () => {
    const body = { voice_memo_url: media.serve('/a.mp3', mp3) };
    const malformed = await sandbox.call('POST', '/v3/chats/not-a-uuid/voicememo', body);
    expect(malformed).toMatchObject({ status: 400, error: { code: 1005 } });
    const absent = await sandbox.call('POST', `/v3/chats/${nilUuid}/voicememo`, body);
    expect(absent).toMatchObject({ status: 404, error: { code: 2001, message: 'Resource not found' } });
  });

  test('is fetched with one GET, inside the request', async () => {
    const url = media.serve('/once.mp3', mp3);
    await send({ voice_memo_url: url });
    expect(media.seen('/once.mp3')).toEqual(['GET']);
  });

  test('is 500/5002 when the URL redirects, and the redirect is not followed', async () => {
    const target = media.serve('/target.mp3', mp3);
    const url = media.handle('/redirect.mp3', (_, response) => response.writeHead(302, { location: target }).end());
    expect(await send({ voice_memo_url: url })).toMatchObject({ status: 500, error: { status: 500, code: 5002 } });
    expect(media.seen('/target.mp3')).toEqual([]);
  });

  test('is 500/5002 when the URL is refused, answers an error, or cuts the body short', async () => {
    const forbidden = media.handle('/expired.mp3', (_, response) => response.writeHead(403).end());
    const torn = media.handle('/torn.mp3', (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write(mp3.subarray(0, 10), () => response.destroy());
    });
    for (const url of ['https://127.0.0.1:1/a.mp3', forbidden, torn]) {
      expect(await send({ voice_memo_url: url })).toMatchObject({ status: 500, error: { code: 5002 } });
    }
  });

  test('is 500/5002 when the body stalls: the time limit does not end with the headers', async () => {
    const impatient = await startSandbox({ downloadTimeoutMs: 50 });
    const url = media.handle('/stall.mp3', (_, response) => response.writeHead(200).write(mp3));
    const answer = await impatient.call('POST', `/v3/chats/${randomUUID()}/voicememo`, { voice_memo_url: url });
    expect(answer).toMatchObject({ status: 500, error: { code: 5002 } });
    await impatient.stop();
  });

  test('of ten million bytes is taken, of one more refused with 413/5001', async () => {
    const limit = media.serve('/limit.mp3', sample([0xff, 0xfb, 0x90, 0x64], 10_000_000));
    const over = media.serve('/over.mp3', sample([0xff, 0xfb, 0x90, 0x64], 10_000_001));
    expect(await send({ voice_memo_url: limit })).toMatchObject({ status: 202 });
    const message = 'Voice memo file too large - maximum size is 10MB';
    expect(await send({ voice_memo_url: over })).toMatchObject({
      status: 413,
      error: { status: 413, code: 5001, message },
    });
  });

  test('that never ends is broken off at the limit', async () => {
    const broken = Promise.withResolvers<void>();
    const url = media.handle('/endless.mp3', (_, response) => {
      response.on('close', broken.resolve);
      const more = () => {
        while (!response.destroyed && response.write(mp3));
      };
      response.on('drain', more);
      more();
    });
    expect(await send({ voice_memo_url: url })).toMatchObject({ status: 413, error: { code: 5001 } });
    await broken.promise;
  });

  test.each([
    ['an error page under an audio name', 'page.mp3', Buffer.from('<!doctype html><title>Sign in</title>'), 5004],
    ['Ogg, which Linq rejects', 'memo.ogg', sample(ascii('OggS\0\x02')), 5004],
    ['a video', 'memo.m4a', sample([0, 0, 0, 24, ...ascii('ftypisom')]), 5004],
    ['an empty file', 'memo.mp3', Buffer.alloc(0), 5004],
    ['audio under the extension of another format', 'memo.mp3', wav, 5006],
  ])('is refused by its bytes: %s', async (_, name, bytes, code) => {
    const url = media.serve(`/bytes/${name}`, bytes);
    expect(await send({ voice_memo_url: url })).toMatchObject({ status: 400, error: { status: 400, code } });
  });

  test('is 429/1007 as the thirty-first of a minute in its chat, with the time to wait said twice', async () => {
    const clock = { now: new Date('2026-10-01T12:00:00Z') };
    const limited = await startSandbox({ now: () => clock.now });
    const chatId = randomUUID();
    const body = { voice_memo_url: media.serve('/a.mp3', mp3) };
    const sendTo = (chat: string) => limited.call('POST', `/v3/chats/${chat}/voicememo`, body);

    const atOnce = await Promise.all(Array.from({ length: 31 }, () => sendTo(chatId)));
    expect(atOnce.filter(({ status }) => status === 202)).toHaveLength(30);

    clock.now = new Date('2026-10-01T12:00:18Z');
    const refused = await sendTo(chatId);
    expect(refused).toMatchObject({ status: 429, error: { code: 1007, retry_after: 42 } });
    expect(refused.headers.get('retry-after')).toBe('42');
    expect(await sendTo(randomUUID())).toMatchObject({ status: 202 });

    clock.now = new Date('2026-10-01T12:01:00Z');
    expect(await sendTo(chatId)).toMatchObject({ status: 202 });
    await limited.stop();
  });
});

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
      const sent = await send({ attachment_id: announced.body.attachment_id });

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
    const { attachment_id } = await announce(mp3.length);
    expect(await send({ attachment_id })).toMatchObject({ status: 404, error: { code: 2007 } });
    const { body } = await sandbox.call('GET', `/v3/attachments/${attachment_id}`);
    expect(body).toMatchObject({ status: 'pending' });
  });

  test('takes only the exact headers, the exact length and the exact URL', async () => {
    const announced = await announce(mp3.length);
    const otherType = { ...announced, required_headers: { 'content-type': 'audio/mpeg; charset=utf-8' } };
    const guessed = {
      ...announced,
      upload_url: announced.upload_url.replace(/.$/, (last: string) => (last === '0' ? '1' : '0')),
    };
    expect((await put(otherType, mp3)).status).toBe(403);
    expect((await put(guessed, mp3)).status).toBe(403);
    expect((await put(announced, mp3.subarray(1))).status).toBe(400);
    expect((await put(announced, Buffer.concat([mp3, mp3]))).status).toBe(400);
    expect(await send({ attachment_id: announced.attachment_id })).toMatchObject({ error: { code: 2007 } });
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
    const announced = await announce(10_000_001);
    await put(announced, sample([0xff, 0xfb, 0x90, 0x64], 10_000_001));
    expect(await send({ attachment_id: announced.attachment_id })).toMatchObject({
      status: 413,
      error: { code: 5001 },
    });
  });

  test('whose bytes are not what was declared is refused: 400/5006, or 400/5004 when they are no audio', async () => {
    const mislabelled = await announce(wav.length);
    await put(mislabelled, wav);
    expect(await send({ attachment_id: mislabelled.attachment_id })).toMatchObject({
      status: 400,
      error: { code: 5006 },
    });
    const page = Buffer.from('<!doctype html>');
    const noAudio = await announce(page.length);
    await put(noAudio, page);
    expect(await send({ attachment_id: noAudio.attachment_id })).toMatchObject({ status: 400, error: { code: 5004 } });
  });

  test('once deleted is gone with its bytes, and its message stays with an empty part', async () => {
    const chatId = randomUUID();
    const sent = await send({ voice_memo_url: media.serve('/a.mp3', mp3) }, chatId);
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
    expect(await send({ attachment_id: id })).toMatchObject({ status: 404, error: { code: 2003 } });
    expect(await messagesOf(chatId)).toMatchObject([{ id: sent.body.voice_memo.id, parts: [{ type: 'media' }] }]);
    expect(JSON.stringify(await messagesOf(chatId))).not.toContain(id);
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
    const announced = await announce(mp3.length);
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

  test('that was deleted before its upload takes no bytes any more', async () => {
    const announced = await announce(mp3.length);
    await sandbox.call('DELETE', `/v3/attachments/${announced.attachment_id}`);
    expect((await put(announced, mp3)).status).toBe(403);
  });
});

describe('what was sent', () => {
  test('is listed newest first, page by page, each message as Linq documents it', async () => {
    const chatId = randomUUID();
    const names = ['first.mp3', 'second.mp3', 'third.mp3'];
    for (const name of names) await send({ voice_memo_url: media.serve(`/${name}`, mp3) }, chatId);

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
    const { from, to } = (await send({ voice_memo_url: media.serve('/a.mp3', mp3) }, chatId)).body.voice_memo;
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
    const { url } = (await send({ voice_memo_url: media.serve('/a.mp3', mp3) })).body.voice_memo.voice_memo;
    const part = await fetch(url, { headers: { range } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(contentRange);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(mp3.subarray(start, end));
    expect((await fetch(url)).headers.get('accept-ranges')).toBe('bytes');
    expect((await fetch(url, { headers: { range: 'bytes=64-' } })).status).toBe(416);
  });

  test('is all that the CDN path reaches', async () => {
    const { url } = (await send({ voice_memo_url: media.serve('/a.mp3', mp3) })).body.voice_memo.voice_memo;
    const folder = url.slice(0, url.lastIndexOf('/a.mp3'));
    for (const path of ['/b.mp3', '/..%2f..%2fjournal.jsonl', '%2f..%2f..%2fjournal.jsonl/a.mp3']) {
      expect((await fetch(folder + path)).status).toBe(404);
    }
  });
});

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
    await send({ voice_memo_url: url }, chatId);
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

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
type Media = Awaited<ReturnType<typeof startMedia>>;
interface Announced {
  upload_url: string;
  required_headers: Record<string, string>;
}

async function startSandbox(options: { dataDir?: string; now?: () => Date; downloadTimeoutMs?: number } = {}) {
  const { dataDir = mkdtempSync(join(tmpdir(), 'sandbox-')), ...rest } = options;
  const { app } = createSandbox({ dataDir, apiKey, publicUrl: () => server.origin, ...rest });
  const server = await listen(getRequestListener(app.fetch));
  return {
    dataDir,
    origin: server.origin,
    async call(method: string, path: string, json?: unknown) {
      const body = json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) };
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
      const answer = await fetch(server.origin + path, { method, headers, ...body });
      const parsed = answer.status === 204 ? undefined : JSON.parse(await answer.text());
      return { status: answer.status, headers: answer.headers, body: parsed, error: parsed?.error };
    },
    async stop({ keepData = false } = {}) {
      await server.close();
      if (!keepData) rmSync(dataDir, { recursive: true });
    },
  };
}

/** A call system's media host: what lies where is said by the tests, and who asked for it is remembered. */
async function startMedia() {
  const handlers = new Map<string, RequestListener>();
  const requests: { method: string | undefined; path: string | undefined }[] = [];
  const server = await listen((request, response) => {
    requests.push({ method: request.method, path: request.url });
    const handler = handlers.get(request.url ?? '') ?? ((_, missing) => missing.writeHead(404).end());
    handler(request, response);
  });
  const handle = (path: string, handler: RequestListener) => {
    handlers.set(path, handler);
    return server.origin + path;
  };
  return {
    handle,
    serve: (path: string, bytes: Uint8Array) => handle(path, (_, response) => response.end(bytes)),
    seen: (path: string) => requests.filter((request) => request.path === path).map(({ method }) => method),
    stop: server.close,
  };
}

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server's address is never a pipe's path nor null.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function filesOf({ dataDir }: Sandbox): string[] {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

function send(body: unknown, chatId: string = randomUUID()) {
  return sandbox.call('POST', `/v3/chats/${chatId}/voicememo`, body);
}

async function messagesOf(chatId: string) {
  return (await sandbox.call('GET', `/v3/chats/${chatId}/messages`)).body.messages;
}

async function announce(sizeBytes: number) {
  const file = { filename: 'memo.mp3', content_type: 'audio/mpeg', size_bytes: sizeBytes };
  return (await sandbox.call('POST', '/v3/attachments', file)).body;
}

function put({ upload_url, required_headers }: Announced, bytes: Uint8Array) {
  return fetch(upload_url, { method: 'PUT', headers: required_headers, body: Buffer.from(bytes) });
}

function sample(head: number[], sizeBytes = 64): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.set(head);
  return bytes;
}

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'latin1')];
}
