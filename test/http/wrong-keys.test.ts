import { describe, expect, test } from 'vitest';
import { wrongKeys } from '../../functions/http/wrong-keys.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { KEY, KEYS, testApi } from './api.ts';

const ask = (app: ReturnType<typeof testApi>['app'], key: string | undefined) =>
  app.request('/memos', key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });

describe('a wrong key', () => {
  test('waits twice as long as the one before, up to two seconds, for its answer', async () => {
    const { app, paused, lines } = testApi();
    for (const guess of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) expect((await ask(app, guess)).status).toBe(401);
    expect(paused).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
    expect(lines.filter((line) => line.includes('wrong-key'))).toHaveLength(7);
    expect(lines.join()).not.toContain('"a"');
  });

  test('at the sign-in counts with those of the API', async () => {
    const { signIn, paused, app } = testApi();
    expect((await signIn('wrong')).status).toBe(401);
    expect((await ask(app, 'wrong')).status).toBe(401);
    expect(paused).toEqual([100, 200]);
  });

  test('keeps nobody with the right one waiting, in the header or at the sign-in', async () => {
    const { app, paused } = testApi();
    const page = testApi();
    for (let guesses = 0; guesses < 30; guesses += 1) {
      await ask(app, `guess-${guesses}`);
      await page.signIn(`guess-${guesses}`);
    }
    const before = [paused.length, page.paused.length];

    for (const key of KEYS) expect((await ask(app, key)).status).toBe(200);
    expect((await page.signIn(KEY)).status).toBe(303);
    expect((await page.see('/')).status).toBe(200);
    expect([paused.length, page.paused.length]).toEqual(before);
  });

  test('is none where there is no key at all', async () => {
    const { app, paused } = testApi();
    expect((await ask(app, undefined)).status).toBe(401);
    expect(paused).toEqual([]);
  });
});

describe('the waiting', () => {
  const world = (pause: (ms: number) => Promise<void>) => {
    const clock = manualClock();
    return { clock, wrongKey: wrongKeys({ clock, log: memoryLog(), pause }) };
  };

  test('begins anew after a minute without a wrong key', async () => {
    const paused: number[] = [];
    const { clock, wrongKey } = world(async (ms) => void paused.push(ms));
    await wrongKey('sign-in');
    await wrongKey('sign-in');
    clock.advance(60_001);
    await wrongKey('sign-in');
    expect(paused).toEqual([100, 200, 100]);
  });

  test('holds fifty at a time, and no more of our memory', async () => {
    const held: (() => void)[] = [];
    const { wrongKey } = world(() => new Promise<void>((resolve) => held.push(resolve)));
    const guesses = Array.from({ length: 1000 }, () => wrongKey('sign-in'));
    expect(held).toHaveLength(50);
    await Promise.all(guesses.slice(50)); // answered at once
    for (const end of held) end();
    await Promise.all(guesses);
  });
});
