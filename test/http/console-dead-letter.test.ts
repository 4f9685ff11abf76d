import { expect, test } from 'vitest';
import { signedIn, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';

const LETTER =
  '{"v":9,"recording":{"from":"+14155550101","url":"https://media.example/RE1.mp3?X-Amz-Signature=canary"}}';
const withLetter = (deadLetter?: string) =>
  signedIn({ memos: [aMemo({ state: 'failed', ...(deadLetter && { deadLetter }) })] });

test('a dead letter is shown without numbers and addresses, and can be saved whole or discarded', async () => {
  const page = await withLetter(LETTER);
  expect(await page.text(`/m/${ID}`)).toContain(`href="/m/${ID}/dead-letter"`);
  const shown = await page.text(`/m/${ID}/dead-letter`);
  expect(shown).toContain('&quot;v&quot;:9');
  expect(shown).toContain(`href="/m/${ID}/erase"`);
  for (const secret of ['4155550101', 'canary', 'media.example']) expect(shown).not.toContain(secret);
  const saved = await page.see(`/m/${ID}/dead-letter/save`);
  expect(saved.headers.get('content-disposition')).toContain('attachment');
  expect(await saved.text()).toBe(LETTER);
});

test('a memo without one says so, and offers none', async () => {
  const page = await withLetter();
  expect(await page.text(`/m/${ID}`)).not.toContain('dead-letter"');
  expect(await page.text(`/m/${ID}/dead-letter`)).toContain('has no dead letter');
});

test('nobody sees one without a session', async () => {
  const page = testApi({ memos: [aMemo({ deadLetter: LETTER })] });
  for (const path of ['', '/save'])
    expect(await (await page.see(`/m/${ID}/dead-letter${path}`)).text()).not.toContain('4155550101');
});
