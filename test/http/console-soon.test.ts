import { expect, test } from 'vitest';
import { pageFiles } from '../../functions/adapters/page-files.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { KEY, signedIn, testApi } from './api.ts';
import { aMemo } from './memo.ts';

// How old a cause may be before it is seen, by the page's own intervals, on a clock that the test moves.

const BOUND_MS = 5000;
const POLL_MS = Number(/const POLL_MS = (\d+);/.exec(Buffer.from(pageFiles().script).toString())?.[1]);
/** When the trouble begins, after the page has been opened. */
const BEGINNINGS = Array.from({ length: 20 }, (_, index) => 1 + index * 250);

const openPage = async () => {
  const memos: Memo[] = [aMemo()];
  const clock = manualClock();
  const page = await signedIn({ memos, clock });
  await page.see('/');
  return { memos, clock, page };
};

/** Polls as the page's script does. @returns when a poll showed the words, after the page was opened */
const firstPollThatShows = async (
  words: string,
  clock: ManualClock,
  begins: number,
  page: { text(path: string): Promise<string> },
  begin: () => unknown,
): Promise<number> => {
  for (let now = POLL_MS, begun = false; now < begins + 4 * BOUND_MS; now += POLL_MS) {
    const untilBegin = begins - (now - POLL_MS);
    if (!begun && untilBegin <= POLL_MS) {
      clock.advance(untilBegin);
      await begin();
      clock.advance(POLL_MS - untilBegin);
      begun = true;
    } else clock.advance(POLL_MS);
    if ((await page.text('/?fragment=1')).includes(words)) return now;
  }
  return Number.POSITIVE_INFINITY;
};

test('the page polls', () => expect(POLL_MS).toBeGreaterThan(0));

test('whenever a memo begins to wait, the page names the cause within five seconds', async () => {
  for (const begins of BEGINNINGS) {
    const { memos, clock, page } = await openPage();
    const at = await firstPollThatShows('<h2>Linq refuses our key', clock, begins, page, () => {
      memos.push(aMemo({ id: `m_${'b'.repeat(26)}`, state: 'stored', reason: 'Linq refuses our key' }));
    });
    expect(at - begins, `begun after ${begins} ms`).toBeLessThanOrEqual(BOUND_MS);
  }
});

test('whenever a webhook is refused, the page names the source and the reason within five seconds', async () => {
  for (const begins of BEGINNINGS) {
    const { clock, page } = await openPage();
    const at = await firstPollThatShows('1 refused since', clock, begins, page, () =>
      recordTrace(page.keyValues)({
        v: 2,
        trace: {
          id: 't',
          count: 1,
          at: clock.iso(),
          source: 'twilio',
          outcome: 'refused',
          reason: 'x-twilio-signature does not match',
        },
      }),
    );
    expect(at - begins, `begun after ${begins} ms`).toBeLessThanOrEqual(BOUND_MS);
  }
});

test.each(['/status', '/sources', '/health'])(
  '%s, which the doctor asks, is never older than five seconds',
  async (path) => {
    const memos: Memo[] = [];
    const clock = manualClock();
    const page = testApi({
      memos,
      clock,
      depths: async () => ({ recordings: memos.length, memos: 0, deadLetters: 0 }),
    });
    const ask = async () => (await page.app.request(path, { headers: { authorization: `Bearer ${KEY}` } })).text();
    const before = await ask();
    memos.push(aMemo({ state: 'stored', reason: 'Linq refuses our key', createdAt: clock.iso() }));
    clock.advance(BOUND_MS);
    expect(await ask()).not.toBe(before);
  },
);
