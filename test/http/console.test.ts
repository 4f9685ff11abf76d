import { describe, expect, test } from 'vitest';
import { type Memo, STATES } from '../../functions/core/model/memo.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { KEY, signedIn } from './api.ts';
import { aMemo, ID } from './memo.ts';

const at = '2026-03-04T05:06:07.000Z';

describe('at a glance', () => {
  test('what waits, what the queues hold, and when each source was last heard of', async () => {
    const text = await (await signedIn({ memos: [aMemo()] })).text('/');
    expect(text.match(/<b>50\+<\/b>/g)).toHaveLength(3);
    for (const said of ['<b>3</b> recordings', '<b>4</b> memos', '<b>5</b> dead letters', '1 silent so far']) {
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

test('what the ledger throws is a page that says little, and the log says enough', async () => {
  const page = await signedIn({ keys: [] });
  page.keys.push(KEY);
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
