import { describe, expect, test } from 'vitest';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { partId } from '../../functions/core/model/memo.ts';
import { CHAT } from '../fakes/examples.ts';
import { testApi } from './api.ts';
import { EVENT_AT, failureData, linqEvent, MESSAGE, mediaPart, messageData, signed } from './linq-events.ts';
import { NOW_SECONDS } from './receiving.ts';
import { ID, prepare } from './taking-receipts.ts';

// What Linq reports about our messages after a valid signature: see receipts-signature.test.ts.

describe('an event of a message', () => {
  test.each([
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
  ] as const)('message.%s is kept with its time, and its memo is %s', async (event, state) => {
    const { ledger, deliver, receipt } = await prepare();

    const { status } = await deliver(linqEvent(`message.${event}`, messageData('memo.mp3')));

    expect(status).toBe(200);
    expect(await receipt()).toEqual({ messageId: MESSAGE, memo: ID, chat: CHAT, [event]: EVENT_AT });
    expect(await ledger.get(ID)).toMatchObject({ state });
  });

  test('message.failed is kept with why, and moves nothing: it may yet be delivered', async () => {
    const { ledger, deliver, receipt } = await prepare();

    expect((await deliver(linqEvent('message.failed', failureData()))).status).toBe(200);
    const reason = '4001 Message delivery failed';
    expect(await receipt()).toEqual({ messageId: MESSAGE, memo: ID, failed: EVENT_AT, reason });
    expect(await ledger.get(ID)).toMatchObject({ state: 'sent' });

    await deliver(linqEvent('message.delivered', messageData(undefined)));
    expect(await ledger.get(ID)).toMatchObject({ state: 'delivered' });
    expect(await receipt()).toMatchObject({ failed: EVENT_AT, delivered: EVENT_AT, reason });
  });

  test.each([
    ['by its code alone', { reason: undefined }, '4001'],
    ['by its words alone', { code: undefined }, 'Message delivery failed'],
    ['by a code that is text', { code: '4008', reason: null }, '4008'],
    ['by very long words, of which the beginning is kept', { reason: 'x'.repeat(5000) }, `4001 ${'x'.repeat(1019)}`],
  ])('message.failed is told %s', async (_, over, reason) => {
    const { deliver, receipt } = await prepare();

    expect((await deliver(linqEvent('message.failed', failureData(over)))).status).toBe(200);
    expect(await receipt()).toMatchObject({ failed: EVENT_AT, reason });
  });

  test('message.failed without its message is answered 200, and says nothing', async () => {
    const { deliver, receipt } = await prepare();

    const event = linqEvent('message.failed', failureData({ message_id: undefined }));
    expect(await deliver(event)).toEqual({ status: 200, body: { ignored: 'message.failed' } });
    expect(await receipt()).toEqual({ messageId: MESSAGE, memo: ID });
  });

  test('may come in any order, and again', async () => {
    const { ledger, deliver, receipt } = await prepare();

    for (const type of ['read', 'failed', 'delivered', 'sent', 'read', 'delivered']) {
      const data = type === 'failed' ? failureData() : messageData(undefined);
      expect((await deliver(linqEvent(`message.${type}`, data))).status).toBe(200);
    }
    const all = { sent: EVENT_AT, delivered: EVENT_AT, read: EVENT_AT, failed: EVENT_AT };
    expect(await receipt()).toMatchObject(all);
    expect(await ledger.get(ID)).toMatchObject({ state: 'read' });
  });

  test.each(['2026-07-25T13:19:58.123-04:00', '2026-07-25T17:19:58.123000Z'])(
    'has its time in UTC, whatever its zone: %s',
    async (created_at) => {
      const { deliver, receipt } = await prepare();

      await deliver(linqEvent('message.delivered', messageData(undefined), { created_at }));
      expect(await receipt()).toMatchObject({ delivered: EVENT_AT });
    },
  );

  test('from the future is of now, but for what clocks differ by', async () => {
    const now = new Date(NOW_SECONDS * 1000).toISOString();
    const soon = new Date(NOW_SECONDS * 1000 + 60_000).toISOString();
    for (const [created_at, delivered] of [
      ['2099-01-01T00:00:00Z', now],
      ['9999-12-31T23:59:59Z', now],
      [soon, soon],
    ]) {
      const { deliver, receipt } = await prepare();
      await deliver(linqEvent('message.delivered', messageData(undefined), { created_at }));
      expect(await receipt()).toMatchObject({ delivered });
    }
  });

  test('of a message that is none of ours is answered 200, and kept', async () => {
    const { ledger, deliver } = await prepare();

    const event = linqEvent('message.delivered', messageData('holiday.mov', { id: 'not-ours' }));
    expect(await deliver(event)).toEqual({ status: 200, body: {} });
    expect(await ledger.addReceipt({ messageId: 'not-ours' })).toEqual({
      ...{ messageId: 'not-ours', chat: CHAT },
      delivered: EVENT_AT,
    });
    expect(await ledger.get(ID)).toMatchObject({ state: 'sent' });
  });
});

describe('the name of a file', () => {
  test('that is ours leads to the memo, and settles what may have been sent', async () => {
    const { ledger, deliver } = await prepare('unknown');

    const event = linqEvent('message.sent', messageData(`${ID}.mp3`));
    expect(await deliver(event)).toEqual({ status: 200, body: { memo: ID } });
    expect(await ledger.messageIdsFromReceipts(ID)).toMatchObject([{ messageId: MESSAGE }]);
    expect(await ledger.get(ID)).toMatchObject({ state: 'sent', linq: { messageId: MESSAGE } });
  });

  test('that is ours may stand beside others', async () => {
    const { ledger, deliver } = await prepare('unknown');

    const parts = [{ type: 'text', value: 'hear this' }, { type: 'media' }, mediaPart('a.mp3'), mediaPart(`${ID}.m4a`)];
    await deliver(linqEvent('message.delivered', messageData(undefined, { parts })));
    expect(await ledger.get(ID)).toMatchObject({ state: 'delivered', linq: { messageId: MESSAGE } });
  });

  test('of a later part leads to the memo of that part', async () => {
    const second = partId(ID, 2);
    const { ledger, deliver } = await prepare('unknown', second);

    const event = linqEvent('message.sent', messageData(`${second}.mp3`));
    expect(await deliver(event)).toEqual({ status: 200, body: { memo: second } });
    expect(await ledger.messageIdsFromReceipts(ID)).toEqual([]);
  });

  test.each([
    `${ID}`,
    `${ID}.mp3.exe`,
    `x${ID}.mp3`,
    `${ID}-0.mp3`,
    `${ID}-2.mp3`,
    `${ID}-1a2b.m4a`,
    `Audio ${ID.toUpperCase()} (1).CAF`,
    `${ID}/../${ID}.mp3`,
  ])('that Linq has changed leads to it all the same: %s', async (filename) => {
    const { ledger, deliver } = await prepare('unknown');

    await deliver(linqEvent('message.sent', messageData(filename)));
    expect(await ledger.get(ID)).toMatchObject({ state: 'sent', linq: { messageId: MESSAGE } });
  });

  test('that came in proves nothing: somebody sent our file back', async () => {
    const { ledger, deliver } = await prepare('unknown');

    await deliver(linqEvent('message.read', messageData(`${ID}.mp3`, { direction: 'inbound' })));
    expect(await ledger.get(ID)).toMatchObject({ state: 'unknown' });
  });

  test.each([undefined, 'memo.mp3', `${ID.slice(0, -1)}.mp3`, ID.replace('_', '-')])(
    'that is not ours leads nowhere: %s',
    async (filename) => {
      const { ledger, deliver } = await prepare('unknown');

      const event = linqEvent('message.sent', messageData(filename));
      expect(await deliver(event)).toEqual({ status: 200, body: {} });
      expect(await ledger.messageIdsFromReceipts(ID)).toEqual([]);
      expect(await ledger.get(ID)).toMatchObject({ state: 'unknown' });
    },
  );

  test.each([
    ['parts that are null', { parts: null }],
    ['parts that are absent', { parts: undefined }],
    ['a file without a name', { parts: [{ ...mediaPart('x'), filename: null }] }],
  ])('is nothing to insist on: %s', async (_, over) => {
    const { deliver, receipt } = await prepare();

    expect((await deliver(linqEvent('message.delivered', messageData(undefined, over)))).status).toBe(200);
    expect(await receipt()).toMatchObject({ delivered: EVENT_AT });
  });
});

describe('our own trouble is 503, for Linq repeats no 4xx:', () => {
  test.each(['addReceipt', 'get', 'move'] as const)('the ledger is away when it is asked to %s', async (method) => {
    const { ledger } = await prepare();
    const away = { ...ledger, [method]: () => Promise.reject(new Error('connect ECONNREFUSED')) };
    const { app, lines } = testApi({ ledger: away });

    const answer = await app.request('/linq', signed(linqEvent('message.delivered', messageData(undefined))));

    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
    expect(await answer.json()).toEqual({ error: { code: 'unavailable', message: expect.any(String) } });
    expect(lines.join()).toContain('request failed');

    const again = await testApi({ ledger }).app.request(
      '/linq',
      signed(linqEvent('message.delivered', messageData(undefined))),
    );
    expect(again.status).toBe(200);
    expect(await ledger.get(ID)).toMatchObject({ state: 'delivered' });
  });
});

test('an event about a row of a later version is asked for again, and an operator is told', async () => {
  const { ledger } = await prepare();
  const later = () => Promise.reject(new AftercallError('later_version', 'a later version wrote the row'));
  const { app, lines } = testApi({ ledger: { ...ledger, get: later } });

  const answer = await app.request('/linq', signed(linqEvent('message.delivered', messageData(undefined))));

  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '60']);
  expect(lines.join()).toContain('later-version');
});

test('no log line holds a body, a number or a secret', async () => {
  const { deliver, lines } = await prepare('unknown');

  await deliver(linqEvent('message.sent', messageData(`${ID}.mp3`)));
  await deliver(linqEvent('message.delivered', messageData(undefined)));
  await deliver('{');
  expect(lines.join('\n')).toContain(ID);
  expect(lines.join('\n')).not.toMatch(/\+1205|whsec|cdn\.linqapp|partner-1/);
});
