import { describe, expect, test } from 'vitest';
import { signedIn, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';
import { SAME } from './visitor.ts';

const POSTS = [`/m/${ID}/replay`, `/m/${ID}/erase`, `/m/${ID}/audio`, '/replay/confirmed', '/sign-out'];
const form = { state: 'failed', until: '2027-01-01T00:00:00.000Z' };

describe.each(POSTS)('POST %s', (path) => {
  test('without the session’s token does nothing', async () => {
    const page = await signedIn({ memos: [aMemo({ state: 'failed' })] });
    const other = await signedIn();
    for (const token of [undefined, '', 'x', await other.token()]) {
      const answer = await page.post(path, { ...form, ...(token !== undefined && { token }) });
      expect(answer.status).toBe(401);
    }
    expect([page.erased, page.resent]).toEqual([[], []]);
  });

  test.each([
    ['from another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['from another site that is near', { 'Sec-Fetch-Site': 'same-site' }],
    ['from another origin', { Origin: 'https://evil.example' }],
    ['from nowhere', {}],
    ['from a page that hides its origin', { Origin: 'null' }],
    ['from another site with our origin', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://calls.example.com' }],
  ])('%s does nothing, with the token too', async (_, headers) => {
    const page = await signedIn({ memos: [aMemo({ state: 'failed' })] });
    const answer = await page.post(path, { ...form, token: await page.token() }, headers);
    expect(answer.status).toBe(401);
    expect([page.erased, page.resent]).toEqual([[], []]);
  });

  test.each([
    ['as browsers send a form of ours', { ...SAME, Origin: 'null' }],
    ['as browsers without Sec-Fetch-Site send it', { Origin: 'https://calls.example.com' }],
    ['behind a tunnel', { Origin: 'http://calls.example.com' }],
  ])('%s is done', async (_, headers) => {
    const page = await signedIn({ memos: [aMemo({ state: 'failed' })] });
    const answer = await page.post(path, { ...form, token: await page.token() }, headers);
    expect([200, 303]).toContain(answer.status);
  });

  test('needs a session at all', async () => {
    const page = testApi({ memos: [aMemo()] });
    expect((await page.post(path, form)).status).toBe(401);
  });
});

test('signing in from another page is refused', async () => {
  const page = testApi();
  const answer = await page.post('/sign-in', { key: page.keys[0] ?? '' }, { Origin: 'https://evil.example' });
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
});

test('a form of more than sixteen kilobytes is refused', async () => {
  expect((await testApi().post('/sign-in', { key: 'x'.repeat(17_000) })).status).toBe(413);
});

test.each([
  '/',
  '/sign-in',
  `/m/${ID}`,
  '/m/nowhere',
  `/m/${ID}/replay`,
  `/m/${ID}/erase`,
  '/replay',
  '/?state=nothing',
  '/?fragment=1',
])('%s lets nothing run but ours, and is kept by nobody', async (path) => {
  const page = testApi({ memos: [aMemo()] });
  if (path !== '/sign-in') await page.signIn();
  const { headers } = await page.see(path);
  expect(headers.get('content-security-policy')?.split('; ').sort()).toEqual(
    [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      'media-src https://bucket.example',
      "connect-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].sort(),
  );
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cache-control')).toBe('no-store');
});

test('no page holds a script or a style of its own', async () => {
  const page = await signedIn({ memos: [aMemo({ audio: { ...aMemo().audio, waveform: [1, 50] } as never })] });
  for (const path of ['/', '/sign-in', `/m/${ID}`, `/m/${ID}/replay`, `/m/${ID}/erase`, '/replay?state=sent']) {
    expect(await page.text(path)).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
  }
});

test('style and script may be kept for ever under a name that changes with them', async () => {
  const page = testApi();
  const paths = [...(await page.text('/sign-in')).matchAll(/(?:href|src)="(\/console\/[0-9a-f]{16}\.(?:css|js))"/g)];
  expect(paths).toHaveLength(2);
  for (const [, path = ''] of paths) {
    const answer = await page.see(path);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toMatch(path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
  }
  expect((await page.see('/console/0000000000000000.css')).status).toBe(404);
});
