import { describe, expect, test } from 'vitest';
import { issueSession } from '../../functions/http/console/session.ts';
import { KEY, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';
import { SAME } from './visitor.ts';

describe('signing in', () => {
  test('with the key leads to the memos, and sets a cookie that no script and no other page gets', async () => {
    const page = testApi();
    const answer = await page.signIn();
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    const [value = '', ...attributes] = answer.headers.get('set-cookie')?.split('; ') ?? [];
    expect(value).toMatch(/^__Host-aftercall=\d+\.[\w-]{22}\.[0-9a-f]{64}$/);
    expect(value).not.toContain(KEY);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict', 'Secure']);
    expect((await page.see('/')).status).toBe(200);
  });

  test.each(['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]:8787'])(
    'over http at %s the cookie has no prefix and no Secure, which a browser would not keep',
    async (origin) => {
      const body = new URLSearchParams({ key: KEY });
      const answer = await testApi().app.request(`${origin}/sign-in`, { method: 'POST', headers: SAME, body });
      expect(answer.headers.get('set-cookie')).toMatch(/^aftercall=\d+\./);
      expect(answer.headers.get('set-cookie')).not.toContain('Secure');
    },
  );

  test('behind a tunnel, where we see http and a public name, it is Secure all the same', async () => {
    const init = { method: 'POST', headers: SAME, body: new URLSearchParams({ key: KEY }) };
    const answer = await testApi().app.request('http://calls.example.com/sign-in', init);
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-aftercall=.*; Secure/);
  });

  test.each(['wrong', '', 'undefined', `${KEY} ${KEY}`])('with the key "%s" leads nowhere', async (key) => {
    const page = testApi();
    const answer = await page.signIn(key);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await answer.text()).toContain('This is not the API key');
    expect((await page.see('/')).status).toBe(303);
  });

  test('opens nothing where no key is configured', async () => {
    expect((await testApi({ keys: [] }).signIn('')).status).toBe(401);
  });

  test.each([
    [`/m/${ID}`, `/m/${ID}`],
    ['/replay?state=failed', '/replay?state=failed'],
    ['/?state=failed', '/?state=failed'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/sign-out', '/'],
  ])('leads back to %s as %s', async (to, location) => {
    expect((await testApi().signIn(KEY, to)).headers.get('location')).toBe(location);
  });

  test('is asked for by every page, which says where to come back to', async () => {
    const page = testApi({ memos: [aMemo()] });
    for (const path of [
      `/m/${ID}`,
      `/m/${ID}/replay?force=true`,
      `/m/${ID}/erase`,
      '/replay?state=failed',
      '/?q=CA1',
    ]) {
      const answer = await page.see(path);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sign-in?to=${encodeURIComponent(path)}`]);
    }
    expect(page.lists).toEqual([]);
    expect((await page.see('/?fragment=1')).status).toBe(401);
  });

  test('once signed in, the form leads on', async () => {
    const page = testApi();
    await page.signIn();
    expect((await page.see('/sign-in?to=/replay')).headers.get('location')).toBe('/replay');
  });
});

describe('a session', () => {
  test('ends after twelve hours', async () => {
    const page = testApi();
    await page.signIn();
    page.clock.advance(12 * 60 * 60 * 1000 - 1);
    expect((await page.see('/')).status).toBe(200);
    page.clock.advance(1);
    expect((await page.see('/')).status).toBe(303);
  });

  test('outlives a rotation while its key is still one of them, and ends with its key', async () => {
    const page = testApi({ keys: [KEY] });
    await page.signIn();
    page.keys.unshift('the-new-key-of-this-page');
    expect((await page.see('/')).status).toBe(200);
    expect((await page.signIn('the-new-key-of-this-page')).status).toBe(303);
    expect((await page.see('/')).status).toBe(200);
    await page.signIn(KEY);
    page.keys.pop();
    expect((await page.see('/')).status).toBe(303);
  });

  test.each([
    ['sealed with another key', (now: number) => issueSession('another-key', now, 'n')],
    ['with a later end', (now: number) => issueSession(KEY, now, 'n').replace(/^\d+/, String(now + 1e12))],
    ['with another nonce', (now: number) => issueSession(KEY, now, 'n').replace('.n.', '.m.')],
    ['with its seal cut off', (now: number) => issueSession(KEY, now, 'n').replace(/\.[^.]*$/, '')],
    ['that is the key itself', () => KEY],
    ['that is empty', () => ''],
  ])('%s opens nothing', async (_, forge) => {
    const page = testApi();
    page.use(`__Host-aftercall=${forge(page.clock.nowMs())}`);
    expect((await page.see('/')).status).toBe(303);
  });

  test('whole, and made by nobody but us, opens: the forgeries above fail for what they say', async () => {
    const page = testApi();
    page.use(`__Host-aftercall=${issueSession(KEY, page.clock.nowMs(), 'n')}`);
    expect((await page.see('/')).status).toBe(200);
  });

  test('does not open the API, and the key in a header does not open the page', async () => {
    const page = testApi();
    await page.signIn();
    expect((await page.see('/memos')).status).toBe(401);
    expect((await testApi().see('/', { authorization: `Bearer ${KEY}` })).status).toBe(303);
  });

  test('ends with signing out', async () => {
    const page = testApi();
    await page.signIn();
    const answer = await page.post('/sign-out', { token: await page.token() });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in']);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-aftercall=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test('that was signed out opens nothing more, whoever has kept its cookie; another one of the same key does', async () => {
    const page = testApi();
    const other = await page.signIn();
    const kept = await page.signIn();
    await page.post('/sign-out', { token: await page.token() });

    const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    page.use(cookieOf(kept));
    expect((await page.see('/')).status).toBe(303);
    expect((await page.see('/sign-in')).status).toBe(200);
    expect((await page.post('/find', {})).status).toBe(401);
    page.clock.advance(12 * 60 * 60 * 1000 - 1); // up to the last moment of the session
    expect((await page.see('/')).status).toBe(303);
    page.clock.advance(-(12 * 60 * 60 * 1000 - 1));
    page.use(cookieOf(other));
    expect((await page.see('/')).status).toBe(200);
  });
});

test.each(['multipart/form-data', 'multipart/form-data; boundary=x'])(
  'what is no form is the mistake of whoever sends it: %s',
  async (type) => {
    const { app, lines } = testApi();
    const headers = { ...SAME, 'content-type': type };
    const answer = await app.request('https://calls.example.com/sign-in', { method: 'POST', headers, body: 'no form' });
    expect([answer.status, lines]).toEqual([400, []]);
  },
);
