import { describe, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import { putOnStopList, stopsOf } from '../../functions/core/policy/suppression-list.ts';
import { CHAT, OTHER_CHAT } from '../fakes/examples.ts';
import { aMemo, ID, looking } from './looking.ts';

const PERSON = '+14155550101';
const person = { target: { line: '+14155550199', handle: PERSON } };
const signedIn = async (memo: Memo) => {
  const page = looking({ memos: [memo] });
  await page.signIn();
  const stop = async (value: string) => page.post(`/m/${ID}/stop`, { token: await page.token(), stop: value });
  return { ...page, stop, said: await page.text(`/m/${ID}`) };
};

describe("a memo's page", () => {
  test('offers to stop the memos of its recipient, and then to take them off again', async () => {
    const page = await signedIn(aMemo());
    expect(page.said).toContain('Stop their memos');
    expect(page.said).not.toContain('stop list');

    const stopped = await page.stop('true');
    expect([stopped.status, stopped.headers.get('location')]).toEqual([303, `/m/${ID}?said=stopped`]);
    expect(await stopsOf(page.notes, [{ chat: CHAT }])).toMatchObject([{ by: 'hand', why: 'by hand' }]);
    const text = await page.text(`/m/${ID}?said=stopped`);
    expect(text).toContain('No memo goes to them until you take them off the stop list.');
    expect(text).toContain('The recipient is on the stop list.');
    expect(text).toContain(`by hand, since <time datetime="${page.clock.iso()}"`);
    expect(text).not.toContain('Stop their memos');

    const off = await page.stop('false');
    expect([off.status, off.headers.get('location')]).toEqual([303, `/m/${ID}?said=unstopped`]);
    expect(await page.text(`/m/${ID}?said=unstopped`)).toContain('They are off the stop list.');
    expect(await stopsOf(page.notes, [{ chat: CHAT }])).toEqual([]);
  });

  test.each<[string, Partial<Memo>, object]>([
    ['the chat that was found', { ...person, chat: OTHER_CHAT }, { chat: OTHER_CHAT }],
    ['the number, while no chat is found', person, { phone: PERSON }],
  ])('stops %s, and shows no number', async (_, over, recipient) => {
    const page = await signedIn(aMemo(over));
    await page.stop('true');
    expect(await stopsOf(page.notes, [recipient as { chat: string }])).toHaveLength(1);
    expect((await page.text(`/m/${ID}`)).replaceAll(/\D/g, '')).not.toContain('4155550101');
  });

  test('takes off by chat and by number, whoever put them on', async () => {
    const page = await signedIn(aMemo({ ...person, chat: CHAT }));
    await putOnStopList(page, [{ phone: PERSON }], { by: 'hand', why: 'asked by mail' });
    await putOnStopList(page, [{ chat: CHAT }], { by: 'word', why: 'they wrote a stop word' });
    const text = await page.text(`/m/${ID}`);
    expect(text).toContain('asked by mail');
    expect(text).toContain('they wrote a stop word');
    await page.stop('false');
    expect(await stopsOf(page.notes, [{ phone: PERSON }, { chat: CHAT }])).toEqual([]);
  });

  test('of a memo that has no recipient yet offers nothing, and stops nobody', async () => {
    const { target: _, ...unrouted } = aMemo({ state: 'unrouted' });
    const page = await signedIn(unrouted);
    expect(page.said).not.toContain('Stop their memos');
    expect((await page.stop('true')).status).toBe(409);
  });

  test('shows whatever the reason says as text', async () => {
    const page = await signedIn(aMemo());
    await putOnStopList(page, [{ chat: CHAT }], { by: 'hand', why: '<script>alert(1)</script> of +14155550101' });
    const text = await page.text(`/m/${ID}`);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; of +1 ••• ••• 0101');
  });
});

describe('nobody is stopped', () => {
  test.each<[string, Record<string, string>]>([
    ['without the token of the session', { stop: 'true' }],
    ['with a token of another', { stop: 'true', token: 'a'.repeat(64) }],
  ])('%s', async (_, form) => {
    const page = await signedIn(aMemo());
    expect((await page.post(`/m/${ID}/stop`, form)).status).toBe(401);
    expect(await stopsOf(page.notes, [{ chat: CHAT }])).toEqual([]);
  });

  test('from another site, nor by whoever is not signed in, nor by what the form does not say', async () => {
    const page = await signedIn(aMemo());
    const form = { stop: 'true', token: await page.token() };
    expect((await page.post(`/m/${ID}/stop`, form, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(401);
    expect((await page.stop('perhaps')).status).toBe(400);
    page.use('');
    expect((await page.post(`/m/${ID}/stop`, form)).status).toBe(401);
    expect(await stopsOf(page.notes, [{ chat: CHAT }])).toEqual([]);
  });
});

test('a replay of somebody on the stop list says so, and offers nothing', async () => {
  const page = await signedIn(aMemo({ state: 'failed' }));
  await page.stop('true');
  const text = await page.text(`/m/${ID}/replay?force=true`);
  expect(text).toContain('1 held back by the stop list');
  expect(text).toContain('A replay would do nothing.');
});
