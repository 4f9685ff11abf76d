import { describe, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import { suppress, suppressionsOf } from '../../functions/core/policy/suppression-list.ts';
import { CHAT, OTHER_CHAT } from '../fakes/examples.ts';
import { signedIn } from './api.ts';
import { aMemo, ID } from './memo.ts';

const PERSON = '+14155550101';
const person = { target: { line: '+14155550199', handle: PERSON } };
const pageOf = async (memo: Memo) => {
  const page = await signedIn({ memos: [memo] });
  const suppressed = async (value: string) =>
    page.post(`/m/${ID}/suppress`, { token: await page.token(), suppressed: value });
  return { ...page, suppressed, said: await page.text(`/m/${ID}`) };
};

describe("a memo's page", () => {
  test('offers to stop the memos of its recipient, and then to take them off again', async () => {
    const page = await pageOf(aMemo());
    expect(page.said).toContain('Suppress the recipient');
    expect(page.said).not.toContain('suppression list');

    const suppressed = await page.suppressed('true');
    expect([suppressed.status, suppressed.headers.get('location')]).toEqual([303, `/m/${ID}?flash=suppressed`]);
    expect(await suppressionsOf(page.keyValues, [{ chat: CHAT }])).toMatchObject([{ by: 'hand', reason: 'by hand' }]);
    const text = await page.text(`/m/${ID}?flash=suppressed`);
    expect(text).toContain('The recipient is on the suppression list now.');
    expect(text).toContain('The recipient is on the suppression list.');
    expect(text).toContain(`by hand, since <time datetime="${page.clock.iso()}"`);
    expect(text).not.toContain('Suppress the recipient');

    const off = await page.suppressed('false');
    expect([off.status, off.headers.get('location')]).toEqual([303, `/m/${ID}?flash=unsuppressed`]);
    expect(await page.text(`/m/${ID}?flash=unsuppressed`)).toContain(
      'The recipient is not on the suppression list any more.',
    );
    expect(await suppressionsOf(page.keyValues, [{ chat: CHAT }])).toEqual([]);
  });

  test.each<[string, Partial<Memo>, object]>([
    ['the chat that was found', { ...person, chat: OTHER_CHAT }, { chat: OTHER_CHAT }],
    ['the number, while no chat is found', person, { phone: PERSON }],
  ])('stops %s, and shows no number', async (_, over, recipient) => {
    const page = await pageOf(aMemo(over));
    await page.suppressed('true');
    expect(await suppressionsOf(page.keyValues, [recipient as { chat: string }])).toHaveLength(1);
    expect((await page.text(`/m/${ID}`)).replaceAll(/\D/g, '')).not.toContain('4155550101');
  });

  test('takes off by chat and by number, whoever put them on', async () => {
    const page = await pageOf(aMemo({ ...person, chat: CHAT }));
    await suppress(page, [{ phone: PERSON }], { by: 'hand', reason: 'asked by mail' });
    await suppress(page, [{ chat: CHAT }], { by: 'word', reason: 'they wrote a stop word' });
    const text = await page.text(`/m/${ID}`);
    expect(text).toContain('asked by mail');
    expect(text).toContain('they wrote a stop word');
    await page.suppressed('false');
    expect(await suppressionsOf(page.keyValues, [{ phone: PERSON }, { chat: CHAT }])).toEqual([]);
  });

  test('of a memo that has no recipient yet offers nothing, and stops nobody', async () => {
    const { target: _, ...unrouted } = aMemo({ state: 'unrouted' });
    const page = await pageOf(unrouted);
    expect(page.said).not.toContain('Suppress the recipient');
    expect((await page.suppressed('true')).status).toBe(409);
  });

  test('shows whatever the reason says as text', async () => {
    const page = await pageOf(aMemo());
    await suppress(page, [{ chat: CHAT }], { by: 'hand', reason: '<script>alert(1)</script> of +14155550101' });
    const text = await page.text(`/m/${ID}`);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; of +1 ••• ••• 0101');
  });
});

describe('nobody is suppressed', () => {
  test.each<[string, Record<string, string>]>([
    ['without the token of the session', { suppressed: 'true' }],
    ['with a token of another', { suppressed: 'true', token: 'a'.repeat(64) }],
  ])('%s', async (_, form) => {
    const page = await pageOf(aMemo());
    expect((await page.post(`/m/${ID}/suppress`, form)).status).toBe(401);
    expect(await suppressionsOf(page.keyValues, [{ chat: CHAT }])).toEqual([]);
  });

  test('from another site, nor by whoever is not signed in, nor by what the form does not say', async () => {
    const page = await pageOf(aMemo());
    const form = { suppressed: 'true', token: await page.token() };
    expect((await page.post(`/m/${ID}/suppress`, form, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(401);
    expect((await page.suppressed('perhaps')).status).toBe(400);
    page.use('');
    expect((await page.post(`/m/${ID}/suppress`, form)).status).toBe(401);
    expect(await suppressionsOf(page.keyValues, [{ chat: CHAT }])).toEqual([]);
  });
});

test('a replay of somebody on the suppression list says so, and offers nothing', async () => {
  const page = await pageOf(aMemo({ state: 'failed' }));
  await page.suppressed('true');
  const text = await page.text(`/m/${ID}/replay?force=true`);
  expect(text).toContain('1 held back by the suppression list');
  expect(text).toContain('A replay would do nothing.');
});
