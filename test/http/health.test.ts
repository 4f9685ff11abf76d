import { expect, test, vi } from 'vitest';
import { timing } from '../../functions/core/model/timing.ts';
import { cachedHealth, type HealthOptions, healthRoutes } from '../../functions/http/health.ts';
import { memoryAudioStore } from '../fakes/audio-store.memory.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';
import { testApi } from './api.ts';
import { keptLog } from './receiving.ts';

const DEPTHS = { recordings: 1, memos: 2, deadLetters: 0 };
const SHOWN = { recordings: 1, memos: 2, dead_letters: 0 };
const away = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:8000 with the secret of somebody'));
const silent = () => new Promise<never>(() => {});

/** A bridge whose parts answer as given, with the number of requests to each. */
const bridge = (over: Partial<HealthOptions> = {}) => {
  const clock = manualClock();
  const { log, lines } = keptLog();
  const options: HealthOptions = {
    ledger: memoryLedger({ clock }),
    audio: memoryAudioStore(),
    queues: { depths: async () => DEPTHS },
    clock,
    timing: { ...timing(), healthMs: 50 },
    log,
    ...over,
  };
  const looks = [vi.spyOn(options.ledger, 'get'), vi.spyOn(options.audio, 'head'), vi.spyOn(options.queues, 'depths')];
  const app = healthRoutes({ health: cachedHealth(options) });
  const health = async () => {
    const answer = await app.request('/health');
    return { status: answer.status, body: await answer.json(), headers: answer.headers };
  };
  return {
    health,
    clock,
    lines: () => lines.map((line) => JSON.parse(line)),
    asked: () => looks.map((look) => look.mock.calls.length),
  };
};

test('all is up: 200, what is up, and how deep the queues are', async () => {
  const { status, body, headers } = await bridge().health();
  expect([status, body]).toEqual([200, { ok: true, up: { ledger: true, bucket: true, queues: true }, queues: SHOWN }]);
  expect(headers.get('cache-control')).toBe('no-store');
});

test.each([
  ['ledger', { ledger: { get: away } }],
  ['ledger', { ledger: { get: silent } }],
  ['bucket', { audio: { head: away } }],
  ['bucket', { audio: { head: silent } }],
  ['queues', { queues: { depths: away } }],
  ['queues', { queues: { depths: silent } }],
])('a part that is away, or says nothing in time, is named with a 503: the %s', async (part, over) => {
  const { health, lines } = bridge(over);
  const { status, body } = await health();
  const up = { ledger: true, bucket: true, queues: true, [part]: false };
  expect([status, body]).toEqual([503, { ok: false, up, ...(part !== 'queues' && { queues: SHOWN }) }]);
  expect(JSON.stringify(body)).not.toMatch(/secret|ECONNREFUSED|10\.0/);
  expect(lines()).toMatchObject([{ message: 'does not answer', step: 'health', reason: part }]);
});

test.each([{}, { audio: { head: away } }])(
  'however many ask, the cloud is asked once in three seconds: %j',
  async (over) => {
    const { health, clock, asked } = bridge(over);
    await Promise.all(Array.from({ length: 50 }, health));
    clock.advance(2999);
    await health();
    expect(asked()).toEqual([1, 1, 1]);
    clock.advance(1);
    await health();
    expect(asked()).toEqual([2, 2, 2]);
  },
);

test('the API has it behind an open door', async () => {
  const answer = await testApi().app.request('/health');
  expect(await answer.json()).toMatchObject({ ok: true, queues: { recordings: 3, memos: 4, dead_letters: 5 } });
});
