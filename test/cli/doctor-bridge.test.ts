import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { defineBridge } from '../../functions/config.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { running } from './running.ts';

// What the doctor reports about a bridge, from its `/health` and its memos.

const API_KEY = 'canary-of-the-api-key';
const MINUTE = 60_000;
const QUEUES = { recordings: 2, memos: 1, dead_letters: 0 };
const UP = { ledger: true, bucket: true, queues: true };

let api: ScriptedHttp;
let health: { status: number; body: unknown };
let memos: Record<string, { created_at: string; due_at?: string }[]>;
let asked: string[];
let apiIsAway: boolean;
beforeAll(async () => {
  api = await scriptedHttp((request, response) => {
    const url = new URL(request.url, 'http://bridge');
    asked.push(url.pathname);
    if (url.pathname === '/health') return json(health.status, health.body)(request, response);
    if (apiIsAway)
      return json(503, { error: { code: 'unavailable', message: 'something of ours' } })(request, response);
    return json(200, { memos: memos[url.searchParams.get('state') ?? ''] ?? [] })(request, response);
  });
});
afterAll(() => api.stop());
beforeEach(() => {
  health = { status: 200, body: { ok: true, up: UP, queues: QUEUES } };
  memos = {};
  asked = [];
  apiIsAway = false;
});

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const checks = async (...argv: string[]) => {
  const environment = { PORT: String(api.port), AFTERCALL_DATA: '/nowhere/at/all', AFTERCALL_API_KEY: API_KEY };
  const bridge = async () => defineBridge({ sources: {}, routes: [] });
  const { json: told } = await running(['doctor', '--json', ...argv], { environment, bridge });
  const all = told.checks as { area: string; what: string; state: string; says: string; fix?: string }[];
  const found = all.filter(({ area }) => area === 'bridge');
  return { well: found.every(({ state }) => state !== 'fault'), checks: found };
};

test('what answers is named, and how much the queues hold', async () => {
  const { well, checks: found } = await checks();
  expect(well).toBe(true);
  expect(found.map(({ what, state, says }) => [what, state, says])).toEqual([
    [api.origin, 'ok', 'answers'],
    ['ledger', 'ok', 'DynamoDB answers'],
    ['bucket', 'ok', 'S3 answers'],
    ['queues', 'ok', 'SQS answers'],
    ['queues', 'note', 'hold 2 recordings and 1 memos'],
    ['API key', 'ok', 'is accepted'],
  ]);
});

test('each part that is down is a fault with its fix, and the API is asked for nothing that it cannot know', async () => {
  health = { status: 503, body: { ok: false, up: { ledger: false, bucket: true, queues: false } } };
  const { checks: found } = await checks();
  expect(found.filter(({ state }) => state === 'fault')).toEqual([
    {
      ...{ area: 'bridge', what: 'ledger', state: 'fault', says: 'DynamoDB does not answer the bridge' },
      fix: 'stop npm start and run it again',
    },
    {
      ...{ area: 'bridge', what: 'queues', state: 'fault', says: 'SQS does not answer the bridge' },
      fix: 'stop npm start and run it again',
    },
  ]);
  expect(new Set(asked)).toEqual(new Set(['/health', '/status']));
});

test.each([
  [1, 'one waits for tend, which marks their memos failed or parked'],
  [7, '7 wait for tend, which marks their memos failed or parked'],
])('%i dead letters are a warning that says where they appear', async (deadLetters, says) => {
  health.body = { ok: true, up: UP, queues: { ...QUEUES, dead_letters: deadLetters } };
  const { well, checks: found } = await checks();
  expect(well).toBe(true);
  const fix = 'npx aftercall memos --state failed shows them in a moment, each with what to do';
  expect(found).toContainEqual({ area: 'bridge', what: 'dead letters', state: 'warning', says, fix });
});

test('what is on its way is counted, with the oldest; what nobody has tried for long is a warning', async () => {
  memos = {
    received: [{ created_at: ago(3 * MINUTE), due_at: ago(MINUTE) }],
    stored: [
      { created_at: ago(5 * MINUTE), due_at: ago(-60 * MINUTE) },
      { created_at: ago(200 * MINUTE), due_at: ago(45 * MINUTE) },
    ],
  };
  const { checks: found } = await checks();
  expect(found.filter(({ what }) => what === 'memos')).toEqual([
    { area: 'bridge', what: 'memos', state: 'note', says: '3 on their way, the oldest for 3 hours' },
    {
      ...{ area: 'bridge', what: 'memos', state: 'warning' },
      says: '1 stored, overdue by more than 30 minutes',
      fix: 'npx aftercall memos --state stored; read the log of send',
    },
  ]);
});

test('a page that is full is not taken for all', async () => {
  memos = { stored: Array.from({ length: 100 }, () => ({ created_at: ago(MINUTE) })) };
  const { checks: found } = await checks();
  expect(found).toContainEqual(
    expect.objectContaining({ says: '100 or more on their way, the oldest seen for one minute' }),
  );
});

test('an earlier bridge, whose health says less, is well', async () => {
  health.body = { ok: true };
  const { well, checks: found } = await checks();
  expect([well, found.map(({ what }) => what)]).toEqual([true, [api.origin, 'API key']]);
});

test('what answers otherwise is no bridge', async () => {
  health = { status: 200, body: { hello: 'world' } };
  expect((await checks()).checks).toMatchObject([{ state: 'fault', says: 'answers 200, but is no Aftercall bridge' }]);
});

test('an API that does not answer is not taken for a wrong key', async () => {
  apiIsAway = true;
  const faults = (await checks()).checks.filter(({ state }) => state === 'fault');
  expect(faults).toEqual([
    { area: 'bridge', what: 'API', state: 'fault', says: 'something of ours', fix: "read the log of 'api'" },
  ]);
});
