import { describe, expect, test } from 'vitest';
import { CHAT, OTHER_CHAT } from '../fakes/examples.ts';
import { expired, failed, group, idOf, parked, prepare, rejected, sent, unrouted } from './replaying.ts';

// How a person asks for a replay, and the answers. What a replay does: test/core/operate/replay-memos.test.ts.

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

    const says = '1 with an expired recording';
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
