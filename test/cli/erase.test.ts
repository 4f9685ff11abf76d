import http from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import type { Ledger } from '../../functions/core/ports/ports.ts';
import { type EraseOptions, eraseRoutes } from '../../functions/http/erase.ts';
import { memoRoutes } from '../../functions/http/memos.ts';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { running } from './running.ts';

const ID = `m_${'a'.repeat(26)}`;
const BUSY = `m_${'b'.repeat(26)}`;
const row = (id: string): Memo => ({
  v: 1,
  id,
  state: 'sent',
  generation: 0,
  attempts: 1,
  cannotFetch: 0,
  recording: { source: 'twilio', id: 'RE1', media: { kind: 'ask' } },
  history: [],
  createdAt: '2026-11-23T15:04:05.000Z',
  updatedAt: '2026-11-23T15:04:05.000Z',
});

const NOTHING = { memos: [], objects: 0, linqCopies: 0, left: [] };

let server: Listening;
let erased: string[];
let watched: unknown[];
let pages: Memo[][];
let waiting: number;
beforeEach(() => {
  waiting = 0;
  [erased, watched, pages] = [[], [], []];
});
/** The API's real routes with a ledger of a few rows. */
beforeAll(async () => {
  const ledger = {
    get: async (id: string) => (id === ID ? row(id) : undefined),
    list: async (_filter, _limit, next = '0') => {
      const at = Number(next);
      return { memos: pages[at] ?? [], ...(pages[at + 1] && { next: String(at + 1) }) };
    },
  } as Pick<Ledger, 'get' | 'list'> as Ledger; // these routes use no other method
  const erase: EraseOptions['erase'] = async (memos, dryRun) => {
    const gone = memos.filter(({ id }) => id !== BUSY);
    if (!dryRun) erased.push(...gone.map(({ id }) => id));
    const left = memos.filter(({ id }) => id === BUSY).map(({ id }) => ({ memo: id, reason: 'it is being sent' }));
    return memos.length > 0 ? { memos: gone, objects: 2, linqCopies: 1, left } : NOTHING;
  };
  const queues = { depths: async () => ({ recordings: waiting, memos: 7, deadLetters: 0 }) };
  const rememberErasure = async (whom: unknown) => void watched.push(whom);
  const app = new Hono();
  app.route('/', memoRoutes({ ledger } as Parameters<typeof memoRoutes>[0])); // the routes only read rows
  app.route(
    '/',
    eraseRoutes({ ledger, erase, rememberErasure, untilListed: async () => {}, queues, clock: manualClock() }),
  );
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
  expect(out.split('\n')).toEqual([
    `${ID}, sent: recording RE1 of twilio, for no target yet.`,
    '1 memo would be erased (1 sent), with 2 objects; Linq would be asked to delete 1 copy',
    '1 memo is erased (1 sent), with 2 objects; Linq is asked to delete 1 copy',
    '',
  ]);
});

test('--dry-run says what would go, and what could not, of every page, and nothing goes', async () => {
  pages = [[row(ID)], [row(BUSY), { ...row(ID), state: 'failed' }]];
  const { code, out, json } = await run(['--phone', '+12025550147', '--dry-run', '--json']);
  expect([code, erased, watched, out === '']).toEqual([0, [], [], false]);
  expect(json).toEqual({
    dry_run: true,
    says: '2 memos would be erased (1 sent, 1 failed), with 4 objects; Linq would be asked to delete 2 copies; 1 memo would be left',
    counts: { sent: 1, failed: 1 },
    erased: [ID, ID],
    objects: 4,
    linq_copies: 2,
    left: [{ memo: BUSY, reason: 'it is being sent' }],
  });
  expect((await run([ID, '--dry-run'])).out).toBe(
    '1 memo would be erased (1 sent), with 2 objects; Linq would be asked to delete 1 copy\n',
  );
  expect(erased).toEqual([]);
});

test('whom nothing is found of may have messages in the queues: it says how many, and until when', async () => {
  waiting = 3;
  const { code, out } = await run(['--phone', '+12025550147', '--yes']);
  expect([code, watched]).toEqual([0, [{ phone: '+12025550147' }]]);
  const until = new Date(manualClock().nowMs() + 28 * 24 * 60 * 60 * 1000).toISOString();
  expect(out).toBe(
    `no memo matches\n3 messages wait in the queues. Those of the erased memos are dropped when their turn comes, by ${until} at the latest\n`,
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
    err: 'error: erase asks first, and there is no terminal to ask at: add --yes, or --dry-run\n',
  });
  expect(erased).toEqual([]);
  expect((await run([ID, '--yes'])).code).toBe(0);
});

test("a person's memos are erased page by page; what is left is named, and ends it with 1", async () => {
  pages = [[row(ID)], [row(BUSY)]];
  const { code, json } = await run(['--phone', '+1 (202) 555-0147', '--yes', '--json']);
  expect([code, watched]).toEqual([1, [{ phone: '+12025550147' }]]); // a call that arrives between pages is a new call
  expect(json).toEqual({
    dry_run: false,
    says: '1 memo is erased (1 sent), with 4 objects; Linq is asked to delete 2 copies; 1 memo is left',
    counts: { sent: 1 },
    erased: [ID],
    objects: 4,
    linq_copies: 2,
    left: [{ memo: BUSY, reason: 'it is being sent' }],
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
