import { expect, test } from 'vitest';
import type { SetUp } from '../../functions/http/status.ts';
import { signedIn } from './api.ts';
import { aMemo } from './memo.ts';

const connection = (name: string, on: boolean) => ({
  name,
  kind: name,
  on,
  missing: [],
  missingToFetch: [],
  faults: [],
  secrets: [],
});
const setUp = (calls: string[] = []): SetUp => ({
  connections: async () => [connection('twilio', true), connection('vapi', false)],
  publicUrl: 'https://calls.example.com',
  sandboxUrl: 'http://127.0.0.1:9/sandbox',
  testCall: async () => {
    calls.push('call');
    return 'm_1';
  },
});

test('before the first memo the page shows the hooks that are on, a test memo, and what comes next', async () => {
  const text = await (await signedIn({ setUp: setUp() })).text('/');
  for (const shown of [
    'https://calls.example.com/hooks/twilio',
    'data-copy="https://calls.example.com/hooks/twilio"',
    'Send a test memo',
    'npx aftercall doctor',
  ])
    expect(text).toContain(shown);
  expect(text).not.toContain('hooks/vapi');
});

test('a deployed page, which does not know what is on, shows every hook and offers no test memo', async () => {
  const text = await (await signedIn({})).text('/');
  expect(text).toMatch(/\/hooks\/telnyx/);
  expect(text).not.toContain('Send a test memo');
});

test.each(['/?q=CA9', '/?state=failed', '/?next=cursor'])(
  'a search without a result is no first page: %s',
  async (path) => {
    expect(await (await signedIn({ setUp: setUp() })).text(path)).not.toContain('id="first"');
  },
);

test('with a memo the page shows the memos', async () => {
  expect(await (await signedIn({ setUp: setUp(), memos: [aMemo()] })).text('/')).not.toContain('id="first"');
});

test('a test memo is one call, for a form of this page alone', async () => {
  const calls: string[] = [];
  const page = await signedIn({ setUp: setUp(calls) });
  expect((await page.post('/test-memo', {})).status).toBe(401);
  const answer = await page.post('/test-memo', { token: await page.token() });
  expect([answer.status, answer.headers.get('location'), calls]).toEqual([303, '/?flash=test', ['call']]);
  expect(await page.text('/?flash=test')).toContain('A test call has ended');
});
