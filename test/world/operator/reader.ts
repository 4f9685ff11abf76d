import type { Browser, Locator, Page } from 'playwright-core';
import { PATIENCE_MS } from './bridge-process.ts';

/** An operator before the page: one tab stays at the first page, and is never loaded again. */
export interface Reader {
  first: Page;
  /** Opens a page, and returns the text of what to do there, with its commands. */
  advice(path: string): Promise<Advice>;
  /** Counts the clicks of `walk`, which begins at the first page in the other tab. */
  clicks(walk: (page: Page) => Promise<void>): Promise<number>;
}

export interface Advice {
  text: string;
  commands: string[];
}

/** Counted by the browser itself, also where a click leads to another page. */
const CLICKS = "Number(sessionStorage.getItem('clicks') ?? 0)";
const COUNT_CLICKS = `addEventListener('pointerdown', () => sessionStorage.setItem('clicks', ${CLICKS} + 1), true);`;

export const openReader = async (browser: Browser, { url, signInLink }: { url: string; signInLink: string }) => {
  const context = await browser.newContext({ baseURL: url });
  context.setDefaultTimeout(PATIENCE_MS);
  const [first, other] = [await context.newPage(), await context.newPage()];
  await other.addInitScript(COUNT_CLICKS);
  await first.goto(signInLink);
  await first.getByRole('heading', { name: 'Memos' }).first().waitFor({ state: 'attached' });
  const reader: Reader = {
    first,
    async advice(path) {
      // A tab of its own: the page of a memo that is erased loads itself again, which would end another page's loading.
      const tab = await context.newPage();
      await tab.goto(path);
      const place = tab.locator('.advice');
      await place.first().waitFor();
      const advice = { text: await textOf(place), commands: await place.locator('code').allTextContents() };
      await tab.close();
      return advice;
    },
    async clicks(walk) {
      await other.goto('/');
      await other.evaluate("sessionStorage.removeItem('clicks')");
      await walk(other);
      return other.evaluate<number>(CLICKS);
    },
  };
  return { reader, close: () => context.close() };
};

const textOf = async (place: Locator) => (await place.allTextContents()).join('\n');
