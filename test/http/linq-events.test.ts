import { describe, expect, test } from 'vitest';
import { suppress, suppressionsOf } from '../../functions/core/policy/suppression-list.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { CHAT } from '../fakes/examples.ts';
import { testApi } from './api.ts';
import { EVENT_AT, failureData, linqEvent, MESSAGE, messageData, signed } from './linq-events.ts';
import { NOW_SECONDS } from './receiving.ts';
import { ID, prepare } from './taking-receipts.ts';

// Linq's events that are not about the delivery of a message, and events that nobody can read.

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

describe('what a person writes', () => {
  const STOP = { parts: [{ type: 'text', value: 'STOP' }] };
  const hear = async (data: object) => {
    const { app, keyValues } = testApi();
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
    const { app, keyValues } = testApi();
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
