import { describe, expect, test } from 'vitest';
import { type Memo, STATES } from '../../functions/core/model/memo.ts';
import { CAUSES_READ } from '../../functions/core/observe/causes/causes-now.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { CHAT } from '../fakes/examples.ts';
import { aMemo, ID, looking } from './looking.ts';

const at = '2026-03-04T05:06:07.000Z';
const signedIn = async (settings: Parameters<typeof looking>[0] = {}) => {
  const page = looking(settings);
  await page.signIn();
  return page;
};
/** The reads for the list itself, not those for the tiles beside it. */
const isSearch = ({ limit }: { limit: number }) => limit > 1 && limit !== CAUSES_READ;
/** Every page that shows data of a memo. */
const PAGES = [
  '/',
  '/?fragment=1',
  `/?q=${ID}`,
  `/m/${ID}`,
  `/m/${ID}?fragment=1`,
  `/m/${ID}/replay`,
  `/m/${ID}/replay?force=true`,
  `/m/${ID}/erase`,
  '/replay?state=failed',
];

describe('nothing leaks:', () => {
  const canaries: Memo = aMemo({
    state: 'failed',
    reason: 'no chat between +14155550199 and 14155550101, nor (415) 555-0101 as +1 (415) 555-0101',
    token: 'token-of-this-attempt',
    recording: {
      source: 'twilio',
      id: 'RE-14155550101',
      callId: 'call-of-+14155550101',
      from: '+14155550101',
      to: 'sip:14155550199@pbx.example',
      media: { kind: 'url', url: 'https://media.example/RE1.mp3?X-Amz-Signature=canary' },
      reference: { account: 'AC-canary' },
    },
    target: { line: '+14155550199', handle: '+14155550101', create: 'first-message-canary' },
    deadLetter: '{"url":"https://media.example/dead-letter-canary"}',
    uploaded: 'upload-canary',
    fitting: { done: 'converted', reason: 'a call of +14155550101', ms: 1 },
    linq: { messageId: 'linq-1', attachmentId: 'attachment-canary' },
    history: [{ at, state: 'failed', reason: 'refused +14155550101', code: '404/2001', traceId: 'trace-1' }],
  });
  const receipts = [{ messageId: 'linq-1', failed: at, reason: 'not to +14155550101' }];

  test.each(PAGES)('%s holds no whole number, no address and no secret', async (path) => {
    const page = await signedIn({ memos: [canaries], receipts });
    const answer = await page.see(path);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain(ID);
    expect(text.replaceAll(/\D/g, '')).not.toMatch(/4155550101|4155550199/);
    expect(text).not.toMatch(/\(415\)|555-0101|canary|media\.example|token-of-this|Signature|the-key-of-this-page/);
  });

  test('numbers are told apart by their ends', async () => {
    const text = await (await signedIn({ memos: [canaries] })).text('/');
    expect(text).toContain('+1 ••• ••• 0101');
    expect(text).toContain('•••99@pbx.example');
  });

  test.each(['+14155550101', ' +1 (415) 555-0101'])(
    'a number in an address, %s, is neither looked for nor said back',
    async (q) => {
      const page = await signedIn({ memos: [canaries] });
      const text = await page.text(`/?q=${encodeURIComponent(q)}`);
      expect(text).toContain('A URL must hold no telephone number');
      expect(text.replaceAll(/\D/g, '')).not.toContain('4155550101');
      expect(page.lists.filter(({ filter }) => filter.callId)).toEqual([]);
    },
  );
});

describe('whatever a row holds is text:', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'';
  const hostile = aMemo({
    state: 'failed',
    reason: evil,
    recording: {
      source: evil,
      id: evil,
      callId: evil,
      from: evil,
      to: evil,
      direction: 'inbound',
      media: { kind: 'ask' },
    },
    chat: evil,
    original: { type: evil, codec: evil, bytes: 1 },
    fitting: { done: 'converted', reason: evil, notes: [evil], ms: 1 },
    linq: { messageId: evil },
    history: [{ at, state: 'failed', reason: evil, code: evil, traceId: evil, messageId: evil }],
  });

  test.each(PAGES)('%s', async (path) => {
    const page = await signedIn({ memos: [hostile], receipts: [{ messageId: evil, failed: at, reason: evil }] });
    const text = await page.text(path);
    expect(text).toContain(ID);
    expect(text).not.toMatch(/<script>|<img|">&lt;|=">/);
  });

  test.each(['/?q=', '/?source=', '/sign-in?to=', '/?flash=', '/replay?flash='])(
    'and what an address says: %s',
    async (path) => {
      const text = await (await signedIn()).text(path + encodeURIComponent(evil));
      expect(text).not.toMatch(/<script>|<img/);
    },
  );
});

describe('the list asks the ledger', () => {
  const asked = async (query: string, settings: Parameters<typeof looking>[0] = {}) => {
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
  const find = async (q: string, settings: Parameters<typeof looking>[0] = {}) => {
    const page = await signedIn(settings);
    const answer = await page.post('/find', { token: await page.token(), state: 'sent', source: '', q });
    expect(answer.status).toBe(303);
    return { page, to: answer.headers.get('location') ?? '' };
  };
  const asked = ({ lists }: ReturnType<typeof looking>) => lists.filter(isSearch).at(-1)?.filter;

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
    expect((await looking().post('/find', { q: '+14155550101' })).status).toBe(401);
  });
});

describe('at a glance', () => {
  test('what waits, what the queues hold, and when each source was last heard of', async () => {
    const text = await (await signedIn({ memos: [aMemo()] })).text('/');
    expect(text.match(/<b>50\+<\/b>/g)).toHaveLength(3);
    for (const said of ['<b>3</b> recordings', '<b>4</b> memos', '<b>5</b> dead letters', '1 without a webhook yet']) {
      expect(text).toContain(said);
    }
  });

  test('queues that do not answer take nothing else away', async () => {
    const page = await signedIn({ memos: [aMemo()], depths: () => Promise.reject(new Error('away')) });
    const text = await page.text('/');
    expect(text).toContain('SQS does not answer');
    expect(text).toContain(ID);
  });
});

describe('the parts that change by themselves', () => {
  test('come alone, once, and then only if they have changed', async () => {
    const memos = [aMemo()];
    const page = await signedIn({ memos });
    for (const path of ['/?fragment=1', `/m/${ID}?fragment=1`]) {
      const first = await page.see(path);
      const text = await first.text();
      expect(text).toMatch(/^<section/);
      expect(text).toContain(ID);
      const etag = first.headers.get('etag') ?? '';
      const again = await page.see(path, { 'If-None-Match': etag });
      expect([again.status, await again.text()]).toEqual([304, '']);
      memos[0] = aMemo({ state: memos[0]?.state === 'sent' ? 'delivered' : 'read' });
      expect((await page.see(path, { 'If-None-Match': etag })).status).toBe(200);
    }
  });

  test('are those of the page, word for word', async () => {
    const page = await signedIn({ memos: [aMemo()] });
    const whole = await page.text('/');
    for (const part of (await page.text('/?fragment=1')).split(/(?=<section id=)/))
      expect(whole).toContain(part.trim());
  });
});

describe('one memo', () => {
  test.each(STATES)('says what %s means', async (state) => {
    const text = await (await signedIn({ memos: [aMemo({ state, history: [{ at, state }] })] })).text(`/m/${ID}`);
    expect(text).toMatch(new RegExp(`<h1 id="title">.*${state}</span></h1>`));
    expect(text).toMatch(/<p class="lead">\w+/);
  });

  test('tells every attempt, Linq’s answer, what to do about it, and the receipt', async () => {
    const history: Memo['history'] = [
      { at, state: 'received' },
      { at: '2026-03-04T05:06:08.250Z', state: 'sending', attempt: 2 },
      {
        at: '2026-03-04T05:06:09.000Z',
        state: 'failed',
        attempt: 2,
        reason: 'the recipient has not texted this line first',
        code: '403/2008',
        traceId: 'trace-7',
      },
    ];
    const memos = [
      aMemo({ state: 'failed', reason: history[2]?.reason ?? '', history, linq: { messageId: 'linq-1' } }),
    ];
    const receipts = [{ messageId: 'linq-1', sent: at, failed: at, reason: '3001 no route' }];
    const text = await (await signedIn({ memos, receipts })).text(`/m/${ID}`);
    for (const said of [
      'attempt 2',
      '+1.25 s',
      'has not texted this line first',
      '403/2008',
      'Ask the recipient to text the line once',
      'trace-7',
      '3001 no route',
    ]) {
      expect(text).toContain(said);
    }
  });

  test('leads from part to part', async () => {
    const id = `${ID}-2`;
    const text = await (await signedIn({ memos: [aMemo({ id, part: { number: 2, of: 3 } })] })).text(`/m/${id}`);
    expect([...text.matchAll(/href="\/m\/([\w-]+)" aria-label="part (\d)"/g)].map(([, to, n]) => [to, n])).toEqual([
      [ID, '1'],
      [`${ID}-3`, '3'],
    ]);
  });

  test.each([`/m/m_${'b'.repeat(26)}`, '/m/nothing', '/m/', `/m/${ID}/nothing`, `/m/nothing/erase`, '/m/%00/replay'])(
    'is a page that says there is none: %s',
    async (path) => {
      const answer = await (await signedIn({ memos: [aMemo()] })).see(path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    },
  );

  test('has its sound for five minutes, as an address for the script and as a player without one', async () => {
    const page = await signedIn({ memos: [aMemo()] });
    const token = await page.token();
    const json = await page.post(
      `/m/${ID}/audio`,
      { token },
      { 'Sec-Fetch-Site': 'same-origin', Accept: 'application/json' },
    );
    const { url, seconds } = Object(await json.json());
    expect(url).toMatch(
      new RegExp(`^https://bucket.example/audio/${ID}/run/${ID}.mp3\\?X-Method=GET&X-Amz-Expires=300&`),
    );
    expect(seconds).toBe(37);
    const plain = await page.post(`/m/${ID}/audio`, { token });
    expect(await plain.text()).toMatch(
      /<audio controls autoplay src="https:\/\/bucket\.example\/[^"]*X-Amz-Expires=300/,
    );
    expect(plain.headers.get('cache-control')).toBe('no-store');
  });

  test('without audio has no player', async () => {
    const { audio: _audio, ...rest } = aMemo({ state: 'received' });
    const page = await signedIn({ memos: [rest] });
    expect(await page.text(`/m/${ID}`)).not.toContain('Listen');
    expect((await page.post(`/m/${ID}/audio`, { token: await page.token() })).status).toBe(404);
  });
});

describe('a replay', () => {
  test('says first what it would do, then does it and says so', async () => {
    const page = await signedIn({ memos: [aMemo({ state: 'failed' })] });
    const asked = await page.text(`/m/${ID}/replay`);
    expect(asked).toContain('1 would be sent');
    expect(page.sending.messages).toEqual([]);
    const answer = await page.post(`/m/${ID}/replay`, { token: await page.token() });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/m/${ID}?flash=send.1`]);
    expect(page.sending.messages.map(({ message }) => message)).toEqual([{ v: 1, memo: ID, generation: 1 }]);
    expect(await page.text(`/m/${ID}?flash=send.1`)).toContain('1 will be sent.');
  });

  test('of what was sent does nothing, unless by force, which says what that means', async () => {
    const page = await signedIn({ memos: [aMemo()] });
    const asked = await page.text(`/m/${ID}/replay`);
    expect(asked).toContain('1 already delivered');
    expect(asked).not.toContain('method="post" action="/m/');
    const forced = await page.text(`/m/${ID}/replay?force=true`);
    expect(forced).toContain('The person may get it twice');
    expect(forced).toContain('1 would be sent');
    await page.post(`/m/${ID}/replay`, { token: await page.token(), force: 'true' });
    expect(page.sending.messages.map(({ message }) => message)).toEqual([
      { v: 1, memo: ID, generation: 2, force: true },
    ]);
  });

  test('of an unrouted memo goes to a chat of one’s choice', async () => {
    const { target: _target, ...unrouted } = aMemo({ state: 'unrouted' });
    const page = await signedIn({ memos: [unrouted] });
    expect(await page.text(`/m/${ID}/replay`)).toContain('1 still without a route');
    expect(await page.text(`/m/${ID}/replay?chat=${CHAT}`)).toContain('1 would be routed now');
    expect((await page.see(`/m/${ID}/replay?chat=nonsense`)).status).toBe(400);
    await page.post(`/m/${ID}/replay`, { token: await page.token(), chat: CHAT });
    expect(page.recordings.messages).toMatchObject([{ target: { chat: CHAT }, replay: { memo: ID, generation: 1 } }]);
  });

  test('of many shows which and does exactly those, though others have come meanwhile', async () => {
    const page = await signedIn({
      memos: [aMemo({ state: 'failed' }), aMemo({ id: `m_${'b'.repeat(26)}`, state: 'failed' })],
    });
    const text = await page.text('/replay?state=failed');
    expect(text).toContain('2 would be sent');
    expect(text).toContain('Replay 2 memos');
    const fields = Object.fromEntries(
      [...text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name ?? '', value ?? '']),
    );
    page.lists.length = 0;
    const answer = await page.post('/replay/confirmed', fields);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/replay?flash=send.2']);
    expect(page.lists).toEqual([{ filter: { state: 'failed', until: fields.until }, limit: 200 }]);
    expect(fields.until).toBe(new Date(page.clock.nowMs() + 1).toISOString());
    expect(page.sending.messages).toHaveLength(2);
    expect(await page.text('/replay?flash=send.2')).toContain('2 will be sent.');
  });

  test.each(['send.x', 'steal.1', 'send.99999', ''])('said of in an address is nothing of ours: %s', async (said) => {
    expect(await (await signedIn()).text(`/replay?flash=${said}`)).not.toContain('class="notice"');
  });
});

describe('an erasure', () => {
  test('says first what goes, then does it', async () => {
    const page = await signedIn({ memos: [aMemo({ linq: { messageId: 'linq-1', attachmentId: 'a' } })] });
    const text = await page.text(`/m/${ID}/erase`);
    for (const said of [
      '1 memo would be erased (1 sent), with 3 objects; Linq would be asked to delete 1 copy',
      'What is deleted for good',
      'the audio in S3',
      'the memo’s row',
      'Linq’s copy of the file',
      'What stays',
    ])
      expect(text).toContain(said);
    expect(page.erased).toEqual([]);
    const answer = await page.post(`/m/${ID}/erase`, { token: await page.token() });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?flash=erased']);
    expect(page.erased).toEqual([ID]);
  });

  test('of what is being sent this moment says why not', async () => {
    const page = await signedIn({ memos: [aMemo({ state: 'sending' })] });
    expect(await page.text(`/m/${ID}/erase`)).toContain('This memo cannot be erased now: it is being sent.');
    const answer = await page.post(`/m/${ID}/erase`, { token: await page.token() });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('it is being sent');
  });
});

test('what the ledger throws is a page that says little, and the log says enough', async () => {
  const page = await signedIn({ keys: [] });
  page.keys.push('the-key-of-this-page');
  await page.signIn();
  page.lists.push = () => {
    throw new Error('ECONNREFUSED 10.0.0.1 secret-detail');
  };
  const answer = await page.see('/');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.text()).not.toContain('secret-detail');
  expect(JSON.stringify(page.lines)).toContain('request failed');
});

test('a part that does not answer is named on the page, and in the answer to a script', async () => {
  const page = await signedIn({ depths: () => Promise.reject(new Error('ECONNREFUSED')) });
  page.lists.push = () => {
    throw new Error('ECONNREFUSED');
  };
  expect(await page.text('/')).toContain('<p>SQS does not answer the bridge.</p>');
  const answer = await page.see('/', { Accept: 'application/json' });
  expect(await answer.json()).toMatchObject({ error: { message: 'SQS does not answer the bridge' } });
});

describe('a memo whose news is a matter of moments is marked, so that the page looks more often:', () => {
  const NOW = '2026-03-04T05:10:00.000Z';
  const ago = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1000).toISOString();
  const soon: Partial<Memo>[] = [
    { state: 'received', dueAt: ago(2), updatedAt: ago(2) },
    { state: 'stored', dueAt: ago(-5), updatedAt: ago(2) },
    { state: 'sending', dueAt: ago(50), updatedAt: ago(50) },
    { state: 'unknown', dueAt: ago(1), updatedAt: ago(40) },
    { state: 'sent', updatedAt: ago(20) },
  ];
  const later: Partial<Memo>[] = [
    { state: 'received', dueAt: ago(90), updatedAt: ago(90) },
    { state: 'stored', dueAt: ago(-3600), updatedAt: ago(2) },
    { state: 'sent', updatedAt: ago(40) },
    ...(['delivered', 'read', 'parked', 'unrouted', 'rejected', 'failed', 'skipped'] as const).map((state) => ({
      state,
      updatedAt: ago(1),
    })),
  ];
  test.each([...soon.map((memo) => ({ memo, moving: true })), ...later.map((memo) => ({ memo, moving: false }))])(
    '$memo.state, due $memo.dueAt, changed $memo.updatedAt: $moving',
    async ({ memo, moving }) => {
      const page = await signedIn({ memos: [aMemo(memo)], clock: manualClock(NOW) });
      for (const path of ['/?fragment=1', `/m/${ID}?fragment=1`])
        expect((await page.text(path)).includes('data-poll-fast'), path).toBe(moving);
    },
  );
});
