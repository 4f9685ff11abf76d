import { describe, expect, test } from 'vitest';
import { AUDIO, DONE, sendStep } from '../../fakes/send-step.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LINQ = { kind: 'not-now', waitsFor: 'linq', reason: 'Linq asks us to slow down' } as const;
const LINE = { kind: 'not-now', waitsFor: 'line', reason: 'the line may not send at the moment' } as const;
const OURS = { kind: 'our-fault', reason: 'Linq refuses our key' } as const;
const FETCH = { kind: 'cannot-fetch', reason: 'Linq could not fetch our URL' } as const;

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('not now', () => {
  test.each([
    ["Linq's trouble", LINQ, 2 * HOUR],
    ["the line's trouble", LINE, 24 * HOUR],
  ])('is given up when it has gone on too long: %s', async (_, answer, patienceMs) => {
    const { keepDelivering, memo } = await sendStep({ answers: times(200, answer) });
    const waitedMs = await keepDelivering();
    expect(waitedMs).toBeGreaterThan(patienceMs);
    expect(waitedMs).toBeLessThanOrEqual(patienceMs + 15 * MINUTE);
    expect(await memo()).toMatchObject({ state: 'failed', reason: answer.reason });
  });

  test("has the line's waitsFor once the line was the trouble: a moment of Linq's does not end it", async () => {
    const { keepDelivering, memo } = await sendStep({ answers: [LINE, ...times(200, LINQ)] });
    expect(await keepDelivering()).toBeGreaterThan(24 * HOUR);
    expect(await memo()).toMatchObject({ state: 'failed' });
  });

  test('that asks for hours (a daily allowance) has a day, and is asked when the hours are over', async () => {
    const daily = { ...LINQ, retryAfterMs: 10 * HOUR };
    const { deliver, keepDelivering, memo, clock } = await sendStep({ answers: [daily, daily, DONE] });
    expect(await deliver()).toMatchObject({ kind: 'later', delayMs: 10 * HOUR });
    clock.advance(10 * HOUR);
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 3 });
  });

  test('is not given up for time in which nobody could try: a closed laptop wakes to a first failure', async () => {
    const { deliver, keepDelivering, memo, clock } = await sendStep({ answers: [...times(3, LINQ), DONE] });
    await deliver();
    clock.advance(25 * HOUR);
    expect(await deliver({ receives: 2 })).toMatchObject({ kind: 'later' });
    clock.advance(9 * HOUR);
    expect(await deliver({ receives: 3 })).toMatchObject({ kind: 'later' });
    await keepDelivering();
    expect(await memo()).toMatchObject({ state: 'sent' });
  });

  test('is sent as soon as Linq takes it, without a trace of the waiting', async () => {
    const { deliver, memo, messenger } = await sendStep({ answers: [LINQ, OURS, LINE, DONE] });
    for (let tries = 1; tries <= 4; tries += 1) await deliver();
    expect(messenger.posts).toHaveLength(4);
    const row = await memo();
    expect(row).toMatchObject({ state: 'sent', attempts: 4 });
    expect(row).not.toHaveProperty('waitingSince');
    expect(row).not.toHaveProperty('waitingFor');
    expect(row).not.toHaveProperty('ownFaultSince');
    expect(row).not.toHaveProperty('reason');
  });

  test('is presigned anew for every try', async () => {
    const { deliver, messenger, audio } = await sendStep({ answers: [LINQ, DONE] });
    let minted = 0;
    audio.presignGet = async () => `https://bucket.example/${++minted}`;
    await deliver();
    await deliver();
    expect(messenger.posts.map(({ memo }) => memo)).toEqual([
      { url: 'https://bucket.example/1' },
      { url: 'https://bucket.example/2' },
    ]);
  });

  test('comes back at growing distances, for an upload as for a POST', async () => {
    const delays = async (script: Parameters<typeof sendStep>[0]) => {
      const { deliver } = await sendStep(script);
      const seen = [];
      for (const receives of [1, 2, 3, 4]) {
        const verdict = await deliver({ receives });
        seen.push(verdict.kind === 'later' && verdict.delayMs);
      }
      return seen;
    };
    const growing = [5000, 10_000, 20_000, 40_000];
    expect(await delays({ answers: times(4, LINQ) })).toEqual(growing);
    const uploads = Array.from({ length: 4 }, () => ({ kind: 'not-now', waitsFor: 'linq', reason: 'slow' }) as const);
    expect(await delays({ delivery: 'attachment', uploads })).toEqual(growing);
  });
});

describe('our fault', () => {
  test('is never given up, and is tried every minute', async () => {
    const { deliver, memo, clock } = await sendStep({ answers: [...times(20, OURS), DONE] });
    for (let day = 0; day < 20; day += 1) {
      expect(await deliver({ receives: day })).toMatchObject({ kind: 'later', delayMs: 50_000 });
      clock.advance(24 * HOUR);
    }
    await deliver();
    expect(await memo()).toMatchObject({ state: 'sent' });
  });

  test("does not count as Linq's: what waits for Linq afterwards has its whole waitsFor", async () => {
    const { deliver, keepDelivering, memo } = await sendStep({ answers: [LINQ, OURS, ...times(60, LINQ)] });
    await deliver();
    await deliver();
    expect(await memo()).toMatchObject({ waitingFor: 'us' });
    expect(await memo()).not.toHaveProperty('waitingSince');
    expect(await keepDelivering()).toBeGreaterThan(2 * HOUR);
  });
});

describe('a URL that Linq cannot fetch', () => {
  test('is tried once more with a fresh one, then the audio goes up as an attachment', async () => {
    const { deliver, memo, messenger } = await sendStep({ answers: [FETCH, FETCH, DONE] });
    for (let delivery = 1; delivery <= 3; delivery += 1) await deliver();
    const routes = messenger.posts.map(({ memo }) => ('url' in memo ? 'url' : memo.attachmentId));
    expect(routes).toEqual(['url', 'url', 'attachment-1']);
    expect(messenger.uploaded).toEqual([AUDIO]);
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 3 });
  });

  test.each(['url', 'attachment'] as const)(
    'is the end where it is an attachment: delivery by %s',
    async (delivery) => {
      const { deliver, memo, messenger } = await sendStep({ delivery, answers: times(4, FETCH) });
      for (let times = 1; times <= 4; times += 1) await deliver();
      expect(await memo()).toMatchObject({ state: 'failed', reason: FETCH.reason });
      expect(messenger.posts).toHaveLength(delivery === 'url' ? 3 : 1);
    },
  );
});

describe('an attachment that Linq has', () => {
  test('is not uploaded again when the memo is tried again', async () => {
    const notReady = { kind: 'not-now', waitsFor: 'linq', reason: 'the attachment is not ready yet' } as const;
    const { deliver, memo, messenger } = await sendStep({
      delivery: 'attachment',
      answers: [notReady, notReady, DONE],
    });
    for (let delivery = 1; delivery <= 3; delivery += 1) await deliver();
    expect(messenger.uploaded).toEqual([AUDIO]);
    expect(messenger.posts.map(({ memo }) => memo)).toEqual(times(3, { attachmentId: 'attachment-1' }));
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 3 });
  });
});
