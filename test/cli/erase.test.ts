import http from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/memo.ts';
import type { Ledger } from '../../functions/core/ports.ts';
import { type EraseOptions, eraseRoutes } from '../../functions/http/erase.ts';
import { memoRoutes } from '../../functions/http/memos.ts';
import { type Listening, listen } from '../../local/emulators/listen.ts';
import { running } from './running.ts';

const ID = `m_${'a'.repeat(26)}`;
const BUSY = `m_${'b'.repeat(26)}`;
const row = (id: string): Memo => ({
  v: 1,
  id,
  state: 'sent',
  turn: 0,
  attempts: 1,
  cannotFetch: 0,
  recording: { source: 'twilio', id: 'RE1', media: { kind: 'ask' } },
  history: [],
  createdAt: '2026-11-23T15:04:05.000Z',
  updatedAt: '2026-11-23T15:04:05.000Z',
});

let server: Listening;
let erased: string[];
let watched: unknown[];
let pages: Memo[][];
beforeEach(() => {
  [erased, watched, pages] = [[], [], []];
});
/** The API's own routes before a ledger of a few rows. */
beforeAll(async () => {
  const ledger = {
    get: async (id: string) => (id === ID ? row(id) : undefined),
    list: async (_filter, _limit, next = '0') => {
      const at = Number(next);
      return { memos: pages[at] ?? [], ...(pages[at + 1] && { next: String(at + 1) }) };
    },
  } as Pick<Ledger, 'get' | 'list'> as Ledger; // these routes ask for no more
  const erase: EraseOptions['erase'] = async (memos) => {
    const ids = memos.map(({ id }) => id);
    erased.push(...ids.filter((id) => id !== BUSY));
    const left = ids.filter((id) => id === BUSY).map((memo) => ({ memo, why: 'it is being sent at this moment' }));
    return { memos: ids.filter((id) => id !== BUSY), objects: 2, linqCopies: 1, left };
  };
  const app = new Hono();
  app.route('/', memoRoutes({ ledger } as Parameters<typeof memoRoutes>[0])); // only rows are read
  app.route('/', eraseRoutes({ ledger, erase, watchFor: async (whom) => void watched.push(whom) }));
  server = await listen(http.createServer(getRequestListener(app.fetch)), 0);
});
afterAll(() => server.stop());
const run = (argv: string[], typed?: string[]) =>
  running(['erase', ...argv], {
    environment: { AFTERCALL_URL: server.url, AFTERCALL_API_KEY: 'the-key-of-this-test' },
    ...(typed && { typed }),
  });

test('one memo is erased after a yes, and it says what of it is gone', async () => {
  const { code, out } = await run([ID], ['y']);
  expect([code, erased]).toEqual([0, [ID]]);
  expect(out).toBe(
    `${ID}, sent: recording RE1 of twilio, for nowhere yet.\nerased: 1 memo and 2 objects; Linq deletes 1 copy\n`,
  );
});

test.each([['n'], [''], ['please']])('"%s" erases nothing', async (answer) => {
  const { code, err } = await run([ID], [answer]);
  expect([code, erased]).toEqual([1, []]);
  expect(err).toContain('error: nothing was erased\n');
});

test('where nobody can be asked it takes --yes, else it is a misuse', async () => {
  expect(await run([ID])).toMatchObject({
    code: 2,
    err: 'error: erase asks at a terminal; elsewhere it takes --yes\n',
  });
  expect(erased).toEqual([]);
  expect((await run([ID, '--yes'])).code).toBe(0);
});

test("a person's memos are erased page by page; what is left is named, and ends it with 1", async () => {
  pages = [[row(ID)], [row(BUSY)]];
  const { code, json } = await run(['--phone', '+1 (202) 555-0147', '--yes', '--json']);
  expect([code, watched]).toEqual([1, [{ phone: '+12025550147' }, { phone: '+12025550147' }]]);
  expect(json).toEqual({
    erased: [ID],
    objects: 4,
    linq_copies: 2,
    left: [{ memo: BUSY, why: 'it is being sent at this moment' }],
  });
});

test.each([
  ['nothing', []],
  ['two things', [ID, '--call', 'c']],
  ['no memo id', ['m_1', '--yes']],
  ['no number', ['--phone', 'Ann', '--yes']],
])('%s to erase is a misuse', async (_, argv) => {
  expect((await run(argv, ['y'])).code).toBe(2);
  expect(erased).toEqual([]);
});
