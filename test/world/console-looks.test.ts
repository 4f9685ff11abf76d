import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  flawsIn,
  hasChromium,
  launchChromium,
  type PageOptions,
  PHONE,
  unreachable,
  withPage as withPageOf,
} from '../browser.ts';
import { API_KEY, json, until } from '../world.ts';
import { fillPage, weightOf } from './full-page.ts';
import { type InspectedWorld, startInspectedWorld } from './inspect-world.ts';

// Each page with full lists, in a real browser: what it weighs, how it looks, and whether a keyboard reaches everything.

const DARK = { colorScheme: 'dark' } as const;
const LOOKS = [
  ['light', {}],
  ['dark', DARK],
  ['on a phone', PHONE],
  ['on a dark phone', { ...PHONE, ...DARK }],
] as const;
const OVER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const NOT_THERE = '/s/twilio/events/none';
const NOT_FOUND = /status of 404/;

let it: InspectedWorld;
let browser: Browser;
let paths: string[];
const withPage = (use: (page: Page) => Promise<void>, options: PageOptions = {}) =>
  withPageOf(browser, { url: it.world.url, key: API_KEY }, use, options);
const memosOf = async (query: string) =>
  (await json<{ memos: { id: string }[] }>(await it.world.api(`/memos?${query}`))).memos.map(({ id }) => id);

describe.skipIf(!hasChromium)('each page with full lists', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    it = await startInspectedWorld(true);
    await fillPage(it.world);
    browser = await launchChromium();
    const event = await until(async () => (await it.events('twilio')).find((each) => each.has_payload));
    const [delivered] = await memosOf('state=delivered');
    const [failed] = await memosOf('state=failed');
    paths = [
      '/',
      '/s/twilio',
      '/s/zoom-phone',
      `/s/twilio/events/${event?.id}`,
      '/replay',
      '/replay?state=delivered',
      `/m/${delivered}`,
      `/m/${failed}`,
      `/m/${delivered}/replay?force=true`,
      `/m/${delivered}/erase`,
    ];
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await it?.stop();
  });

  test('weighs less than 60 kB as it is sent, with its styles and its script, and less than 60 kB unpacked without them', () =>
    withPage(async (page) => {
      for (const path of paths) {
        const { sent, html } = await weightOf(page, path);
        expect(Math.max(sent, html), `${path}: ${sent} bytes are sent, and the HTML has ${html}`).toBeLessThan(60_000);
      }
    }));

  test('shows a webhook of the source that comes while its page is open, and what becomes of it, without a reload', () =>
    withPage(async (page) => {
      await page.goto('/s/standard-webhooks');
      await page.evaluate('window.before = true');
      const memo = await it.call({});
      const event = page.locator(`[id="event-${memo}"]`);
      await event.getByText('accepted').waitFor();
      await event.getByRole('link', { name: 'memo, sent' }).waitFor({ timeout: 40_000 });
      await it.refused('standard-webhooks', 'nobody has signed this');
      await page.locator('.events .refused').filter({ hasText: 'refused' }).nth(1).waitFor();
      await until(async () => (await page.locator('#news').textContent())?.includes('refused') || undefined);
      expect(await page.locator('#news').textContent()).toContain('A webhook was refused.');
      expect(await page.evaluate('window.before')).toBe(true);
    }));

  test.for(LOOKS)('shows no fault to axe-core, %s, and nothing runs over its edge', ([, options]) =>
    withPage(
      async (page) => {
        const flaws: string[] = [];
        for (const path of [...paths.filter((each) => !/replay.force|erase/.test(each)), NOT_THERE]) {
          await page.goto(path);
          const over = await page.evaluate<number>(OVER);
          if (over > 0) flaws.push(`${path} runs over its edge by ${over} px`);
          flaws.push(...(await flawsIn(page, ['minor', 'moderate', 'serious', 'critical'])));
        }
        expect(flaws).toEqual([]);
      },
      { reducedMotion: 'reduce', allowed: NOT_FOUND, ...options },
    ),
  );

  test('lets a keyboard reach every control, with a focus that can be seen', () =>
    withPage(
      async (page) => {
        const faults: string[] = [];
        for (const path of [...paths, NOT_THERE]) {
          await page.goto(path);
          faults.push(...(await unreachable(page)).map((fault) => `${path}: ${fault}`));
        }
        expect(faults).toEqual([]);
      },
      { allowed: NOT_FOUND },
    ));
});
