import http from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Notes } from '../../functions/core/ports/ports.ts';
import { answerError } from '../../functions/http/errors.ts';
import { stopRoutes } from '../../functions/http/suppressions.ts';
import { type Listening, listen } from '../../local/cloud/emulators/listen.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { CHAT } from '../fakes/examples.ts';
import { memoryNotes } from '../fakes/key-value-store.memory.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { running } from './running.ts';

const PERSON = '+12025550147';
const clock = manualClock('2026-11-23T15:04:05.000Z');
const since = '2026-11-23T15:04:05.000Z';

let server: Listening;
let notes: Notes;
let urls: string[];
beforeEach(() => {
  [notes, urls] = [memoryNotes({ clock }), []];
});
/** The API's own routes. */
beforeAll(async () => {
  const current: Notes = {
    read: (...given) => notes.read(...given),
    readAll: (...given) => notes.readAll(...given),
    write: (...given) => notes.write(...given),
    remove: (...given) => notes.remove(...given),
    take: (...given) => notes.take(...given),
    join: (...given) => notes.join(...given),
  };
  const app = new Hono();
  app.onError(answerError(memoryLog(), 'api'));
  app.use('*', async (c, next) => {
    urls.push(c.req.url);
    await next();
  });
  app.route('/', stopRoutes({ notes: current, clock }));
  server = await listen(http.createServer(getRequestListener(app.fetch)), 0);
});
afterAll(() => server.stop());
const run = (...argv: string[]) =>
  running(['stop', ...argv], {
    environment: { AFTERCALL_URL: server.url, AFTERCALL_API_KEY: 'the-key-of-this-test' },
  });

test('somebody is put on the list by number, is seen on it, and is taken off', async () => {
  const added = await run('add', '--phone', '+1 (202) 555-0147', '--why', 'asked on the phone');
  expect([added.code, added.out]).toEqual([
    0,
    `${PERSON} is on the stop list:\n  asked on the phone, since ${since}\n`,
  ]);
  expect((await run('show', '--phone', PERSON)).out).toBe(added.out);
  expect((await run('remove', '--phone', PERSON)).out).toBe(`${PERSON} is off the stop list\n`);
  expect((await run('remove', '--phone', PERSON)).out).toBe(`${PERSON} is not on the stop list\n`);
  expect((await run('show', '--phone', PERSON)).out).toBe(`${PERSON} is not on the stop list\n`);
  expect(urls.filter((url) => url.replaceAll(/\D/g, '').includes('2025550147'))).toEqual([]);
});

test('--json prints what the API answers', async () => {
  const stops = [{ by: 'hand', why: 'by hand', since }];
  expect((await run('add', '--chat', CHAT.toUpperCase(), '--json')).json).toEqual({ stopped: true, stops });
  expect((await run('show', '--chat', CHAT, '--json')).json).toEqual({ stopped: true, stops });
  const removed = { stopped: false, stops: [], removed: stops };
  expect((await run('remove', '--chat', CHAT, '--json')).json).toEqual(removed);
});

test('a reason that holds a number is refused, and nothing is written', async () => {
  const { code, err } = await run('add', '--chat', CHAT, '--why', 'call +1 202 555 0199');
  expect([code, err]).toEqual([1, 'error: why: must have no telephone number in it\n']);
  expect((await run('show', '--chat', CHAT)).out).toBe(`${CHAT} is not on the stop list\n`);
});

test.each([
  ['nobody', ['show']],
  ['two of them', ['add', '--chat', CHAT, '--phone', PERSON]],
  ['no number', ['add', '--phone', 'Ann']],
  ['no chat id', ['remove', '--chat', '12']],
  ['a reason to look', ['show', '--chat', CHAT, '--why', 'because']],
])('%s is a misuse', async (_, argv) => {
  expect((await run(...argv)).code).toBe(2);
  expect(urls).toEqual([]);
});
