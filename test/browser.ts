import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const executablePath = '/usr/bin/chromium';
export const hasChromium = existsSync(executablePath);

/** Debian's chromium without a window, and without requests of its own. */
export const launchChromium = (more: readonly string[] = []) =>
  chromium.launch({
    executablePath,
    args: [
      ...more,
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true };

export interface PageOptions extends BrowserContextOptions {
  /** Runs in each page before its own scripts. */
  before?: string;
  /** What the browser may write to the console. */
  allowed?: RegExp;
}

/** On a busy machine the embedded cloud may answer too late. The bridge then answers a poll with 503, and the page asks again. */
const TOO_BUSY = /the server responded with a status of 503/;

/** Opens a page as a signed-in person, and at its end checks that the browser wrote nothing to the console. */
export const withPage = async (
  browser: Browser,
  { url, key }: { url: string; key: string },
  use: (page: Page) => Promise<void>,
  { before, allowed, ...options }: PageOptions = {},
) => {
  const context = await browser.newContext({ baseURL: url, ...options });
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isExpected = TOO_BUSY.test(message.text()) || allowed?.test(message.text());
    if (message.type() === 'error' && !isExpected) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await page.goto('/');
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Memos' }).first().waitFor({ state: 'attached' });
    await use(page);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
};

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The faults on the page now that axe-core finds, of these impacts. */
export const flawsIn = async (page: Page, impacts: readonly string[]): Promise<string[]> => {
  await page.evaluate(axe);
  const result: { violations: { impact: string; id: string; nodes: { html: string; failureSummary: string }[] }[] } =
    await page.evaluate('axe.run()');
  return result.violations
    .filter(({ impact }) => impacts.includes(impact))
    .map(({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
};

export const seriousFlaws = (page: Page): Promise<string[]> => flawsIn(page, ['serious', 'critical']);

/** The controls on the page that Tab does not reach, or whose focus nobody sees. */
export const unreachable = async (page: Page): Promise<string[]> => {
  const controls: number = await page.evaluate(CONTROLS);
  const faults: string[] = [];
  for (let presses = 0; presses < controls; presses += 1) {
    await page.keyboard.press('Tab');
    const [said, outline] = await page.evaluate<[string, string]>(FOCUSED);
    if (outline !== 'solid') faults.push(`${said} has the focus, and nobody sees it: ${outline}`);
  }
  return [...faults, ...(await page.evaluate<string[]>(MISSED))];
};
const CONTROLS = `(() => {
  document.activeElement.blur();
  window.controls = new Set([...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, pre[tabindex="0"]')]
    .filter((each) => each.checkVisibility()));
  document.addEventListener('focusin', ({ target }) => window.controls.delete(target));
  return window.controls.size;
})()`;
const MISSED = `[...window.controls].map((each) => 'Tab does not lead to ' + each.outerHTML)`;

/** Presses Tab until the named element has the focus, and checks that the focus is visible. */
export const tabTo = async (page: Page, name: string | RegExp): Promise<void> => {
  const passed: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const [said, outline] = await page.evaluate<[string, string]>(FOCUSED);
    if (typeof name === 'string' ? said.includes(name) : name.test(said)) {
      if (outline !== 'solid') throw new Error(`${said} has the focus, and nobody sees it: ${outline}`);
      return;
    }
    passed.push(said);
  }
  throw new Error(`Tab leads to no ${name}, but to ${passed.join(' | ')}`);
};
const FOCUSED = `(() => {
  const at = document.activeElement;
  if (at === document.body) return ['the browser itself', ''];
  const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
  return [at.tagName + ' ' + label.trim(), getComputedStyle(at).outlineStyle];
})()`;
