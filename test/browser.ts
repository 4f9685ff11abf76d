import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
export const hasChromium = existsSync(executablePath);

/** Debian's chromium, without a window and without a word to anybody. */
export const launchChromium = () =>
  chromium.launch({
    executablePath,
    args: [
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

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core calls serious or critical on a page as it is now. */
export const seriousFlaws = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  const result: { violations: { impact: string; id: string; nodes: { html: string; failureSummary: string }[] }[] } =
    await page.evaluate('axe.run()');
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
};

/** Presses Tab until what is named has the focus, and it is to be seen that it has. */
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
