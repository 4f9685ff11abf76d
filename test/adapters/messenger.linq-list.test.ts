import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHAT, KEY, listed, mediaPart, messengerTo, NOW_MS } from '../servers/linq.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { message, pages, SINCE_MS } from './linq-list.ts';

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});
const list = () => messengerTo(server.origin).listSent(CHAT, SINCE_MS);
/** The ids in the list, or the reason why there is no list. */
const ids = async () => {
  const answer = await list();
  return answer.kind === 'listed' ? answer.messages.map(({ id }) => id) : answer;
};
const cursorsAsked = () => server.asked.map(({ url }) => new URL(url, 'http://linq').searchParams.get('cursor'));
/** Messages from `from` seconds after the start of the list down to, but not including, `to` seconds. */
const down = (from: number, to: number, over = {}) =>
  Array.from({ length: from - to }, (_, n) => message(from - n, over));

describe('what we sent in a chat', () => {
  test('is asked for with our key, a hundred at a time', async () => {
    server.answer = pages([message(1)]);

    await list();

    expect(server.asked).toHaveLength(1);
    const [asked] = server.asked;
    expect(`${asked?.method} ${asked?.url}`).toBe(`GET /v3/chats/${CHAT}/messages?limit=100`);
    expect(asked?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  test('is told by id, time and parts', async () => {
    server.answer = pages([message(1)]);

    const { type: _type, size_bytes: _size, url: _url, reactions: _reactions, mime_type: type, ...part } = mediaPart;
    const messages = [{ id: 'message-1', createdAtMs: SINCE_MS + 1000, parts: [{ ...part, type }] }];
    expect(await list()).toEqual({ kind: 'listed', messages });
  });

  test('is nothing where the chat is empty', async () => {
    server.answer = pages([]);

    expect(await list()).toEqual({ kind: 'listed', messages: [] });
  });

  test('is without what others wrote', async () => {
    server.answer = pages([message(2, { is_from_me: false }), message(1), message(3, { is_from_me: false })]);

    expect(await ids()).toEqual(['message-1']);
  });

  test('holds a message of the very moment that is asked for, and none from before it', async () => {
    server.answer = pages([message(0.001), message(0), message(-0.001)]);

    expect(await ids()).toEqual(['message-0.001', 'message-0']);
  });

  test.each([
    ['in UTC', '2026-11-23T11:59:30Z'],
    ['with microseconds', '2026-11-23T11:59:30.123456Z'],
    ['from the west', '2026-11-23T06:59:30-05:00'],
    ['from the east, on another day', '2026-11-24T01:59:30+14:00'],
  ])('may have its times %s', async (_, createdAt) => {
    server.answer = pages([listed('one', createdAt)]);

    const answer = await list();

    const [one] = answer.kind === 'listed' ? answer.messages : [];
    expect(Math.floor((one?.createdAtMs ?? 0) / 1000)).toBe(Date.UTC(2026, 10, 23, 11, 59, 30) / 1000);
  });
});

describe("Linq's clock", () => {
  const told = (behindMs: number): Record<string, string> => ({ date: new Date(NOW_MS - behindMs).toUTCString() });
  const seen = async (behindMs: number, headers = told(behindMs)) => {
    const created_at = new Date(SINCE_MS + 1000 - behindMs).toISOString();
    server.answer = json(200, { messages: [listed('ours', created_at)], next_cursor: null }, headers);
    return ids();
  };

  test.each([0, 3 * 60_000, 5 * 60 * 60_000, -5 * 60 * 60_000])(
    'may be %i ms behind ours: a message of after the time is found by what Linq says its time is',
    async (behindMs) => {
      expect(await seen(behindMs)).toEqual(['ours']);
    },
  );

  test.each([{}, { date: 'yesterday' }])('that is not told counts as ours: %j', async (headers) => {
    expect(await seen(0, headers)).toEqual(['ours']);
    expect(await seen(3 * 60_000, headers)).toEqual([]);
  });
});

describe('the parts of a message', () => {
  const partsOf = async (parts: unknown) => {
    server.answer = pages([message(1, { parts })]);
    const answer = await list();
    return answer.kind === 'listed' ? answer.messages[0] : answer;
  };
  const said = { id: mediaPart.id, filename: mediaPart.filename, type: mediaPart.mime_type };

  test.each([
    ['of media', [mediaPart], [said]],
    ['of text beside media', [{ type: 'text', value: 'hear this' }, mediaPart], [said]],
    ['whose attachment was deleted name nothing', [{ type: 'media', reactions: null }], [{}]],
    ['whose attachment was deleted name nothing, also by null', [{ type: 'media', id: null, filename: null }], [{}]],
    ['without a type may be files', [{ id: 'a', filename: 'b.mp3' }], [{ id: 'a', filename: 'b.mp3' }]],
    ['of a type that we do not know may be voice memos', [{ ...mediaPart, type: 'voice_memo' }], [said]],
  ])('%s', async (_, parts, expected) => {
    expect(await partsOf(parts)).toMatchObject({ parts: expected });
  });

  test.each([
    ['text', { type: 'text', value: 'm_aaaaaaaaaaaaaaaaaaaaaaaaaa.mp3', reactions: null }],
    ['a link', { type: 'link', value: 'https://a.example', reactions: null }],
    ['an app', { type: 'imessage_app', app: {}, layout: {}, reactions: null }],
  ])('of %s alone make a message without a file, which is left out', async (_, part) => {
    expect(await partsOf([part])).toBeUndefined();
    expect(await partsOf([part, part])).toBeUndefined();
  });

  test.each([null, undefined, []])('that are not told, or not yet, are not known: %j', async (parts) => {
    expect(await partsOf(parts)).toEqual({ id: 'message-1', createdAtMs: SINCE_MS + 1000 });
  });
});

describe('a chat of several pages', () => {
  test.each([
    ['newest first', [[message(9), message(8)], [message(7), message(6)], [message(5)]], [9, 8, 7, 6, 5]],
    ['oldest first', [[message(-9), message(-8)], [message(-7), message(1)], [message(2)]], [1, 2]],
    ['in no order', [[message(-9), message(8)], [message(2), message(-6)], [message(5)]], [8, 2, 5]],
    ['all of one moment', [[message(1), message(1)], [message(1)], [message(1)]], [1, 1, 1, 1]],
    ['older all of one moment', [[message(-1), message(-1)], [message(-1)], [message(2)]], [2]],
    ['with an empty page between', [[message(3), message(3)], [], [message(1)]], [3, 3, 1]],
  ])('is read to its end where it runs %s', async (_, chat, expected) => {
    server.answer = pages(...chat);

    expect(await ids()).toEqual(expected.map((seconds) => `message-${seconds}`));
    expect(cursorsAsked()).toEqual(chat.map((_, page) => (page === 0 ? null : String(page))));
  });

  test('is read no further than past the time, where it surely runs newest first', async () => {
    server.answer = pages([...down(23, 2), message(2)], [message(1), message(-1)], [message(-2), message(-3)]);

    expect(await ids()).toEqual(down(23, 0).map(({ id }) => id));
    expect(cursorsAsked()).toEqual([null, '1']);
  });

  test('is read on while its last message is of the very moment: there may be others', async () => {
    const first = [...down(23, 0), message(0)];
    server.answer = pages(first, [message(0, { id: 'another' }), message(-1)], [message(-2)]);

    expect(await ids()).toEqual([...first.map(({ id }) => id), 'another']);
  });

  test('goes by the order of all its messages, also of those that others wrote', async () => {
    const theirs = { is_from_me: false };
    server.answer = pages([...down(23, 0, theirs), message(-1, theirs)], [message(2)]);

    expect(await ids()).toEqual([]);
    expect(cursorsAsked()).toEqual([null]);
  });

  test('is read to its end where a few of its messages run down: that may be chance', async () => {
    server.answer = pages([message(3), message(-1)], [message(2)]);

    expect(await ids()).toEqual(['message-3', 'message-2']);
  });

  test('is read to its end where a later page shows that it does not run newest first', async () => {
    server.answer = pages(down(23, 2), [message(4), message(-1)], [message(1)]);

    expect(await ids()).toEqual([...down(23, 2).map(({ id }) => id), 'message-4', 'message-1']);
  });

  test.each([null, '', undefined])('ends at the cursor %j', async (next_cursor) => {
    server.answer = json(200, { messages: [message(1)], next_cursor });

    expect(await ids()).toEqual(['message-1']);
    expect(server.asked).toHaveLength(1);
  });

  test('whose cursor never ends is no list, after two hundred pages', async () => {
    server.answer = json(200, { messages: [message(1)], next_cursor: 'on' });

    expect(await list()).toEqual({ kind: 'no-list', reason: expect.stringContaining('too long'), ours: false });
    expect(server.asked).toHaveLength(200);
  });
});
