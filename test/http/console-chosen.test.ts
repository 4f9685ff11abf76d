import { describe, expect, test } from 'vitest';
import { signedIn, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';

const OTHER = `m_${'b'.repeat(26)}`;
const BUSY = `m_${'c'.repeat(26)}`;
const choosing = async () => {
  const memos = [
    aMemo({ state: 'failed' }),
    aMemo({ id: OTHER, state: 'delivered' }),
    aMemo({ id: BUSY, state: 'sending' }),
  ];
  const page = await signedIn({ memos });
  const token = await page.token();
  /** Sends a form with several memos. */
  const send = (path: string, ids: readonly string[], more: Record<string, string> = {}) => {
    const form = new URLSearchParams([['token', token], ...Object.entries(more), ...ids.map((id) => ['memo', id])] as [
      string,
      string,
    ][]);
    return page.post(path, form as unknown as Record<string, string>); // URLSearchParams takes either
  };
  return { page, send };
};
const query = (...ids: string[]) => ids.map((id) => `memo=${id}`).join('&');

describe('the memos that a reader chooses', () => {
  test('each have a box in the list', async () => {
    const text = await (await choosing()).page.text('/');
    expect(text).toContain(`<input type="checkbox" name="memo" value="${ID}" aria-label="Choose">`);
  });

  test('are replayed after a dry run, and no other', async () => {
    const { page, send } = await choosing();
    const text = await page.text(`/replay/chosen?${query(ID, OTHER)}`);
    expect(text).toContain('1 would be sent');
    expect(text).toContain('1 already delivered');
    expect(page.resent).toEqual([]);
    const answer = await send('/replay/chosen', [ID, OTHER]);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/replay?flash=send.1,delivered.1']);
    expect(page.resent.map(({ message }) => message)).toEqual([{ v: 1, memo: ID, generation: 1 }]);
  });

  test('are sent again by force only after a page that says so', async () => {
    const { page, send } = await choosing();
    const text = await page.text(`/replay/chosen?${query(OTHER)}&force=true`);
    expect(text).toContain('by force?');
    expect(text).toContain('name="force" value="true"');
    await send('/replay/chosen', [OTHER], { force: 'true' });
    expect(page.resent.map(({ message }) => message)).toMatchObject([{ memo: OTHER, force: true }]);
  });

  test('are erased after a dry run; what is being sent stays and is named', async () => {
    const { page, send } = await choosing();
    const text = await page.text(`/erase/chosen?${query(ID, BUSY)}`);
    expect(text).toContain('1 memo would be erased');
    expect(text).toContain('cannot be erased now: the memo is being sent at this moment: try again in a minute.');
    expect(page.erased).toEqual([]);
    const answer = await send('/erase/chosen', [ID, BUSY]);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?flash=erased-some']);
    expect(page.erased).toContain(ID);
  });

  test.each(['/replay/chosen', '/erase/chosen'])(
    '%s without any says what to do, and takes no other id',
    async (path) => {
      const { page } = await choosing();
      const nothing = await page.see(path);
      expect(nothing.status).toBe(400);
      expect(await nothing.text()).toContain('Choose memos in the list first');
      expect((await page.see(`${path}?memo=nonsense`)).status).toBe(400);
      const many = Array.from({ length: 41 }, (_, n) => `m_${'a'.repeat(26)}-${n + 2}`);
      expect((await page.see(`${path}?${query(...many)}`)).status).toBe(400);
    },
  );

  test('that are gone meanwhile are left out', async () => {
    const { page } = await choosing();
    expect(await page.text(`/replay/chosen?${query(`m_${'d'.repeat(26)}`)}`)).toContain('A replay would do nothing');
  });

  test.each(['/replay/chosen', '/erase/chosen'])('%s is posted only with the token of the session', async (path) => {
    const { page } = await choosing();
    expect((await page.post(path, { token: 'another', memo: ID })).status).toBe(401);
    expect(page.erased).toEqual([]);
  });
});

test('an address with nothing is a page for a browser, and JSON for a program', async () => {
  const page = testApi();
  const forPeople = await page.see('/nope', { Accept: 'text/html,*/*' });
  expect([forPeople.status, forPeople.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
  expect(forPeople.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await forPeople.text()).toContain('<h1>Nothing here</h1>');
  const forPrograms = await page.see('/nope', { Accept: 'application/json' });
  expect(Object(await forPrograms.json()).error.code).toBe('not_found');
  expect((await page.see('/memos/x/y', { Accept: 'text/html' })).status).toBe(401);
});
