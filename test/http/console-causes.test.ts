import { expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import { signedIn, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';

// The same words everywhere: the page, the API.

const KEY = 'Linq refuses our key';
const refused: Partial<Memo> = { state: 'stored', reason: KEY, dueAt: '2099-03-04T08:14:00.000Z' };
const see = async (memo: Memo, path: string) => {
  const page = await signedIn({ memos: [memo] });
  return page.text(path);
};

test('the list shows the cause under each state, and above it what waits by cause, until when, and what to do', async () => {
  const text = await see(aMemo(refused), '/');
  expect(text).toMatch(/class="why" title="Linq refuses our key">Linq refuses our key</);
  expect(text).toContain(`<h2>${KEY}: 1 memo waits`);
  expect(text).toMatch(/since <time [^>]*>[^<]+<\/time>, next try <time datetime="2099-03-04T08:14:00.000Z"/);
  expect(text).toContain('Set LINQ_API_V3_API_KEY');
  expect(text).toContain('<code>npx aftercall secrets set LINQ_API_V3_API_KEY</code>');
});

test('a list without trouble has no banner', async () => {
  expect(await see(aMemo(), '/')).not.toContain('class="cause ');
});

test('the page of a memo says what happened, why, and what to do, with the commands for this memo', async () => {
  const text = await see(aMemo({ state: 'parked', reason: 'the memo may have been sent: nobody knows' }), `/m/${ID}`);
  expect(text).toContain('What to do:');
  expect(text).toContain(`<code>npx aftercall replay ${ID} --force</code>`);
});

test('a cause never shows a telephone number that the reason holds', async () => {
  const text = await see(aMemo({ state: 'failed', reason: 'no chat with +14155550101' }), '/');
  expect(text).not.toContain('4155550101');
});

test('the API has the cause in the list, in one memo, and in groups', async () => {
  const memo = aMemo(refused);
  const { call } = testApi({ memos: [memo] });
  const cause = { id: 'linq_key_refused', what: KEY, needs: 'person' };
  expect(await (await call('/memos')).json()).toMatchObject({ memos: [{ cause }] });
  expect(await (await call(`/memos/${ID}`)).json()).toMatchObject({ cause });
  expect(await (await call('/status')).json()).toMatchObject({
    causes: [{ ...cause, count: 1, ended: 0, until: memo.dueAt }],
  });
});

test('the status needs the API key', async () => {
  expect((await testApi({ memos: [] }).app.request('/status')).status).toBe(401);
});
