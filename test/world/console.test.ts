import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fillDays } from '../../local/sample/fill-days.ts';
import { readCall } from '../audio/fitting.ts';
import { hasChromium, launchChromium, PHONE, seriousFlaws, tabTo, withPage as withPageOf } from '../browser.ts';
import { standardWebhook, startWorld, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

// The page in a real browser, against the real functions.

let world: World;
let browser: Browser;
const key = () => process.env.AFTERCALL_API_KEY ?? '';

/** Sends one call's webhook; returns the memo's id. */
const call = async (more: Record<string, unknown> = {}): Promise<string> => {
  const recording = {
    id: `rec_${randomUUID()}`,
    recording_url: world.media.serve(wav(1)),
    from: '+14155550101',
    ...more,
  };
  const { body } = await world.post(
    '/hooks/standard-webhooks',
    standardWebhook(world.secrets.standardWebhooks, recording),
  );
  return String((body.memos as string[])[0]); // a cast: the hook's documented answer
};
const sent = async (more: Record<string, unknown> = {}): Promise<string> => {
  const id = await call({ chat_id: randomUUID(), ...more });
  await world.reaches(id, 'sent');
  return id;
};

const withPage = (use: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) =>
  withPageOf(browser, { url: world.url, key: key() }, use, options);
const row = (page: Page, id: string) => page.locator(`tr[id="${id}"]`);

describe.skipIf(!hasChromium)('the page in a browser', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    recordOutput();
    world = await startWorld();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
    vi.restoreAllMocks();
  });

  test('a webhook that comes while it is open appears and reaches its end, without a reload', () =>
    withPage(async (page) => {
      await page.evaluate('window.before = true');
      const id = await call({ chat_id: randomUUID() });
      await row(page, id).getByText('sent').waitFor({ timeout: 30_000 });
      expect(await page.evaluate('window.before')).toBe(true);
      await until(async () => (await page.locator('#news').textContent())?.includes('A memo from standard-webhooks'));
      expect(await page.locator('#news').getAttribute('role')).toBe('status');
      expect(await page.content()).not.toContain('4155550101');
    }));

  test('a webhook with a wrong signature shows its cause on the page, without a reload', () =>
    withPage(async (page) => {
      const webhook = standardWebhook(`whsec_${Buffer.from('another secret').toString('base64')}`, { id: 'rec_1' });
      const answer = await world.post('/hooks/standard-webhooks', webhook);
      expect(answer.status).toBe(401);
      await page.getByText('refused since').waitFor();
      await page.locator('.sources').getByRole('link', { name: 'standard-webhooks' }).click();
      await page.getByText('the signature does not match').first().waitFor();
      await page.getByText('set STANDARD_WEBHOOKS_SECRET').waitFor();
    }));

  test('a bridge that does not answer is said within two polls, and nothing is said when it answers again', () =>
    withPage(
      async (page) => {
        await page.evaluate(
          'window.fetch = new Proxy(window.fetch, { apply: () => Promise.reject(new Error("away")) })',
        );
        await page.getByText(/No contact with the bridge since/).waitFor();
        await page.evaluate('delete window.fetch');
        await page.reload();
        await page.locator('#contact:empty').waitFor({ state: 'attached' });
      },
      { timezoneId: 'America/New_York' },
    ));

  test('chosen memos stay chosen while the page renews itself, and ids are copied', () =>
    withPage(
      async (page) => {
        const id = await sent();
        await row(page, id).getByRole('checkbox').check();
        const next = await sent();
        await row(page, next).waitFor();
        expect(await row(page, id).getByRole('checkbox').isChecked()).toBe(true);
        await page.getByRole('button', { name: 'Replay…' }).last().click();
        await page.getByText('1 already delivered').waitFor();
        await page.goto(`/m/${id}`);
        await page.getByRole('button', { name: 'Copy' }).first().click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(id);
        expect(await page.locator('dl.facts').last().textContent()).toMatch(/\d{2}:\d{2}:\d{2} UTC\)/);
      },
      { permissions: ['clipboard-read', 'clipboard-write'], timezoneId: 'America/New_York' },
    ));

  test('with weeks of memos the page is below 60 kB, and a day of the chart leads to its memos', async () => {
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    await fillDays(world.cloud.cloud, { memos: 100, days: 5, nowMs: Date.now() });
    await withPage(async (page) => {
      const answer = await page.goto('/');
      expect(Buffer.byteLength((await answer?.text()) ?? '')).toBeLessThan(60_000);
      await page.locator(`.axis a[href*="since=${day}"]`).click();
      await page.waitForURL(`/?since=${day}&until=${day}`);
      await page.goto('/?source=twilio');
      for (const width of [320, 700, 980, 1100, 1240]) {
        await page.setViewportSize({ width, height: 800 });
        const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(Number(await page.evaluate(over)), `at ${width} px`).toBeLessThanOrEqual(0);
      }
    });
  });

  test('what changes takes the focus from nobody, and leaves open what was opened', () =>
    withPage(async (page) => {
      const focused = await sent();
      await row(page, focused).getByRole('link').focus();
      const next = await sent();
      await row(page, next).waitFor();
      expect(await page.evaluate('document.activeElement.closest("tr").id')).toBe(focused);
      await page.locator('summary').first().click();
      await sent();
      await page.waitForTimeout(2500);
      expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
    }));

  test('the player plays, its duration is the memo’s, and no news of the memo stops it', () =>
    withPage(async (page) => {
      const id = await sent({ recording_url: world.media.serve(readCall('mulaw-8k-stereo.wav')) });
      const seconds = (await world.memo(id)).audio?.seconds ?? 0;
      await page.goto(`/m/${id}`);
      expect(await page.locator('svg.wave path').count()).toBe(2);
      await page.getByRole('button', { name: 'Listen' }).click();
      const ask = (what: string) => page.evaluate<number>(`document.querySelector('audio')?.${what} ?? 0`);
      await until(async () => (await ask('duration')) > 0);
      expect(Math.abs((await ask('duration')) - seconds)).toBeLessThan(0.1);
      await until(async () => (await ask('currentTime')) > 0.2);
      expect(await ask('currentTime')).toBeGreaterThan(0.2);
      await page.waitForTimeout(2500);
      expect(await ask('error')).toBe(0);
      expect(await page.locator('audio').count()).toBe(1);
    }));

  test('a replay says what it would do, is confirmed, and its end appears by itself', () =>
    withPage(async (page) => {
      const chat = randomUUID();
      world.linq.next(chat, { status: 400, code: 5004 });
      const id = await call({ chat_id: chat });
      await world.reaches(id, 'failed');
      await page.goto(`/m/${id}`);
      await page.getByText('Linq takes MP3, M4A').waitFor();
      await page.getByRole('link', { name: 'Replay…' }).click();
      await page.getByText('1 would be sent').waitFor();
      expect(world.linq.sent.filter((memo) => memo.chat === chat)).toEqual([]);
      await page.getByRole('button', { name: 'Replay', exact: true }).click();
      await page.getByText('1 will be sent.').waitFor();
      await page.locator('h1').getByText('sent').waitFor({ timeout: 30_000 });
      expect(world.linq.sent.filter((memo) => memo.chat === chat)).toHaveLength(1);
    }));

  test('an erasure says what goes, is confirmed, and everything is gone', () =>
    withPage(async (page) => {
      const id = await sent();
      const audio = (await world.memo(id)).audio?.key;
      await page.goto(`/m/${id}`);
      await page.getByRole('link', { name: 'Erase…' }).click();
      await page.getByText('What is deleted for good').waitFor();
      await page.getByRole('button', { name: 'Erase the memo' }).click();
      await page.getByText('The memo is erased.').waitFor();
      expect(await row(page, id).count()).toBe(0);
      expect((await world.api(`/memos/${id}`)).status).toBe(404);
      expect(audio).toBeDefined();
    }));

  test('everything is done by keyboard alone', async () => {
    const id = await sent();
    const context = await browser.newContext({ baseURL: world.url });
    const page = await context.newPage();
    await page.goto('/');
    await page.locator('input:focus').waitFor(); // the page focuses its field a moment after it has loaded
    await page.keyboard.type(key());
    await page.keyboard.press('Enter');
    await page.waitForURL('/');
    await tabTo(page, 'Skip to the content');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Number, or the beginning');
    await page.keyboard.type(id);
    await tabTo(page, 'Show');
    await page.keyboard.press('Enter');
    await page.waitForURL(`/?*q=${id}`);
    await tabTo(page, `memo ${id}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(`/m/${id}`);
    await tabTo(page, 'Listen');
    await page.keyboard.press('Enter');
    await page.locator('audio').waitFor();
    await page.keyboard.press('Shift+Tab');
    await tabTo(page, 'All memos'); // around the page and back: no element holds the focus
    await tabTo(page, 'Replay…');
    await page.keyboard.press('Enter');
    await page.waitForURL(`/m/${id}/replay`);
    await tabTo(page, 'See what that would do');
    await page.keyboard.press('Enter');
    await page.waitForURL(`/m/${id}/replay?force=true`);
    await tabTo(page, 'Send it again');
    await page.keyboard.press('Enter');
    await page.waitForURL(`/m/${id}?flash=send.1`);
    await world.reaches(id, 'sent');
    await until(() => world.linq.sent.filter(({ filename }) => filename.startsWith(id)).length === 2 || undefined);
    await tabTo(page, 'Erase…');
    await page.keyboard.press('Enter');
    await page.waitForURL(`/m/${id}/erase`);
    await tabTo(page, 'Erase the memo');
    await page.keyboard.press('Enter');
    await page.waitForURL('/?flash=erased');
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await page.waitForURL('/sign-in');
    await context.close();
  });

  test('without scripts it does all the same', async () => {
    const id = await sent();
    await withPage(
      async (page) => {
        await page.goto(`/m/${id}`);
        await page.getByRole('button', { name: 'Listen' }).click();
        await page.locator('audio[src]').waitFor();
        await page.getByRole('link', { name: 'Replay…' }).click();
        await page.getByText('1 already delivered').waitFor();
        await page.goto(`/m/${id}/erase`);
        await page.getByRole('button', { name: 'Erase the memo' }).click();
        await page.getByText('The memo is erased.').waitFor();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByLabel('API key').waitFor();
      },
      { javaScriptEnabled: false },
    );
  });

  test.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' as const }],
    ['on a phone', PHONE],
  ])('axe-core finds nothing serious on any page, %s, and nothing runs over its edge', async (_, options) => {
    const id = await sent();
    const unrouted = await call();
    await world.reaches(unrouted, 'unrouted');
    const rejected = await call({ chat_id: randomUUID(), recording_url: world.media.serve(Buffer.from('<html>')) });
    await world.reaches(rejected, 'rejected');
    await withPage(
      async (page) => {
        const pages = [
          '/',
          '/?state=parked',
          `/m/${id}`,
          `/m/${rejected}`,
          `/m/${unrouted}/replay`,
          `/m/${id}/replay?force=true`,
          `/m/${id}/erase`,
          '/replay?state=unrouted',
          '/replay',
          '/s/standard-webhooks',
        ];
        const flaws: string[] = [];
        for (const path of pages) {
          await page.goto(path);
          flaws.push(...(await seriousFlaws(page)));
          const over = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          if (Number(over) > 0) flaws.push(`${path} runs over its edge by ${over} px`);
        }
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL('/sign-in');
        flaws.push(...(await seriousFlaws(page)));
        expect(flaws).toEqual([]);
      },
      { reducedMotion: 'reduce', ...options },
    );
  });
});
