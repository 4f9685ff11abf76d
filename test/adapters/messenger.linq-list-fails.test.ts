import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHAT, linqError, messengerTo, NOW_MS } from '../servers/linq.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
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

describe('nothing is concluded', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'nothing'],
    ['an empty object', {}],
    ['another shape', { data: [], next_cursor: null }],
    ['no list of messages', { messages: null }],
    ['messages that are no list', { messages: {} }],
    ['a message without an id', { messages: [message(1, { id: undefined })] }],
    ['a message with an empty id', { messages: [message(1, { id: '' })] }],
    ['a message without a time', { messages: [message(1, { created_at: undefined })] }],
    ['a message of a time that is none', { messages: [message(1, { created_at: 'just now' })] }],
    ['a message of a time in no zone', { messages: [message(1, { created_at: '2026-11-23T11:59:30' })] }],
    ['a message of nobody', { messages: [message(1, { is_from_me: undefined })] }],
    ['parts that are no list', { messages: [message(1, { parts: 'audio' })] }],
    ['a part that is nothing', { messages: [message(1, { parts: [null] })] }],
    ['a cursor that is no text', { messages: [message(1)], next_cursor: 7 }],
  ])('from a page of %s', async (_, body) => {
    server.answer = json(200, body);

    expect(await list()).toEqual({ kind: 'no-list', reason: expect.stringContaining('cannot be read'), ours: false });
  });

  test.each<[string, Answer]>([
    ['an empty body', (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end()],
    ['no content', (_, response) => response.writeHead(204).end()],
    ['a page of HTML', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
    [
      'half of it',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"messages":['),
    ],
  ])('from %s', async (_, answer) => {
    server.answer = answer;

    expect(await list()).toMatchObject({ kind: 'no-list', ours: false });
  });

  test('from the pages before one that cannot be read', async () => {
    server.answer = (asked, response) =>
      asked.url.includes('cursor') ? json(200, {})(asked, response) : pages([message(1)], [])(asked, response);

    expect(await list()).toMatchObject({ kind: 'no-list', ours: false });
  });

  test.each([
    [401, 2004, true],
    [403, 2005, true],
    [403, 2011, true],
    [404, 2001, false],
    [422, 1003, false],
    [429, 1007, false],
    [500, 3001, false],
    [500, 5002, false],
    [503, 4004, false],
  ])('from %i/%i; that it is ours to fix: %s', async (status, code, ours) => {
    server.answer = json(status, linqError(status, code));

    const answer = await list();

    expect(answer).toEqual({ kind: 'no-list', reason: expect.stringMatching(/^the chat cannot be listed: ./), ours });
    expect(server.asked).toHaveLength(1);
  });

  test('from a later page that is refused', async () => {
    server.answer = (asked, response) =>
      asked.url.includes('cursor')
        ? json(500, linqError(500, 3001))(asked, response)
        : pages([message(1)], [])(asked, response);

    expect(await list()).toMatchObject({ kind: 'no-list', ours: false });
  });

  test.each([
    ['in seconds', '90', 90_000],
    ['as a date', new Date(NOW_MS + 60_000).toUTCString(), 60_000],
  ])('and what Linq says about waiting is kept, %s', async (_, header, retryAfterMs) => {
    server.answer = json(429, linqError(429, 1007), { 'retry-after': header });

    expect(await list()).toMatchObject({ kind: 'no-list', ours: false, retryAfterMs });
  });

  test('from a redirect, which is not followed', async () => {
    server.answer = (_, response) => response.writeHead(302, { location: '/elsewhere' }).end();

    expect(await list()).toMatchObject({ kind: 'no-list', ours: true });
    expect(server.asked).toHaveLength(1);
  });
});

describe('nothing is concluded, and it is not ours to fix,', () => {
  const within = { timing: { listChatMs: 200 } };

  test('when Linq cannot be reached', async () => {
    const gone = await scriptedHttp();
    await gone.stop();

    expect(await messengerTo(gone.origin).listSent(CHAT, SINCE_MS)).toMatchObject({ kind: 'no-list', ours: false });
  });

  test('when the connection ends before an answer', async () => {
    server.answer = (_, response) => response.destroy();

    expect(await list()).toMatchObject({ kind: 'no-list', ours: false });
  });

  test('when no answer comes in time', async () => {
    server.answer = () => {};

    expect(await messengerTo(server.origin, within).listSent(CHAT, SINCE_MS)).toMatchObject({
      kind: 'no-list',
      ours: false,
    });
  });

  test('when the body of a page stalls, the first or a later one', async () => {
    const stall: Answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"messages":[');
    };
    const messenger = messengerTo(server.origin, within);

    server.answer = stall;
    expect(await messenger.listSent(CHAT, SINCE_MS)).toMatchObject({ kind: 'no-list', ours: false });

    const first = pages([message(1)], []);
    server.answer = (asked, response) => (asked.url.includes('cursor') ? stall : first)(asked, response);
    expect(await messenger.listSent(CHAT, SINCE_MS)).toMatchObject({ kind: 'no-list', ours: false });
  });
});

test('a key that cannot be read at the moment is ours to fix, and nothing is asked', async () => {
  const messenger = messengerTo(server.origin, { keys: new Error('SSM is away') });

  expect(await messenger.listSent(CHAT, SINCE_MS)).toMatchObject({ kind: 'no-list', ours: true });
  expect(server.connections()).toBe(0);
});

test('a key that is absent is ours to fix, and nothing is asked', async () => {
  const messenger = messengerTo(server.origin, { keys: [] });

  expect(await messenger.listSent(CHAT, SINCE_MS)).toMatchObject({ kind: 'no-list', ours: true });
  expect(server.connections()).toBe(0);
});
