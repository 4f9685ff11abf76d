import { describe, expect, test } from 'vitest';
import { suppressionsOf } from '../../functions/core/policy/suppression-list.ts';
import { CHAT, OTHER_CHAT } from '../fakes/examples.ts';
import { testApi } from './api.ts';
import { aMemo } from './memo.ts';
import { NOW_SECONDS } from './receiving.ts';

const PERSON = '+12025550101';
const since = new Date(NOW_SECONDS * 1000).toISOString();
const BY_HAND = { by: 'hand', reason: 'by hand', since };

/** Any answer of the API: each test checks the fields that should be there. */
type StopAnswer = { suppressed: boolean; suppressions: unknown; error: { message: string } };

const stopping = () => {
  const bridge = testApi();
  const ask = async (path: string, body: unknown) => {
    const answer = await bridge.call(path, { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as StopAnswer };
  };
  return { ...bridge, ask };
};

describe('the suppression list', () => {
  test.each<[string, object]>([
    ['a chat', { chat: CHAT }],
    ['a number', { phone: PERSON }],
  ])('has %s put on it, says so, and has it taken off', async (_, whom) => {
    const { ask } = stopping();
    expect(await ask('/suppressions/show', whom)).toEqual({
      status: 200,
      body: { suppressed: false, suppressions: [] },
    });
    const suppressed = { status: 200, body: { suppressed: true, suppressions: [BY_HAND] } };
    expect(await ask('/suppressions', whom)).toEqual(suppressed);
    expect(await ask('/suppressions/show', whom)).toEqual(suppressed);
    const removed = { suppressed: false, suppressions: [], removed: [BY_HAND] };
    expect(await ask('/suppressions/remove', whom)).toEqual({ status: 200, body: removed });
    expect(await ask('/suppressions/show', whom)).toEqual({
      status: 200,
      body: { suppressed: false, suppressions: [] },
    });
  });

  test('keeps the reason that it is given', async () => {
    const { ask } = stopping();
    const { body } = await ask('/suppressions', { chat: CHAT, reason: ' asked on the phone, 2026-07-25 ' });
    expect(body.suppressions).toEqual([{ ...BY_HAND, reason: 'asked on the phone, 2026-07-25' }]);
  });

  test('knows a number however it is written, and nobody else by it', async () => {
    const { ask } = stopping();
    await ask('/suppressions', { phone: '+1 (202) 555-0101' });
    expect((await ask('/suppressions/show', { phone: PERSON })).body.suppressed).toBe(true);
    expect((await ask('/suppressions/show', { phone: '+12025550102' })).body.suppressed).toBe(false);
    expect((await ask('/suppressions/show', { chat: OTHER_CHAT })).body.suppressed).toBe(false);
  });

  test('writes no number to the log', async () => {
    const { ask, lines } = stopping();
    await ask('/suppressions', { phone: PERSON });
    await ask('/suppressions', { phone: 'not +12025550101' });
    expect(JSON.stringify(lines)).not.toContain('2025550101');
  });
});

describe('what is no recipient is 400, says why, and is not written:', () => {
  const neither = 'must be {"chat":"<UUID>"} or {"phone":"+1…"}';
  test.each<[unknown, string]>([
    [{}, neither],
    [{ chat: CHAT, phone: PERSON }, neither],
    [{ call: 'CA1' }, neither],
    [{ phone: 2025550101 }, neither],
    [{ chat: 'sales' }, 'chat: must be a UUID'],
    [{ phone: 'Ann' }, 'phone: must be a telephone number in E.164'],
    [{ chat: CHAT, reason: '' }, 'reason: '],
    [{ chat: CHAT, reason: 'x'.repeat(201) }, 'reason: '],
    [{ chat: CHAT, reason: 'call +1 (202) 555-0199' }, 'reason: must have no telephone number in it'],
    [{ chat: CHAT, reason: 'call 2025550199' }, 'reason: must have no telephone number in it'],
    [{ chat: CHAT, reason: 'two\nlines' }, 'reason: must be one line'],
  ])('%j', async (body, message) => {
    const { ask } = stopping();
    const answer = await ask('/suppressions', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'unreadable' } } });
    expect(answer.body.error.message).toContain(message);
    expect((await ask('/suppressions/show', { chat: CHAT })).body.suppressed).toBe(false);
  });

  test.each(['/suppressions', '/suppressions/show', '/suppressions/remove', '/erase'])(
    '%s of what is not JSON, or is large',
    async (path) => {
      const { call } = stopping();
      expect((await call(path, { method: 'POST', body: 'chat' })).status).toBe(400);
      const large = { method: 'POST', body: JSON.stringify({ chat: 'x'.repeat(65 * 1024) }) };
      expect((await call(path, large)).status).toBe(413);
    },
  );
});

test.each(['/suppressions', '/suppressions/show', '/suppressions/remove'])('%s needs the API key', async (path) => {
  const { app, keyValues } = testApi();
  const answer = await app.request(path, { method: 'POST', body: JSON.stringify({ chat: CHAT }) });
  expect(answer.status).toBe(401);
  expect(await suppressionsOf(keyValues, [{ chat: CHAT }])).toEqual([]);
});

test('a number is shown with the chats on the list that memos of its calls go to', async () => {
  const memo = aMemo({
    target: { chat: OTHER_CHAT },
    recording: { source: 'a', id: '1', from: PERSON, media: { kind: 'ask' } },
  });
  const { call } = testApi({ memos: [memo] });
  const ask = async (path: string, body: object) =>
    (await call(path, { method: 'POST', body: JSON.stringify(body) })).json();
  expect(await ask('/suppressions/show', { phone: PERSON })).toEqual({ suppressed: false, suppressions: [] });
  await ask('/suppressions', { chat: OTHER_CHAT });
  expect(await ask('/suppressions/show', { phone: PERSON })).toMatchObject({
    suppressed: false,
    chats: [{ chat: OTHER_CHAT, suppressions: [{ by: 'hand' }] }],
  });
});
