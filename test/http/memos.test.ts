import { describe, expect, test } from 'vitest';
import { type Memo, STATES } from '../../functions/core/model/memo.ts';
import { KEYS, testApi } from './api.ts';

const id = `m_${'a'.repeat(26)}`;
const at = '2026-07-25T17:20:00.000Z';
const memo: Memo = {
  v: 1,
  id,
  state: 'sent',
  generation: 0,
  attempts: 1,
  token: 'fresh-token-of-this-attempt',
  recording: {
    source: 'twilio',
    id: 'RE1',
    callId: 'CA1',
    from: '+14155550101',
    to: '+14155550199',
    direction: 'inbound',
    durationSeconds: 37,
    media: { kind: 'url', url: 'https://media.example.com/RE1.mp3?X-Amz-Signature=leak' },
    reference: { account: 'AC-of-the-customer' },
  },
  target: { chat: '550e8400-e29b-41d4-a716-446655440000' },
  audio: { key: `audio/run/${id}.mp3`, type: 'audio/mpeg', bytes: 1000 },
  cannotFetch: 0,
  linq: { messageId: 'linq-1' },
  deadLetter: '{"recording":{"media":{"url":"https://media.example.com/in-the-dead-letter"}}}',
  history: [{ at, state: 'received' }],
  createdAt: at,
  updatedAt: at,
};

describe('Authorization', () => {
  test.each(['/memos', `/memos/${id}`, '/memos/x/y', '/memos/'])('is needed for %s', async (path) => {
    const bridge = testApi({ memos: [memo] });
    const given = [
      '',
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      `Basic ${KEYS[0]}`,
      `${KEYS[0]}`,
      `Bearer ${KEYS.join(' ')}`,
    ];
    for (const authorization of [undefined, ...given]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await bridge.app.request(path, { headers });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Aftercall"']);
      expect(await answer.json()).toEqual({ error: { code: 'unauthorized', message: expect.any(String) } });
    }
    expect(bridge.lists).toEqual([]);
  });

  test('is needed to make a memo, and nothing is queued without', async () => {
    const { app, queued } = testApi();
    expect((await app.request('/memos', { method: 'POST', body: '{}' })).status).toBe(401);
    expect(queued).toEqual([]);
  });

  test.each(KEYS)('holds any of the keys of a rotation: %s', async (key) => {
    const headers = { authorization: `Bearer ${key}` };
    expect((await testApi().app.request('/memos', { headers })).status).toBe(200);
  });

  test('that was just rotated is read anew, once; a wrong one is refused all the same', async () => {
    let forgotten = 0;
    const values = [['the-old-key'], ['the-new-key'], ['a-wrong-key']];
    const secrets = { read: async () => values[forgotten] ?? [], forget: () => ++forgotten < 3 };
    const { app } = testApi({ secrets });
    const call = (key: string) => app.request('/memos', { headers: { authorization: `Bearer ${key}` } });

    expect((await call('the-old-key')).status).toBe(200);
    expect(forgotten).toBe(0);
    expect((await call('the-new-key')).status).toBe(200);
    expect(forgotten).toBe(1);
    expect((await call('another-key')).status).toBe(401);
    expect(forgotten).toBe(2);
  });

  test('opens nothing where no key is configured', async () => {
    const headers = { authorization: 'Bearer undefined' };
    expect((await testApi({ keys: [] }).app.request('/memos', { headers })).status).toBe(401);
  });

  test('is not needed for /health', async () => {
    expect((await testApi().app.request('/health')).status).toBe(200);
  });
});

describe('GET /memos', () => {
  test('gives a page, and the cursor of the next', async () => {
    const answer = await testApi({ memos: [memo], next: 'cursor-2' }).call('/memos');
    expect(await answer.json()).toMatchObject({ memos: [{ id, state: 'sent' }], next: 'cursor-2' });
  });

  test('filters by state, source, call and chat, and goes on where it stopped', async () => {
    const bridge = testApi();
    const chat = '550e8400-e29b-41d4-a716-446655440000';
    await bridge.call(`/memos?state=parked&source=twilio&call=CA1&chat=${chat.toUpperCase()}&limit=7&next=cursor-2`);
    const filter = { state: 'parked', source: 'twilio', callId: 'CA1', chat };
    expect(bridge.lists).toEqual([{ filter, limit: 7, next: 'cursor-2' }]);
  });

  test('gives fifty at a time where no limit is given', async () => {
    const bridge = testApi();
    await bridge.call('/memos');
    expect(bridge.lists).toEqual([{ filter: {}, limit: 50, next: undefined }]);
  });

  test.each(STATES)('knows the state %s', async (state) => {
    expect((await testApi().call(`/memos?state=${state}`)).status).toBe(200);
  });

  test.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=1.5'],
    ['limit', 'limit=many'],
    ['limit', 'limit='],
    ['state', 'state=nowhere'],
    ['chat', 'chat=CA1'],
    ['phone', 'phone=%2B14155550101'],
    ['sort', 'sort=newest'],
  ])('refuses a wrong %s: %s', async (field, query) => {
    const bridge = testApi();
    const answer = await bridge.call(`/memos?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: { code: 'unreadable', message: expect.stringContaining(field) } });
    expect(bridge.lists).toEqual([]);
  });
});

describe('POST /memos/find', () => {
  const find = (bridge: ReturnType<typeof testApi>, body: unknown) =>
    bridge.call('/memos/find', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

  test('finds the memos of a person, and filters as the list does', async () => {
    const bridge = testApi({ memos: [memo], lookedThrough: 2000, next: 'cursor-2' });
    const answer = await find(bridge, { phone: '+1 (415) 555-0101', state: 'sent', limit: 7, next: 'cursor-2' });
    expect(await answer.json()).toMatchObject({ memos: [{ id }], looked_through: 2000, next: 'cursor-2' });
    expect(bridge.lists).toEqual([{ filter: { phone: '+14155550101', state: 'sent' }, limit: 7, next: 'cursor-2' }]);
  });

  test.each([
    ['what is no number', { phone: 'Dana' }],
    ['digits without a country', { phone: '4155550101' }],
    ['nobody', { state: 'sent' }],
    ['what it does not know', { phone: '+14155550101', sort: 'newest' }],
    ['what is not JSON', 'phone=+14155550101'],
  ])('refuses %s', async (_, body) => {
    const bridge = testApi();
    const answer = await find(bridge, body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'unreadable' } }]);
    expect(bridge.lists).toEqual([]);
  });

  test('refuses more than 64 KiB', async () => {
    expect((await find(testApi(), { phone: 'x'.repeat(65 * 1024) })).status).toBe(413);
  });
});

describe('a memo as it is shown', () => {
  test.each(['/memos', `/memos/${id}`])(
    'tells its story, and holds no address, token or reference: %s',
    async (path) => {
      const text = await (await testApi({ memos: [memo] }).call(path)).text();
      for (const fact of ['"sent"', '"twilio"', '"RE1"', 'CA1', '550e8400', 'audio/mpeg', 'linq-1', '"history"']) {
        expect(text).toContain(fact);
      }
      expect(text).not.toMatch(
        /https?:|Signature|fresh-token|AC-of-the-customer|in-the-dead-letter|"media"|"reference"/,
      );
    },
  );

  test('says that there is a dead letter, without its text', async () => {
    const answer = await testApi({ memos: [memo] }).call(`/memos/${id}`);
    expect(await answer.json()).toMatchObject({ id, dead_letter: true });
  });

  test('has what Linq has said of it since, on its own page', async () => {
    const receipts = [{ messageId: 'linq-1', memo: id, sent: at, failed: at, reason: '3001 not delivered' }];
    const answer = await testApi({ memos: [memo], receipts }).call(`/memos/${id}`);
    expect(await answer.json()).toMatchObject({ id, receipt: { sent: at, failed: at, reason: '3001 not delivered' } });
    expect(await (await testApi({ memos: [memo] }).call(`/memos/${id}`)).json()).not.toHaveProperty('receipt');
  });

  test('has its waveform on its own page and not in a list, and a later part’s audio on neither', async () => {
    const audio = { key: `audio/run/${id}.mp3`, type: 'audio/mpeg', bytes: 1000, waveform: [3, 50, 7] };
    const long: Memo = {
      ...memo,
      audio,
      part: { number: 1, of: 2 },
      laterParts: [{ ...audio, key: 'audio/run/later.mp3' }],
    };
    const bridge = testApi({ memos: [long] });
    const page = await (await bridge.call(`/memos/${id}`)).text();
    expect(page).toContain('"waveform":[3,50,7]');
    const list = await (await bridge.call('/memos')).text();
    expect(list).not.toContain('waveform');
    for (const text of [page, list]) {
      expect(text).toContain('"part":{"number":1,"of":2}');
      expect(text).not.toMatch(/laterParts|later\.mp3/);
    }
  });

  test.each([`m_${'b'.repeat(26)}`, 'nothing', 'm_', '%00', '..%2F..'])(
    'is 404 where there is none: %s',
    async (path) => {
      const answer = await testApi({ memos: [memo] }).call(`/memos/${path}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { code: 'no_such_memo', message: expect.any(String) } });
    },
  );
});

test.each([
  ['GET', '/nowhere'],
  ['GET', '/hooks/twilio'],
])('an unknown path is a 404 in JSON: %s %s', async (method, path) => {
  const answer = await testApi().call(path, { method });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({ error: { code: 'not_found', message: expect.any(String) } });
});
