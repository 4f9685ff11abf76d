import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ascii,
  formats,
  type Media,
  mp3,
  type Sandbox,
  sample,
  startSandbox,
  startSandboxAndMedia,
  uuid,
  wav,
} from './harness.ts';

const nilUuid = '00000000-0000-0000-0000-000000000000';

let sandbox: Sandbox;
let media: Media;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ sandbox, media, stop } = await startSandboxAndMedia());
});
afterAll(() => stop());

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
    expect(await sandbox.messagesOf(chatId)).toEqual([]);
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
    await sandbox.send({ voice_memo_url: url });
    expect(media.seen('/once.mp3')).toEqual(['GET']);
  });

  test('is 500/5002 when the URL redirects, and the redirect is not followed', async () => {
    const target = media.serve('/target.mp3', mp3);
    const url = media.handle('/redirect.mp3', (_, response) => response.writeHead(302, { location: target }).end());
    expect(await sandbox.send({ voice_memo_url: url })).toMatchObject({
      status: 500,
      error: { status: 500, code: 5002 },
    });
    expect(media.seen('/target.mp3')).toEqual([]);
  });

  test('is 500/5002 when the URL is refused, answers an error, or cuts the body short', async () => {
    const forbidden = media.handle('/expired.mp3', (_, response) => response.writeHead(403).end());
    const torn = media.handle('/torn.mp3', (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write(mp3.subarray(0, 10), () => response.destroy());
    });
    for (const url of ['https://127.0.0.1:1/a.mp3', forbidden, torn]) {
      expect(await sandbox.send({ voice_memo_url: url })).toMatchObject({ status: 500, error: { code: 5002 } });
    }
  });

  test('is 500/5002 when the body stalls: the time limit does not end with the headers', async () => {
    const impatient = await startSandbox({ downloadTimeoutMs: 50 });
    const url = media.handle('/stall.mp3', (_, response) => response.writeHead(200).write(mp3));
    const answer = await impatient.call('POST', `/v3/chats/${randomUUID()}/voicememo`, { voice_memo_url: url });
    expect(answer).toMatchObject({ status: 500, error: { code: 5002 } });
    await impatient.stop();
  });

  test('audio of ten million bytes is taken; one byte more is refused with 413/5001', async () => {
    const limit = media.serve('/limit.mp3', sample([0xff, 0xfb, 0x90, 0x64], 10_000_000));
    const over = media.serve('/over.mp3', sample([0xff, 0xfb, 0x90, 0x64], 10_000_001));
    expect(await sandbox.send({ voice_memo_url: limit })).toMatchObject({ status: 202 });
    const message = 'Voice memo file too large - maximum size is 10MB';
    expect(await sandbox.send({ voice_memo_url: over })).toMatchObject({
      status: 413,
      error: { status: 413, code: 5001, message },
    });
  });

  test('audio that never ends is broken off at the limit', async () => {
    const broken = Promise.withResolvers<void>();
    const url = media.handle('/endless.mp3', (_, response) => {
      response.on('close', broken.resolve);
      const more = () => {
        while (!response.destroyed && response.write(mp3));
      };
      response.on('drain', more);
      more();
    });
    expect(await sandbox.send({ voice_memo_url: url })).toMatchObject({ status: 413, error: { code: 5001 } });
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
    expect(await sandbox.send({ voice_memo_url: url })).toMatchObject({ status: 400, error: { status: 400, code } });
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
