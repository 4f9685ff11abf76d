import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { urlOf } from '../../local/cloud/cloud-file.ts';
import { hasChromium, launchChromium, type PageOptions, seriousFlaws, withPage as withPageOf } from '../browser.ts';
import { API_KEY, standardWebhook, startWorld, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

// The page in a real browser during a whole call, with the sandbox as Linq, which also sends receipts.

let world: World;
let browser: Browser;

const call = async (recording_url: string, chat_id: string = randomUUID()): Promise<string> => {
  const recording = { id: `rec_${randomUUID()}`, recording_url, chat_id };
  const signed = standardWebhook(world.secrets.standardWebhooks, recording);
  const { body } = await world.post('/hooks/standard-webhooks', signed);
  return String((body.memos as string[])[0]); // a cast: the hook's documented answer
};

/** A recording that its host holds back until `release`. */
const held = () => {
  const waiting: ServerResponse[] = [];
  let open = false;
  const answer = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav(1));
  const url = world.media.serve((_request, response) => (open ? answer(response) : waiting.push(response)));
  return {
    url,
    release: () => {
      open = true;
      waiting.forEach(answer);
    },
  };
};

const withPage = (use: (page: Page) => Promise<void>, options: PageOptions = {}) =>
  withPageOf(browser, { url: world.url, key: API_KEY }, use, options);
const row = (page: Page, id: string) => page.locator(`tr[id="${id}"]`);
const since = (began: number) => Math.round(performance.now() - began);

describe.skipIf(!hasChromium)('the page while a call goes its way', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    recordOutput();
    world = await startWorld({ LINQ_API_V3_API_KEY: '', LINQ_API_V3_BASE_URL: '' });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
    vi.restoreAllMocks();
  });

  test.for(['light', 'dark'] as const)(
    'a webhook that comes while it is open appears and turns to delivered, without a reload (%s)',
    (colorScheme, { annotate }) =>
      withPage(
        async (page) => {
          await page.evaluate('window.before = true');
          const took: number[] = [];
          for (let calls = 0; calls < 5; calls += 1) {
            await page.waitForTimeout(470 * calls); // each call comes at another moment of the page's waiting
            const began = performance.now();
            const id = await call(world.media.serve(wav(1)));
            await row(page, id).getByText('delivered').waitFor();
            took.push(since(began));
          }
          await annotate(`from the webhook to "delivered" on the page: ${took.join(', ')} ms`);
          expect(await page.evaluate('window.before')).toBe(true);
          await until(async () => (await page.locator('#news').textContent())?.includes('is delivered') || undefined);
          expect(await page.locator('#news').textContent()).toContain('A memo from standard-webhooks is delivered');
          expect(await seriousFlaws(page)).toEqual([]);
        },
        { colorScheme },
      ),
  );

  test('a memo’s own page turns to delivered, and to read when its chat is opened, without a reload', ({ annotate }) =>
    withPage(async (page) => {
      const [recording, chat] = [held(), randomUUID()];
      const id = await call(recording.url, chat);
      await world.reaches(id, 'received');
      await page.goto(`/m/${id}`);
      await page.locator('h1').getByText('received').waitFor();
      await page.evaluate('window.before = true');

      const released = performance.now();
      recording.release();
      await page.locator('h1').getByText('delivered').waitFor();
      const delivered = since(released);
      await page.getByRole('button', { name: 'Listen' }).waitFor();
      await world.reaches(id, 'delivered');
      const opened = performance.now();
      await fetch(`${urlOf(world.cloud.cloud, 'sandbox')}/sandbox/${chat}`);
      await page.locator('h1').getByText('read').waitFor();
      const read = since(opened);

      await annotate(`a memo's page: delivered after ${delivered} ms, read after ${read} ms`);
      expect(await page.evaluate('window.before')).toBe(true);
      expect(await page.locator('#story').textContent()).toMatch(/delivered[\s\S]*read/);
      expect(await seriousFlaws(page)).toEqual([]);
    }));

  test('it looks every half second while something is on its way, and every one and a half where nothing is or nobody answers', () =>
    withPage(
      async (page) => {
        const wait = () => page.evaluate<number>('window.waits.at(-1)');
        const waits = (ms: number) => until(async () => ((await wait()) === ms ? ms : undefined), 10_000);
        const recording = held();
        const id = await call(recording.url);
        await row(page, id).getByText('received').waitFor();
        expect(await waits(500)).toBe(500);

        // While the server is away, the page does not ask it any sooner because of the memo in progress.
        await page.route('**/*fragment=1', (route) => route.fulfill({ status: 204 }));
        expect(await waits(1500)).toBe(1500);
        await page.unroute('**/*fragment=1');
        expect(await waits(500)).toBe(500);

        recording.release();
        await row(page, id).getByText('delivered').waitFor();
        expect(await waits(1500)).toBe(1500);
      },
      {
        before: `window.waits = []; const set = window.setTimeout;
          window.setTimeout = (run, ms, ...more) => { if (ms >= 500) window.waits.push(ms); return set(run, ms, ...more); };`,
      },
    ));
});
