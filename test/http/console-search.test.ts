import { describe, expect, test } from 'vitest';
import { CAUSES_READ } from '../../functions/core/observe/causes/causes-now.ts';
import { CHAT } from '../fakes/examples.ts';
import { type ApiSettings, signedIn, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';

/** The reads for the list itself, not those for the tiles beside it. */
const isSearch = ({ limit }: { limit: number }) => limit > 1 && limit !== CAUSES_READ;

describe('the list asks the ledger', () => {
  const asked = async (query: string, settings: ApiSettings = {}) => {
    const page = await signedIn(settings);
    expect((await page.see(`/${query}`)).status).toBe(200);
    // The overview asks for one row of each source.
    return { lists: page.lists.filter(isSearch), gets: page.gets };
  };

  test.each([
    ['', {}],
    ['?state=&source=&q=&next=', {}],
    ['?state=failed', { state: 'failed' }],
    ['?source=twilio', { source: 'twilio' }],
    ['?q=CA1', { callId: 'CA1' }],
    ['?q=%20CA1%20&state=sent&source=twilio', { callId: 'CA1', state: 'sent', source: 'twilio' }],
  ])('for one page, by one index: %s', async (query, filter) => {
    expect((await asked(query, { memos: [aMemo()] })).lists).toEqual([{ filter, limit: 40 }]);
  });

  test('for every filter together, the last day included', async () => {
    const query = '?state=failed&source=twilio&reason=refuses%20our%20key&since=2026-03-02&until=2026-03-04';
    const { lists } = await asked(query);
    const days = { since: '2026-03-02T00:00:00.000Z', until: '2026-03-05T00:00:00.000Z' };
    const filter = { state: 'failed', source: 'twilio', reason: 'refuses our key', ...days };
    expect(lists).toEqual([{ filter, limit: 40 }]);
  });

  test.each(['550e8400', 'RE1', 'm_aaaa', 'CA1-and-more'])(
    'for the beginning of an id where no call has it: %s',
    async (q) => {
      const { lists } = await asked(`?q=${q}`);
      expect(lists).toEqual([
        { filter: { callId: q }, limit: 40 },
        { filter: { search: { idPrefix: q, digits: [] } }, limit: 40 },
      ]);
    },
  );

  test('for one row where a memo is named', async () => {
    expect(await asked(`?q=${ID}`, { memos: [aMemo()] })).toEqual({ lists: [], gets: [ID] });
  });

  test('for the page that a cursor leads to', async () => {
    expect((await asked('?state=failed&next=cursor')).lists).toEqual([
      { filter: { state: 'failed' }, limit: 40, next: 'cursor' },
    ]);
  });

  test('with both of two filters at once', async () => {
    const { lists } = await asked('?state=sent&source=twilio');
    expect(lists).toEqual([{ filter: { state: 'sent', source: 'twilio' }, limit: 40 }]);
  });

  test('for a call first where a chat is named, and then for the chat', async () => {
    const { lists } = await asked(`?source=twilio&q=${CHAT.toUpperCase()}`);
    expect(lists).toEqual([
      { filter: { source: 'twilio', callId: CHAT.toUpperCase() }, limit: 40 },
      { filter: { source: 'twilio', chat: CHAT }, limit: 40 },
    ]);
  });

  test('and says how far it has looked where no index led it', async () => {
    const text = await (await signedIn({ lookedThrough: 2000, next: 'cursor-2' })).text(`/?q=${CHAT}`);
    expect(text).toContain('Searched the 2000 newest memos; there are older ones.');
  });

  test('and offers the next page with its filter', async () => {
    const text = await (await signedIn({ memos: [aMemo()], next: 'cursor-2' })).text('/?source=twilio');
    expect(text).toContain('href="/?source=twilio&amp;next=cursor-2"');
  });

  test.each(['?state=nowhere', `?q=${'x'.repeat(600)}`])('and refuses what is no filter: %s', async (query) => {
    const page = await signedIn();
    expect((await page.see(`/${query}`)).status).toBe(400);
    expect(page.lists).toEqual([]);
  });
});

describe('the search', () => {
  const find = async (q: string, settings: ApiSettings = {}) => {
    const page = await signedIn(settings);
    const answer = await page.post('/find', { token: await page.token(), state: 'sent', source: '', q });
    expect(answer.status).toBe(303);
    return { page, to: answer.headers.get('location') ?? '' };
  };
  const asked = ({ lists }: ReturnType<typeof testApi>) => lists.filter(isSearch).at(-1)?.filter;

  test.each([
    ['CA1', '/?state=sent&q=CA1'],
    [' CA7031234567890 ', '/?state=sent&q=CA7031234567890'],
    ['', '/?state=sent'],
  ])('leads to an address that says what was looked for: %j', async (q, to) => {
    expect((await find(q)).to).toBe(to);
  });

  test.each(['+14155550101', ' +1 (415) 555-0101'])('for a person, %j, leads to one that does not', async (q) => {
    const { page, to } = await find(q, { memos: [aMemo()], next: 'cursor-2' });
    expect(decodeURIComponent(to).replaceAll(/\D/g, '')).not.toContain('4155550101');
    const text = await page.text(to);
    expect(asked(page)).toEqual({ state: 'sent', phone: '+14155550101' });
    expect(text).toContain('Memos of +1 ••• ••• 0101');
    expect(text.replaceAll(/\D/g, '')).not.toContain('4155550101');
    const person = new URL(to, 'https://calls.example.com').searchParams.get('person');
    for (const link of ['next=cursor-2', 'fragment=1']) expect(text).toContain(`person=${person}&amp;${link}`);
  });

  test.each([
    ['(415) 555-0101', ['4155550101']],
    ['14155550101', ['14155550101']],
    ['020 7946 0958', ['2079460958', '02079460958']],
    ['0049 30 901820', ['4930901820', '04930901820', '004930901820']],
    ['+44 (0)20 7946 0958', []],
  ])('for a number as people type it, %j, looks for its digits and shows none of them', async (q, digits) => {
    const { page, to } = await find(q, { memos: [aMemo()] });
    const typed = q.replaceAll(/\D/g, '');
    expect(decodeURIComponent(to).replaceAll(/\D/g, '')).not.toContain(typed);
    expect((await page.text(to)).replaceAll(/\D/g, '')).not.toContain(typed);
    const number = digits.length > 0 ? { search: { idPrefix: q, digits } } : { phone: '+442079460958' };
    expect(asked(page)).toEqual({ state: 'sent', ...number });
  });

  test('for a reason that holds a number is refused, since a reason stands in the URL', async () => {
    const page = await signedIn();
    const answer = await page.post('/find', { token: await page.token(), reason: 'no chat with +14155550101' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Type the number into the search field');
  });

  test('for a person may be kept, and is worth nothing once the key is another', async () => {
    const { page, to } = await find('+14155550101', { memos: [aMemo()] });
    page.keys.unshift('a-key-that-came-later');
    expect(await page.text(to)).toContain('Memos of +1 ••• ••• 0101');

    page.keys.splice(0, 2, 'a-key-of-today');
    await page.signIn('a-key-of-today');
    const before = page.lists.length;
    const text = await page.text(to);
    expect(text).toContain('Type the number into the search field again');
    expect(text).not.toContain(ID);
    expect(page.lists.slice(before).filter(isSearch)).toEqual([]);
  });

  test.each(['x', 'A'.repeat(40), 'A'.repeat(256)])('takes no seal that is not its own: %s', async (person) => {
    const page = await signedIn({ memos: [aMemo()] });
    const text = await page.text(`/?person=${person}`);
    expect(text).toContain('Type the number into the search field again');
    expect(text).not.toContain(ID);
  });

  test('takes no number from another page, nor from nobody', async () => {
    const page = await signedIn();
    expect((await page.post('/find', { token: 'another', q: '+14155550101' })).status).toBe(401);
    expect((await testApi().post('/find', { q: '+14155550101' })).status).toBe(401);
  });
});
