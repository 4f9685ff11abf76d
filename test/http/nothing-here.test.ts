import { expect, test } from 'vitest';
import { OPERATIONS } from '../../functions/http/openapi-operations.ts';
import { KEYS, testApi } from './api.ts';
import { receiving } from './receiving.ts';

// The answer for an existing address lists the allowed methods (RFC 9110 §15.5.6).

const authorization = `Bearer ${KEYS[0]}`;
const UNTAKEN = ['PUT', 'PATCH', 'DELETE', 'POST', 'GET', 'OPTIONS'];
/** The page handles a GET of `/replay`, and first asks a stranger to sign in. */
const api = OPERATIONS.filter(({ path }) => path !== '/replay');
const takenBy = (path: string) => api.filter((each) => each.path === path).map(({ method }) => method.toUpperCase());
/** `find` may also be the id of a memo; no memo has that id. */
const isAMemo = (method: string, path: string) => path === '/memos/find' && takenBy('/memos/:id').includes(method);
const cases = [...new Set(api.map(({ path }) => path))].flatMap((path) =>
  UNTAKEN.filter((method) => !takenBy(path).includes(method) && !isAMemo(method, path)).map(
    (method) => [method, path] as const,
  ),
);

test.each(cases)('%s %s is a 405 that names what the address takes', async (method, path) => {
  const answer = await testApi().app.request(path, { method, headers: { authorization } });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')?.split(', ')).toEqual(takenBy(path).toSorted());
  expect(await answer.json()).toEqual({
    error: { code: 'method_not_allowed', message: expect.stringContaining(takenBy(path)[0] ?? '') },
  });
});

test.each(['PUT /hooks/twilio', 'DELETE /hooks/twilio', 'PUT /hooks/twilio/'])(
  'the hooks app itself answers %s so',
  async (asked) => {
    const [method = '', path = ''] = asked.split(' ');
    const answer = await receiving().app.request(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
  },
);

test('a stranger is asked for the key before anything is said of an address behind it', async () => {
  expect((await testApi().app.request('/memos', { method: 'PUT' })).status).toBe(401);
});
