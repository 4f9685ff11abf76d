import { describe, expect, test } from 'vitest';
import { STATES } from '../../functions/core/model/memo.ts';
import { CHAT } from '../fakes/examples.ts';
import { aMemo, expired, failed, keyOf, parked, prepare, rejected, sent, unrouted } from './replaying.ts';

describe('POST /replay', () => {
  test('is 202: what there is to do is done, each memo once, and the rest is told', async () => {
    const { post, resent, queued } = prepare({ next: 'cursor-2' });

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
      '1 still without a route',
      '1 will be fetched again',
      '1 will be sent',
      '1 with an expired recording',
    ]);
    expect(resent.map(({ message }) => message.memo).toSorted()).toEqual([failed.id, parked.id].toSorted());
    expect(queued.map(({ replay }) => replay?.memo)).toEqual([rejected.id]);
  });

  test('with dry_run=true is 200, says the same as what would be, and does nothing', async () => {
    const { post, resent, queued } = prepare({ next: 'cursor-2' });

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
      '3 would be sent, 1 with an expired recording',
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
