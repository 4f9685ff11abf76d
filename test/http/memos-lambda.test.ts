import { handle } from 'hono/aws-lambda';
import { expect, test } from 'vitest';
import { KEYS, testApi } from './api.ts';
import { gatewayEvent } from './gateway.ts';

const invoke = async (
  bridge: ReturnType<typeof testApi>,
  {
    path,
    body = '',
    base64 = false,
    key = KEYS[1] ?? '',
  }: { path: string; body?: string; base64?: boolean; key?: string },
) => {
  const request = {
    method: body === '' ? 'GET' : 'POST',
    url: `https://abc.execute-api.us-east-1.amazonaws.com${path}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'one' },
    body: new Uint8Array(Buffer.from(body)),
  };
  const answer = await handle(bridge.app)(gatewayEvent(request, base64));
  return { status: answer.statusCode, json: JSON.parse(answer.body), headers: answer.headers };
};
const wanted = JSON.stringify({
  chat: '550e8400-e29b-41d4-a716-446655440000',
  audio_url: 'https://cdn.example.com/é.mp3',
});

test('behind API Gateway, POST /memos makes the same memo of text and of base64', async () => {
  const bridge = testApi();
  const text = await invoke(bridge, { path: '/memos', body: wanted });
  const base64 = await invoke(bridge, { path: '/memos', body: wanted, base64: true });
  expect(text.status).toBe(202);
  expect(base64.json).toEqual(text.json);
  expect(bridge.queued.map(({ recording }) => recording.media)).toEqual([
    { kind: 'url', url: 'https://cdn.example.com/é.mp3' },
    { kind: 'url', url: 'https://cdn.example.com/é.mp3' },
  ]);
});

test('behind API Gateway, GET /memos reads its filter', async () => {
  const bridge = testApi();
  expect((await invoke(bridge, { path: '/memos?call=CA%2B1&limit=3' })).status).toBe(200);
  expect(bridge.lists).toEqual([{ filter: { callId: 'CA+1' }, limit: 3, next: undefined }]);
});

test.each([
  ['a wrong key', { path: '/memos', key: 'wrong' }, 401, 'unauthorized'],
  ['no JSON', { path: '/memos', body: '{' }, 400, 'unreadable'],
  ['a body over 64 KiB', { path: '/memos', body: 'x'.repeat(65_537) }, 413, 'too_large'],
  ['an unknown path', { path: '/nowhere' }, 404, 'not_found'],
])('behind API Gateway, %s is an error in JSON', async (_title, asked, status, code) => {
  const answer = await invoke(testApi(), asked);
  expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json' });
});
