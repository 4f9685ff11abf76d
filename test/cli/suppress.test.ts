import http from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KeyValueStore } from '../../functions/core/ports/ports.ts';
import { answerError } from '../../functions/http/errors.ts';
import { suppressionRoutes } from '../../functions/http/suppressions.ts';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { CHAT } from '../fakes/examples.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { running } from './running.ts';

const PERSON = '+12025550147';
const clock = manualClock('2026-11-23T15:04:05.000Z');
const since = '2026-11-23T15:04:05.000Z';

let server: Listening;
let keyValues: KeyValueStore;
let urls: string[];
beforeEach(() => {
  [keyValues, urls] = [memoryKeyValueStore({ clock }), []];
});
/** The API's real routes. */
beforeAll(async () => {
  const current: KeyValueStore = {
    read: (...given) => keyValues.read(...given),
    readAll: (...given) => keyValues.readAll(...given),
    write: (...given) => keyValues.write(...given),
    remove: (...given) => keyValues.remove(...given),
    take: (...given) => keyValues.take(...given),
    join: (...given) => keyValues.join(...given),
  };
  const app = new Hono();
  app.onError(answerError(memoryLog(), 'api'));
  app.use('*', async (c, next) => {
    urls.push(c.req.url);
    await next();
  });
  app.route('/', suppressionRoutes({ keyValues: current, ledger: memoryLedger({ clock }), clock }));
  server = await listen(http.createServer(getRequestListener(app.fetch)), 0);
});
afterAll(() => server.stop());
const run = (...argv: string[]) =>
  running(['suppress', ...argv], {
    environment: { AFTERCALL_URL: server.url, AFTERCALL_API_KEY: 'the-key-of-this-test' },
  });

test('somebody is put on the list by number, is seen on it, and is taken off', async () => {
  const added = await run('add', '--phone', '+1 (202) 555-0147', '--reason', 'asked on the phone');
  expect([added.code, added.out]).toEqual([
    0,
    `${PERSON} is on the suppression list:\n  asked on the phone, since ${since}\n`,
  ]);
  expect((await run('show', '--phone', PERSON)).out).toBe(added.out);
  expect((await run('remove', '--phone', PERSON)).out).toBe(`${PERSON} is not on the suppression list any more\n`);
  expect((await run('remove', '--phone', PERSON)).out).toBe(`${PERSON} is not on the suppression list\n`);
  expect((await run('show', '--phone', PERSON)).out).toBe(`${PERSON} is not on the suppression list\n`);
  expect(urls.filter((url) => url.replaceAll(/\D/g, '').includes('2025550147'))).toEqual([]);
});

test('--json prints what the API answers', async () => {
  const suppressions = [{ by: 'hand', reason: 'by hand', since }];
  expect((await run('add', '--chat', CHAT.toUpperCase(), '--json')).json).toEqual({ suppressed: true, suppressions });
  expect((await run('show', '--chat', CHAT, '--json')).json).toEqual({ suppressed: true, suppressions });
  const removed = { suppressed: false, suppressions: [], removed: suppressions };
  expect((await run('remove', '--chat', CHAT, '--json')).json).toEqual(removed);
});

test('a reason that holds a number is refused, and nothing is written', async () => {
  const { code, err } = await run('add', '--chat', CHAT, '--reason', 'call +1 202 555 0199');
  expect([code, err]).toEqual([1, 'error: reason: must have no telephone number in it\n']);
  expect((await run('show', '--chat', CHAT)).out).toBe(`${CHAT} is not on the suppression list\n`);
});

test.each([
  ['nobody', ['show']],
  ['two of them', ['add', '--chat', CHAT, '--phone', PERSON]],
  ['no number', ['add', '--phone', 'Ann']],
  ['no chat id', ['remove', '--chat', '12']],
  ['a reason to look', ['show', '--chat', CHAT, '--reason', 'because']],
])('%s is a misuse', async (_, argv) => {
  expect((await run(...argv)).code).toBe(2);
  expect(urls).toEqual([]);
});
