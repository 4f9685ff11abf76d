import { afterAll, beforeAll, expect, test } from 'vitest';
import { time } from '../../cli/base/arguments.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { running } from './running.ts';

let api: ScriptedHttp;
const asked: URL[] = [];
const memo = {
  ...{
    id: 'm_1',
    state: 'stored',
    source: 'acme',
    reason: 'Linq refuses our key',
    created_at: '2026-03-04T05:06:07.000Z',
  },
  recording: { id: 'r', from: '+12025550147', to: '+12025550100' },
  target: { chat: 'c' },
  cause: { id: 'linq_key_refused', what: 'Linq refuses our key', why: 'Because.', fix: 'Set it.', needs: 'person' },
};
beforeAll(async () => {
  api = await scriptedHttp((request, response) => {
    asked.push(new URL(request.url, 'http://bridge'));
    json(200, { memos: [memo] })(request, response);
  });
});
afterAll(() => api.stop());
const run = (...argv: string[]) => {
  const environment = {
    PORT: String(api.port),
    AFTERCALL_DATA: '/nowhere/at/all',
    AFTERCALL_API_KEY: 'the-key-of-this-test',
  };
  return running(argv, { environment });
};

test('the list has a header, who called whom, and why each memo waits', async () => {
  const [header, row] = (await run('memos')).out.split('\n');
  expect(header).toMatch(/^came in \(UTC\) +state +source +memo +from → to +goes to +why$/);
  expect(row).toMatch(
    /^2026-03-04 05:06:07 +stored +acme +m_1 +\+1 ••• ••• 0147 → \+1 ••• ••• 0100 +chat c +Linq refuses our key$/,
  );
});

test('--since takes a time, a date, or how long ago', async () => {
  await run('memos', '--since', '2026-03-04');
  expect(asked.at(-1)?.searchParams.get('since')).toBe('2026-03-04T00:00:00.000Z');
  const [before, given, after] = [Date.now(), Date.parse(time('2h')), Date.now()];
  expect(given).toBeGreaterThanOrEqual(before - 7_200_000);
  expect(given).toBeLessThanOrEqual(after - 7_200_000);
  expect((await run('memos', '--since', 'yesterday')).code).toBe(2);
});
