import { describe, expect, test } from 'vitest';
import { MEMO_ID } from '../../functions/core/model/memo.ts';
import { testApi } from './api.ts';

const chat = '550e8400-e29b-41d4-a716-446655440000';
const byUrl = { chat, audio_url: 'https://cdn.example.com/1.mp3' };
const byUpload = { chat, content_type: 'audio/mpeg', bytes: 10_000_000 };

describe('POST /memos by URL', () => {
  test('answers 202 with the id of the memo, once it is queued', async () => {
    const bridge = testApi();
    const answer = await bridge.makeMemo({ ...byUrl, chat: chat.toUpperCase() });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ id: expect.stringMatching(MEMO_ID) });
    const recording = { source: 'api', media: { kind: 'url', url: byUrl.audio_url } };
    expect(bridge.queued).toMatchObject([{ v: 1, recording, target: { chat } }]);
    expect(bridge.puts).toEqual([]);
  });

  test('makes another memo each time, but the same one under one Idempotency-Key', async () => {
    const { makeMemo, queued } = testApi();
    const idOf = async (key?: string) =>
      (await makeMemo(byUrl, key === undefined ? {} : { 'Idempotency-Key': key })).text();
    const [one, other, first, again, different] = [
      await idOf(),
      await idOf(),
      await idOf('call 42'),
      await idOf('call 42'),
      await idOf('call 43'),
    ];
    expect(one).not.toBe(other);
    expect(again).toBe(first);
    expect(different).not.toBe(first);
    expect(queued[2]?.recording.id).toBe(queued[3]?.recording.id);
    expect(JSON.stringify(queued)).not.toContain('call 42');
  });
});

describe('POST /memos by upload', () => {
  test('answers 202 with the id and a URL for exactly this file, for fifteen minutes', async () => {
    const bridge = testApi();
    const answer = await bridge.makeMemo(byUpload);
    expect(answer.status).toBe(202);
    const [put] = bridge.puts;
    expect(put).toMatchObject({ type: 'audio/mpeg', bytes: 10_000_000, expiresInMs: 15 * 60 * 1000 });
    expect(await answer.json()).toEqual({
      id: expect.stringMatching(MEMO_ID),
      upload_url: expect.stringContaining(`https://bucket.example/${put?.key}?X-Method=PUT&X-Amz-Expires=900&`),
    });
    expect(put?.key).toMatch(/^inbox\//);
    expect(bridge.queued).toMatchObject([{ recording: { media: { kind: 'inbox', key: put?.key } }, target: { chat } }]);
  });

  test('has the same id and the same place under one Idempotency-Key', async () => {
    const { makeMemo, puts } = testApi();
    const answers = [
      await (await makeMemo(byUpload, { 'Idempotency-Key': 'k' })).json(),
      await (await makeMemo(byUpload, { 'Idempotency-Key': 'k' })).json(),
    ];
    expect(answers[0]).toEqual(answers[1]);
    expect(puts[0]?.key).toBe(puts[1]?.key);
  });
});

describe('an Idempotency-Key that came before with another request', () => {
  const key = { 'Idempotency-Key': 'call 42' };
  const other = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
  test.each([
    ['another chat', byUpload, { ...byUpload, chat: other }],
    ['another length', byUpload, { ...byUpload, bytes: 1 }],
    ['another type', byUpload, { ...byUpload, content_type: 'audio/wav' }],
    ['a URL in place of a file', byUpload, byUrl],
    ['a file in place of a URL', byUrl, byUpload],
    ['another URL', byUrl, { ...byUrl, audio_url: 'https://cdn.example.com/2.mp3' }],
    ['another chat by URL', byUrl, { ...byUrl, chat: other }],
  ])('is 422, queues nothing and gives no URL to upload to: %s', async (_, first, second) => {
    const bridge = testApi();
    expect((await bridge.makeMemo(first, key)).status).toBe(202);
    const [queued, puts] = [bridge.queued.length, bridge.puts.length];
    const answer = await bridge.makeMemo(second, key);
    expect(answer.status).toBe(422);
    const message = expect.stringContaining('Idempotency-Key');
    expect(await answer.json()).toEqual({ error: { code: 'idempotency_key_reused', message } });
    expect([bridge.queued.length, bridge.puts.length]).toEqual([queued, puts]);
  });

  test('is the same request where only the writing differs', async () => {
    const { makeMemo } = testApi();
    const answers = [await makeMemo(byUrl, key), await makeMemo({ ...byUrl, chat: chat.toUpperCase() }, key)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(await answers[0]?.json()).toEqual(await answers[1]?.json());
  });

  test('is the same request where the queue was away the first time', async () => {
    const claims = new Map<string, string>();
    expect((await testApi({ queueIsAway: true, claims }).makeMemo(byUrl, key)).status).toBe(503);
    expect((await testApi({ claims }).makeMemo(byUrl, key)).status).toBe(202);
  });
});

test('two chats have no place for a file in common, whatever the key', async () => {
  const { makeMemo, puts } = testApi();
  await makeMemo(byUpload, { 'Idempotency-Key': 'one' });
  await makeMemo({ ...byUpload, chat: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' }, { 'Idempotency-Key': 'another' });
  expect(puts[0]?.key).not.toBe(puts[1]?.key);
});

describe('POST /memos is 400, queues nothing, and names the field', () => {
  test.each([
    ['chat', { ...byUrl, chat: 'the front desk' }],
    ['chat', { audio_url: byUrl.audio_url }],
    ['audio_url', { ...byUrl, audio_url: 'file:///etc/passwd' }],
    ['audio_url', { ...byUrl, audio_url: '1.mp3' }],
    ['audio_url', { ...byUrl, audio_url: null }],
    ['audio_url', { ...byUrl, audio_url: 'https://cdn.example.com/\ud800.mp3' }],
    ['audio_url', { ...byUrl, audio_url: `https://cdn.example.com/${'x'.repeat(8192)}` }],
    ['targets', { ...byUrl, targets: [chat] }],
    ['bytes', { ...byUrl, bytes: 1 }],
    ['bytes', { ...byUpload, bytes: 5_000_000_001 }],
    ['bytes', { ...byUpload, bytes: 0 }],
    ['bytes', { ...byUpload, bytes: 1.5 }],
    ['bytes', { ...byUpload, bytes: '1000' }],
    ['bytes', { chat, content_type: 'audio/mpeg' }],
    ['content_type', { chat, bytes: 1 }],
    ['content_type', { ...byUpload, content_type: 'audio/mpeg\r\nx-amz-acl: public-read' }],
    ['content_type', { ...byUpload, content_type: 'mp3' }],
    ['filename', { ...byUpload, filename: '1.mp3' }],
  ])('%s: %j', async (field, body) => {
    const bridge = testApi();
    const answer = await bridge.makeMemo(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: { code: 'unreadable', message: expect.stringContaining(field) } });
    expect([...bridge.queued, ...bridge.puts]).toEqual([]);
  });

  test.each(['', '{', 'null', '"text"', '[]', '7', 'chat=1'])(
    'is 400 for a body that is no JSON object: %j',
    async (body) => {
      const bridge = testApi();
      const answer = await bridge.makeMemo(body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ error: { code: 'unreadable', message: expect.stringMatching(/./) } });
      expect(bridge.queued).toEqual([]);
    },
  );
});

test('POST /memos is 413 for a body over 64 KiB: audio goes by upload_url', async () => {
  const bridge = testApi();
  const answer = await bridge.makeMemo({ ...byUrl, more: 'x'.repeat(64 * 1024) });
  expect(answer.status).toBe(413);
  expect(await answer.json()).toEqual({ error: { code: 'too_large', message: expect.stringContaining('upload_url') } });
  expect(bridge.queued).toEqual([]);
});

test.each([
  ['by URL', byUrl],
  ['by upload', byUpload],
])(
  'POST /memos is 503 with Retry-After when the queue is away, and gives no URL to upload to: %s',
  async (_way, body) => {
    const answer = await testApi({ queueIsAway: true }).makeMemo(body);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('5');
    expect(await answer.json()).toEqual({ error: { code: 'unavailable', message: expect.any(String) } });
  },
);

test('no log line and no error holds a key, an address or a body', async () => {
  const bridge = testApi();
  const answers = [
    await bridge.makeMemo({ ...byUrl, audio_url: 'https://cdn.example.com/1?secret=1' }),
    await bridge.makeMemo({ ...byUrl, audio_url: 'ftp://cdn.example.com/1?secret=1' }),
    await bridge.call('/memos', { headers: { Authorization: 'Bearer made-up-key' } }),
  ];
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  for (const text of [...texts, ...bridge.lines])
    expect(text).not.toMatch(/secret=1|cdn\.example|made-up-key|the-first/);
});
