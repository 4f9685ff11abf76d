import { describe, expect, test } from 'vitest';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { memoId, partId } from '../../functions/core/model/memo.ts';
import { suppress, suppressionsOf } from '../../functions/core/policy/suppression-list.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../fakes/examples.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';
import { asking } from './asking.ts';
import { EVENT_AT, failureData, linqEvent, MESSAGE, mediaPart, messageData, signed } from './linq-events.ts';
import { NOW_SECONDS } from './receiving.ts';

// What Linq reports about our messages after a valid signature: see receipts-signature.test.ts.

const ID = memoId(aRecording(), { chat: CHAT });

/** A memo that Linq has taken, or may have taken. */
const prepare = async (state: 'sent' | 'unknown' = 'sent', id = ID) => {
  const ledger = memoryLedger({ clock: manualClock() });
  await ledger.open({ id, state: 'stored', recording: aRecording(), target: { chat: CHAT } });
  await ledger.move(id, { from: 'stored', to: 'sending', set: { attempts: 1, token: 't', chat: CHAT } });
  if (state === 'sent') {
    const linq = { messageId: MESSAGE };
    await ledger.move(id, { from: 'sending', to: 'sent', set: { linq }, clear: ['token'], note: linq });
    await ledger.addReceipt({ messageId: MESSAGE, memo: id });
  } else await ledger.move(id, { from: 'sending', to: 'unknown' });
  const { app, lines } = asking({ ledger });
  const deliver = async (event: unknown) => {
    const answer = await app.request('/linq', signed(event));
    return { status: answer.status, body: await answer.json() };
  };
  return { ledger, lines, deliver, receipt: () => ledger.addReceipt({ messageId: MESSAGE }) };
};

describe('an event of our account at Linq', () => {
  // As in Linq's newest library; `change` has the times of an expiry.
  const changed = (api_token: object, change?: object) => ({ occurred_at: '2026-12-01T00:00:00Z', api_token, change });
  test.each([
    ['api_token.expiry_scheduled', changed({ id: 't1' }, { from: null, to: '2026-12-31T00:00:00Z' }), '2026-12-31'],
    ['api_token.created', changed({ id: 't1', expires_at: '2026-12-31T00:00:00Z' }), '2026-12-31'],
    ['api_token.expired', changed({ id: 't1' }), 'has expired'],
    ['api_token.deleted', changed({ id: 't1' }), 'was deleted'],
    [
      'webhook_subscription.disabled',
      { webhook_subscription: { id: 's1', target_url: 'https://calls.example.com/linq' } },
      'https://calls.example.com/linq',
    ],
  ])('%s is told of', async (type, data, said) => {
    const { deliver, lines } = await prepare();

    expect((await deliver(linqEvent(type, data))).status).toBe(200);

    expect(lines.join()).toContain('linq-account');
    expect(lines.join()).toContain(said);
  });

  test.each([
    ['api_token.created', changed({ id: 't1' })],
    ['api_token.expiry_scheduled', changed({ id: 't1' }, { from: '2026-12-31T00:00:00Z', to: null })],
    ['api_token.renamed', changed({ id: 't1', name: 'x' }, { from: null, to: 'x' })],
    ['environment.created', { environment: { id: 'e', type: 'environment' } }],
  ])('%s of nothing that ends is taken, and told to nobody', async (type, data) => {
    const { deliver, lines } = await prepare();

    expect((await deliver(linqEvent(type, data))).status).toBe(200);
    expect(lines.join()).not.toContain('linq-account');
  });
});

test.each([[[null]], [['x']], [[7, { filename: {} }]]])(
  'a part that cannot be read spoils no other of its message: %j',
  async (odd) => {
    const { deliver, receipt, ledger } = await prepare('unknown');
    const { parts, ...data } = messageData(`${ID}.mp3`);

    expect((await deliver(linqEvent('message.sent', { ...data, parts: [...odd, ...parts] }))).status).toBe(200);

    expect(await receipt()).toMatchObject({ sent: EVENT_AT });
    expect(await ledger.get(ID)).toMatchObject({ state: 'sent' });
  },
);

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

describe('what a person writes', () => {
  const STOP = { parts: [{ type: 'text', value: 'STOP' }] };
  const hear = async (data: object) => {
    const { app, keyValues } = asking();
    expect((await app.request('/linq', signed(linqEvent('message.received', data)))).status).toBe(200);
    return keyValues;
  };
  const sender_handle = { handle: '+12025550101' };

  test('in their own chat tells whose it is, so that a stop of their number holds there', async () => {
    const clock = manualClock();
    const keyValues = await hear(messageData(undefined, { sender_handle, parts: [{ type: 'text', value: 'hello' }] }));
    expect(await suppressionsOf(keyValues, [{ chat: CHAT }])).toEqual([]);
    await suppress({ keyValues, clock }, [{ phone: '+12025550101' }], { by: 'hand', reason: 'by hand' });
    expect(await suppressionsOf(keyValues, [{ chat: CHAT }])).toMatchObject([{ by: 'hand' }]);
  });

  test('later lifts a stop word that bears a date of the future', async () => {
    const { app, keyValues } = asking();
    const post = (over: object, created_at: string) =>
      app.request('/linq', signed(linqEvent('message.received', messageData(undefined, over), { created_at })));
    await post(STOP, '2099-01-01T00:00:00Z');
    expect(await suppressionsOf(keyValues, [{ chat: CHAT }])).toMatchObject([{ by: 'word' }]);
    const soon = new Date(NOW_SECONDS * 1000 + 30_000).toISOString();
    await post({ parts: [{ type: 'text', value: 'hello again' }] }, soon);
    expect(await suppressionsOf(keyValues, [{ chat: CHAT }])).toEqual([]);
  });

  test('as a stop word puts the chat on the suppression list, and in a group nothing', async () => {
    expect(await suppressionsOf(await hear(messageData(undefined, STOP)), [{ chat: CHAT }])).toMatchObject([
      { by: 'word' },
    ]);
    const chat = { id: CHAT, is_group: true };
    expect(await suppressionsOf(await hear(messageData(undefined, { ...STOP, chat })), [{ chat: CHAT }])).toEqual([]);
  });
});

describe('an event of another type is answered 200, and ignored', () => {
  test.each([
    ['message.edited', messageData(undefined)],
    ['phone_number.status_updated', { phone_number: '+12052535597', new_status: 'OF_TOMORROW' }],
    ['reaction.added', { message_id: MESSAGE }],
    ['something.that.linq.adds.tomorrow', ['of', 'another', 'shape']],
    ['something.without.data', undefined],
    ['constructor', {}],
    ['', {}],
  ])('%s', async (type, data) => {
    const { deliver, receipt, ledger } = await prepare();

    expect(await deliver(linqEvent(type, data))).toEqual({ status: 200, body: { ignored: type } });
    expect(await receipt()).toEqual({ messageId: MESSAGE, memo: ID });
    expect(await ledger.get(ID)).toMatchObject({ state: 'sent' });
  });

  test('also where it says no time', async () => {
    const { deliver } = await prepare();

    expect((await deliver({ event_type: 'something.new' })).status).toBe(200);
  });
});

describe('an event that cannot be read is 400, by the name of the field, and changes nothing', () => {
  test.each<[string, unknown]>([
    ['event_type', {}],
    ['event_type', linqEvent('message.sent', messageData(undefined), { event_type: 7 })],
    ['created_at', linqEvent('message.sent', messageData(undefined), { created_at: undefined })],
    ['created_at', linqEvent('message.failed', failureData(), { created_at: 'now' })],
    ['data', linqEvent('message.delivered', undefined)],
    ['data.id', linqEvent('message.delivered', messageData(undefined, { id: undefined }))],
    ['data.id', linqEvent('message.delivered', messageData(undefined, { id: '' }))],
    ['data.id', linqEvent('message.read', messageData(undefined, { id: 'x'.repeat(257) }))],
    ['data.message_id', linqEvent('message.failed', failureData({ message_id: 7 }))],
  ])('%s', async (field, event) => {
    const { deliver, receipt } = await prepare();

    const error = { code: 'unreadable', message: expect.stringContaining(`${field}: `) };
    expect(await deliver(event)).toEqual({ status: 400, body: { error } });
    expect(await receipt()).toEqual({ messageId: MESSAGE, memo: ID });
  });

  test.each(['', '{', 'message.sent', '{"event_type":'])('no JSON: %j', async (body) => {
    const { deliver } = await prepare();

    const answer = await deliver(body);
    expect(answer).toEqual({ status: 400, body: { error: { code: 'unreadable', message: 'the body is not JSON' } } });
  });
});

describe('our own trouble is 503, for Linq repeats no 4xx:', () => {
  test.each(['addReceipt', 'get', 'move'] as const)('the ledger is away when it is asked to %s', async (method) => {
    const { ledger } = await prepare();
    const away = { ...ledger, [method]: () => Promise.reject(new Error('connect ECONNREFUSED')) };
    const { app, lines } = asking({ ledger: away });

    const answer = await app.request('/linq', signed(linqEvent('message.delivered', messageData(undefined))));

    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
    expect(await answer.json()).toEqual({ error: { code: 'unavailable', message: expect.any(String) } });
    expect(lines.join()).toContain('request failed');

    const again = await asking({ ledger }).app.request(
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
  const { app, lines } = asking({ ledger: { ...ledger, get: later } });

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
