import { describe, expect, test } from 'vitest';
import { type Memo, STATES } from '../../functions/core/model/memo.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../fakes/examples.ts';
import { asking } from './asking.ts';

// How a person asks for a replay, and the answers. What a replay does: test/core/operate/replay-memos.test.ts.

const at = '2026-07-25T17:20:00.000Z';
const idOf = (letter: string) => `m_${letter.repeat(26)}`;
const keyOf = (id: string) => `audio/run/${id}.mp3`;

const aMemo = (letter: string, over: Partial<Memo> = {}): Memo => {
  const id = idOf(letter);
  return {
    v: 1,
    id,
    state: 'failed',
    generation: 0,
    attempts: 1,
    recording: aRecording({ id: letter }),
    target: { chat: CHAT },
    audio: { key: keyOf(id), type: 'audio/mpeg', bytes: 1000 },
    cannotFetch: 0,
    history: [{ at, state: 'received' }],
    createdAt: at,
    updatedAt: at,
    ...over,
  };
};
const failed = aMemo('a', { generation: 3 });
const sent = aMemo('b', { state: 'delivered' });
const expired = aMemo('c');
const parked = aMemo('d', { state: 'parked' });
const rejected = aMemo('e', { state: 'rejected' });
delete rejected.audio;
const { target: _none, ...unrouted } = aMemo('f', { state: 'unrouted' });
const all = [failed, sent, expired, parked, rejected, unrouted];
const objects = all.filter((memo) => memo !== expired).map(({ id }) => keyOf(id));

const prepare = (over: Parameters<typeof asking>[0] = {}) => {
  const bridge = asking({ memos: all, objects, ...over });
  const post = async (path: string) => {
    const answer = await bridge.call(path, { method: 'POST' });
    // A cast: an error has no `says`, and then no test reads that field.
    const body = (await answer.json()) as { says: string };
    return { status: answer.status, body, headers: answer.headers };
  };
  return { ...bridge, post };
};
const group = `chat:${CHAT}`;

describe('POST /memos/:id/replay', () => {
  test('is 202: the memo is enqueued with its next generation', async () => {
    const { post, resent, queued } = prepare();

    const answer = await post(`/memos/${failed.id}/replay`);

    expect(answer).toMatchObject({
      status: 202,
      body: {
        dry_run: false,
        says: '1 will be sent',
        counts: { send: 1 },
        memos: [{ id: failed.id, state: 'failed', plan: 'send' }],
      },
    });
    expect(resent).toEqual([{ message: { v: 1, memo: failed.id, generation: 4 }, group }]);
    expect(queued).toEqual([]);
  });

  test('with dry_run=true is 200, says what it would do, and does nothing', async () => {
    const { post, resent, queued } = prepare();

    const answer = await post(`/memos/${failed.id}/replay?dry_run=true`);

    const body = {
      dry_run: true,
      says: '1 would be sent',
      counts: { send: 1 },
      memos: [{ id: failed.id, state: 'failed', plan: 'send' }],
    };
    expect(answer).toMatchObject({ status: 200, body });
    expect([resent, queued]).toEqual([[], []]);
  });

  test('of what must be fetched again goes back to the recordings, as a replay', async () => {
    const { post, resent, queued } = prepare();

    expect(await post(`/memos/${rejected.id}/replay`)).toMatchObject({ status: 202, body: { counts: { fetch: 1 } } });
    const { recording } = rejected;
    expect(queued).toMatchObject([
      { v: 1, recording, target: { chat: CHAT }, replay: { memo: rejected.id, generation: 1 } },
    ]);
    expect(resent).toEqual([]);
  });

  test('of what was sent does nothing, unless it is forced', async () => {
    const { post, resent } = prepare();

    expect(await post(`/memos/${sent.id}/replay`)).toMatchObject({
      status: 202,
      body: { says: '1 already delivered' },
    });
    expect(await post(`/memos/${sent.id}/replay?force=false`)).toMatchObject({ body: { counts: { delivered: 1 } } });
    expect(resent).toEqual([]);

    expect(await post(`/memos/${sent.id}/replay?force=true`)).toMatchObject({ body: { says: '1 will be sent' } });
    expect(resent).toEqual([{ message: { v: 1, memo: sent.id, generation: 2, force: true }, group }]);
  });

  test('of what may have been sent asks Linq first, unless it is forced', async () => {
    const { post, resent } = prepare();

    expect(await post(`/memos/${parked.id}/replay`)).toMatchObject({ body: { counts: { ask: 1 } } });
    expect(await post(`/memos/${parked.id}/replay?force=true`)).toMatchObject({ body: { counts: { send: 1 } } });
    expect(resent.map(({ message }) => message.force)).toEqual([undefined, true]);
  });

  test('of what has expired says so, and enqueues nothing', async () => {
    const { post, resent } = prepare();

    const says = '1 recordings have expired';
    expect(await post(`/memos/${expired.id}/replay`)).toMatchObject({ status: 202, body: { says } });
    expect(resent).toEqual([]);
  });

  test('with a chat routes what had no route, in lower case', async () => {
    const { post, queued } = prepare();

    expect(await post(`/memos/${unrouted.id}/replay`)).toMatchObject({ body: { says: '1 still without a route' } });
    expect(queued).toEqual([]);

    const answer = await post(`/memos/${unrouted.id}/replay?chat=${OTHER_CHAT.toUpperCase()}`);
    expect(answer).toMatchObject({ status: 202, body: { says: '1 will be routed now' } });
    expect(queued).toMatchObject([{ target: { chat: OTHER_CHAT }, replay: { memo: unrouted.id, generation: 1 } }]);
  });

  test('goes by the routes as they are now', async () => {
    const { post, queued } = prepare({ routes: [{ when: {}, send: { chat: OTHER_CHAT } }] });

    expect(await post(`/memos/${unrouted.id}/replay`)).toMatchObject({ body: { counts: { route: 1 } } });
    expect(queued).toMatchObject([{ target: { chat: OTHER_CHAT } }]);
  });

  test('twice is the same message twice, which the queue and the row tell apart from two replays', async () => {
    const { post, resent } = prepare();

    await post(`/memos/${failed.id}/replay`);
    await post(`/memos/${failed.id}/replay`);
    expect(resent[1]).toEqual(resent[0]);
  });

  test.each([idOf('z'), 'nothing', 'm_', '%00', '..%2F..'])('is 404 where there is no such memo: %s', async (path) => {
    const { post, resent } = prepare();

    const answer = await post(`/memos/${path}/replay`);
    const error = { code: 'no_such_memo', message: expect.any(String), memo: decodeURIComponent(path) };
    expect(answer).toMatchObject({ status: 404, body: { error } });
    expect(resent).toEqual([]);
  });

  test.each([
    ['dry_run', 'dry_run=1'],
    ['dry_run', 'dry_run='],
    ['dry_run', 'dry_run=TRUE'],
    ['force', 'force=yes'],
    ['chat', 'chat=the-front-desk'],
    ['state', 'state=failed'],
    ['dryrun', 'dryrun=true'],
  ])('is 400 for a wrong %s, and does nothing: %s', async (field, query) => {
    const { post, resent } = prepare();

    const error = { code: 'unreadable', message: expect.stringContaining(field) };
    expect(await post(`/memos/${failed.id}/replay?${query}`)).toMatchObject({ status: 400, body: { error } });
    expect(resent).toEqual([]);
  });

  test('is 503 with Retry-After when the queue is away', async () => {
    const answer = await prepare({ queueIsAway: true }).post(`/memos/${failed.id}/replay`);

    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
    const dry = await prepare({ queueIsAway: true }).post(`/memos/${failed.id}/replay?dry_run=true`);
    expect(dry.status).toBe(200);
  });
});

describe('POST /replay', () => {
  test('is 202: what there is to do is done, each memo once, and the rest is told', async () => {
    const { post, resent, queued } = prepare();

    const answer = await post('/replay?state=failed');

    const memos = [
      { id: failed.id, state: 'failed', plan: 'send' },
      { id: sent.id, state: 'delivered', plan: 'delivered' },
      { id: expired.id, state: 'failed', plan: 'expired' },
      { id: parked.id, state: 'parked', plan: 'ask' },
      { id: rejected.id, state: 'rejected', plan: 'fetch' },
      { id: unrouted.id, state: 'unrouted', plan: 'no-route' },
    ];
    const counts = { send: 1, delivered: 1, expired: 1, ask: 1, fetch: 1, 'no-route': 1 };
    expect(answer).toMatchObject({ status: 202, body: { dry_run: false, counts, memos, next: 'cursor-2' } });
    expect(answer.body.says.split(', ').toSorted()).toEqual([
      '1 already delivered',
      '1 may have been sent: Linq is asked first',
      '1 recordings have expired',
      '1 still without a route',
      '1 will be fetched again',
      '1 will be sent',
    ]);
    expect(resent.map(({ message }) => message.memo).toSorted()).toEqual([failed.id, parked.id].toSorted());
    expect(queued.map(({ replay }) => replay?.memo)).toEqual([rejected.id]);
  });

  test('with dry_run=true is 200, says the same as what would be, and does nothing', async () => {
    const { post, resent, queued } = prepare();

    const answer = await post('/replay?state=failed&dry_run=true');

    expect(answer).toMatchObject({
      status: 200,
      body: { dry_run: true, counts: { send: 1, ask: 1 }, next: 'cursor-2' },
    });
    expect(answer.body.says).toMatch(/^1 would be sent, .*1 would be fetched again, /);
    expect([resent, queued]).toEqual([[], []]);
  });

  test('counts many of a kind', async () => {
    const memos = ['g', 'h', 'i', 'j'].map((letter) => aMemo(letter));
    const { post } = prepare({ memos, objects: memos.slice(1).map(({ id }) => keyOf(id)) });

    expect((await post('/replay?state=failed&dry_run=true')).body.says).toBe(
      '3 would be sent, 1 recordings have expired',
    );
  });

  test('says so where nothing matches', async () => {
    const answer = await prepare({ memos: [] }).post('/replay?state=failed');

    expect(answer).toMatchObject({
      status: 202,
      body: { dry_run: false, says: 'no memo matches', counts: {}, memos: [] },
    });
    expect(answer.body).not.toHaveProperty('next');
  });

  test('asks the ledger for a state, a source, a call and a time, and goes on where it stopped', async () => {
    const { post, lists } = prepare();
    const times = 'since=2026-07-01T00:00:00Z&until=2026-07-25T12:00:00.5%2B02:00';

    await post(`/replay?state=parked&source=twilio&call=CA1&${times}&limit=7&next=cursor-2&dry_run=true`);

    const filter = {
      state: 'parked',
      source: 'twilio',
      callId: 'CA1',
      since: '2026-07-01T00:00:00.000Z',
      until: '2026-07-25T10:00:00.500Z', // in the form of the times in rows
    };
    expect(lists).toEqual([{ filter, limit: 7, next: 'cursor-2' }]);
  });

  test('takes a thousand at a time where no limit is given', async () => {
    const { post, lists } = prepare();

    await post('/replay?state=failed');
    expect(lists).toEqual([{ filter: { state: 'failed' }, limit: 1000, next: undefined }]);
  });

  test.each(STATES)('knows the state %s', async (state) => {
    expect((await prepare().post(`/replay?state=${state}&dry_run=true`)).status).toBe(200);
  });

  test('with force sends again what was sent, and says so in each message', async () => {
    const { post, resent } = prepare({ memos: [failed, sent] });

    expect(await post('/replay?state=delivered&force=true')).toMatchObject({ body: { says: '2 will be sent' } });
    expect(resent.map(({ message }) => message.force)).toEqual([true, true]);
  });

  test.each([
    ['state', ''],
    ['state', 'source=twilio'],
    ['state', 'state='],
    ['state', 'state=nowhere'],
    ['since', 'state=failed&since=yesterday'],
    ['since', 'state=failed&since=2026-07-25'],
    ['until', 'state=failed&until=2026-07-25T17:20:00'],
    ['limit', 'state=failed&limit=0'],
    ['limit', 'state=failed&limit=1001'],
    ['limit', 'state=failed&limit=some'],
    ['dry_run', 'state=failed&dry_run=yes'],
    ['force', 'state=failed&force=1'],
    ['chat', `state=unrouted&chat=${CHAT}`],
    ['dryRun', 'state=failed&dryRun=true'],
  ])('is 400 for a wrong %s, and touches nothing: %s', async (field, query) => {
    const { post, lists, resent } = prepare();

    const error = { code: 'unreadable', message: expect.stringContaining(field) };
    expect(await post(`/replay?${query}`)).toMatchObject({ status: 400, body: { error } });
    expect([lists, resent]).toEqual([[], []]);
  });

  test('is 503 when the queue is away', async () => {
    expect((await prepare({ queueIsAway: true }).post('/replay?state=failed')).status).toBe(503);
  });
});

describe('the API key', () => {
  test.each(['/replay?state=failed', `/memos/${failed.id}/replay`])('is needed for POST %s', async (path) => {
    const { app, resent, lists } = prepare();

    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Bearer ' }]) {
      const answer = await app.request(path, { method: 'POST', headers });
      expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: 'unauthorized' } }]);
    }
    expect([resent, lists]).toEqual([[], []]);
  });
});

test.each([
  ['/replay?state=failed', 303], // the page asks to sign in
  [`/memos/${failed.id}/replay`, 405],
])('GET %s does nothing: to look is not to do', async (path, status) => {
  const { call, resent } = prepare();

  expect((await call(path)).status).toBe(status);
  expect(resent).toEqual([]);
});

test('an answer holds no address of a recording, and neither does a log line', async () => {
  const { post, lines } = prepare();

  const answer = await post('/replay?state=failed');
  expect(JSON.stringify(answer.body) + lines.join()).not.toMatch(/https?:|s3cret/);
});
