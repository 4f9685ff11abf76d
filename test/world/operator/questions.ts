import type { Page } from 'playwright-core';

/** A question of docs/page.md, and the way to its answer. Each click is counted by the browser. */
export interface Question {
  asks: string;
  way: string;
  /** From the first page to the answer. */
  walk(page: Page, known: Known): Promise<void>;
}

interface Known {
  /** A memo of a call from +1 202 555 0101. */
  memo: string;
  /** ISO date of a day with memos. */
  day: string;
}

const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

const findPerson = async (page: Page, { memo }: Known) => {
  await page.getByLabel('Number, or the beginning of an id').click();
  await page.keyboard.type('(202) 555-0101');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Memos of' }).waitFor();
  await page.locator(`tr[id="${memo}"]`).waitFor();
};

export const QUESTIONS: readonly Question[] = [
  {
    asks: 'Is all well today?',
    way: "the chart's figures, and *Waiting for a person*",
    async walk(page) {
      await sees(page, 'today (UTC)');
      await sees(page, 'Waiting for a person');
    },
  },
  {
    asks: 'Why do memos wait, since when, until when, and what must I do?',
    way: 'the causes at the top',
    async walk(page) {
      await sees(page, /Linq refuses our key: \d+ memos? waits?/);
      await sees(page, 'secrets set LINQ_API_V3_API_KEY');
    },
  },
  {
    asks: 'Nothing came from a source since noon: why?',
    way: 'the list of sources says `14 refused since 12:02: the signature does not match`',
    walk: (page) => sees(page, /refused since .*: the signature does not match/),
  },
  {
    asks: 'What is the likely cause, and what must I set?',
    way: 'the source',
    async walk(page) {
      await page.locator('.sources').getByRole('link', { name: 'standard-webhooks' }).click();
      await sees(page, 'secrets set STANDARD_WEBHOOKS_SECRET');
    },
  },
  {
    asks: 'What came from a source in the last minutes, and what became of it?',
    way: 'the source; the list goes on by itself',
    async walk(page) {
      await page.locator('.sources').getByRole('link', { name: 'standard-webhooks' }).click();
      await page.locator('.events .outcome').first().waitFor();
    },
  },
  {
    asks: 'A source has never called: what must I check?',
    way: 'the line *silent so far*, then the source',
    async walk(page) {
      await page.locator('.tile summary').click();
      await page.locator('.tile details').getByRole('link', { name: 'twilio' }).click();
      await sees(page, 'Nothing has come from this source yet.');
    },
  },
  {
    asks: 'Did (202) 555-0101 get their memo?',
    way: 'the search field: type the number, *Enter*',
    walk: findPerson,
  },
  {
    asks: 'What happened to that memo?',
    way: 'its row, after the search',
    async walk(page, known) {
      await findPerson(page, known);
      await page.locator(`tr[id="${known.memo}"]`).getByRole('link').click();
      await page.getByRole('heading', { name: 'What happened' }).waitFor();
    },
  },
  {
    asks: 'Which calls failed on that day?',
    way: 'the bar of that day',
    async walk(page, { day }) {
      await page.locator(`.axis a[href*="since=${day}"]`).click();
      await page.waitForURL(`/?since=${day}&until=${day}`);
      await page.locator('table.memos tbody tr').first().waitFor();
    },
  },
  {
    asks: 'Which memos wait for a person?',
    way: 'a count under *Waiting for a person*',
    async walk(page) {
      await page.locator('#overview a[href="/?state=unrouted"]').click();
      await page.locator('table.memos').getByText('No route leads this recording to a chat').first().waitFor();
    },
  },
  {
    asks: 'What would a replay of one of them do?',
    way: 'its box, *Replay…*',
    async walk(page, { memo }) {
      await page.locator(`tr[id="${memo}"]`).getByRole('checkbox').click();
      await page.getByRole('button', { name: 'Replay…' }).last().click();
      await sees(page, /\d+ (would|already|still)/);
    },
  },
  {
    asks: 'Is this page still up to date?',
    way: 'no bar at the bottom',
    walk: (page) => page.locator('#contact:empty').waitFor({ state: 'attached' }),
  },
];
