import { expect, test } from 'vitest';
import { CAUSES_READ } from '../../functions/core/observe/causes/causes-now.ts';
import { signedIn } from './api.ts';
import { aMemo } from './memo.ts';

test('the first page asks for one page of memos, one row a source, and however many look, no more of the glance', async () => {
  const memos = Array.from({ length: 500 }, (_, n) =>
    aMemo({ id: `m_${String(n).replace(/\d/g, 'a').padEnd(26, 'b')}` }),
  );
  const page = await signedIn({ memos });
  await page.see('/');
  expect(page.lists).toEqual(
    expect.arrayContaining([
      { filter: {}, limit: 40 },
      { filter: { source: 'twilio' }, limit: 1 },
      { filter: { source: 'telnyx' }, limit: 1 },
    ]),
  );
  // Besides: each state in which memos wait, for the causes.
  expect(page.lists.filter(({ limit }) => limit === CAUSES_READ)).toHaveLength(7);
  expect(page.lists).toHaveLength(10);
  page.lists.length = 0;
  await Promise.all(Array.from({ length: 20 }, () => page.see('/?fragment=1')));
  expect(page.lists).toEqual(Array(20).fill({ filter: {}, limit: 40 }));
});
