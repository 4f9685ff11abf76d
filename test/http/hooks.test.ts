import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { MEMO_ID } from '../../functions/core/model/memo.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { deliver, receiving, STANDARD_SECRET, signedSources, standardEvent, TWILIO_TOKEN } from './receiving.ts';

const twilio = loadFixtures('twilio');
const event = (name: string) => pick(twilio, name).request;
const chat = '550e8400-e29b-41d4-a716-446655440000';
const other = '00000000-0000-4000-8000-000000000000';

const data = { id: 'rec_1', recording_url: 'https://cdn.example.com/1.mp3' };

describe('200', () => {
  test('names the memos that the queue holds', async () => {
    const bridge = receiving();
    const answer = await deliver(bridge, event('completed'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ memos: [expect.stringMatching(MEMO_ID)] });
    expect(bridge.queued).toMatchObject([{ v: 1, target: { chat }, recording: { source: 'twilio' } }]);
  });

  test('names the same memo for a retry, and another for another recording', async () => {
    const bridge = receiving();
    const names = ['completed', 'completed-retry', 'completed-json', 'completed-get', 'another'];
    const bodies = await Promise.all(names.map(async (name) => (await deliver(bridge, event(name))).text()));
    expect(new Set(bodies).size).toBe(2);
    expect(bodies[4]).not.toBe(bodies[0]);
  });

  test('names a memo that no route fits: it waits for a person', async () => {
    const bridge = receiving();
    const answer = await deliver(bridge, event('without-chat'));
    expect(await answer.json()).toEqual({ memos: [expect.stringMatching(MEMO_ID)] });
    expect(bridge.queued).toHaveLength(1);
    expect(bridge.queued[0]).not.toHaveProperty('target');
  });

  test('says pending where the source must be asked who called whom', async () => {
    const bridge = receiving({ routes: [{ when: { to: '+14155550199' }, send: { chat } }] });
    const answer = await deliver(bridge, event('without-chat'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ pending: 'REa1b7e11e73e44e9bd73e0898096185d0' });
    expect(bridge.queued).toMatchObject([{ target: 'ask' }]);
  });

  test.each(['in-progress', 'absent', 'failed', 'call-status', 'unknown-status'])(
    'says why an event is ignored, and queues nothing: %s',
    async (name) => {
      const bridge = receiving();
      const answer = await deliver(bridge, event(name));
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ ignored: expect.stringMatching(/.{5}/) });
      expect(bridge.queued).toEqual([]);
    },
  );
});

describe('what the hook URL says', () => {
  test('of the parties fills in what the event leaves out, and routes', async () => {
    const bridge = receiving({ routes: [{ when: { to: '+14155550199', direction: 'inbound' }, send: { chat } }] });
    const query = '?from=%2B1%20(415)%20555-0101&to=%2B14155550199&direction=inbound';
    await deliver(bridge, standardEvent(data, query));
    const parties = { from: '+14155550101', to: '+14155550199', direction: 'inbound' };
    expect(bridge.queued).toMatchObject([{ recording: parties, target: { chat } }]);
  });

  test('of the parties does not overrule the event', async () => {
    const bridge = receiving();
    await deliver(bridge, standardEvent({ ...data, to: '+14155550199' }, '?to=%2B19999999999'));
    expect(bridge.queued).toMatchObject([{ recording: { to: '+14155550199' } }]);
  });

  test('of the chat wins over routes, in any case of its letters', async () => {
    const bridge = receiving({ routes: [{ when: {}, send: { chat: other } }] });
    await deliver(bridge, standardEvent(data, `?chat=${chat.toUpperCase()}`));
    expect(bridge.queued).toMatchObject([{ target: { chat } }]);
  });

  test('of the chat does not overrule the event: not every scheme signs the URL', async () => {
    const bridge = receiving();
    await deliver(bridge, standardEvent({ ...data, chat_id: chat }, `?chat=${other}`));
    expect(bridge.queued).toMatchObject([{ target: { chat } }]);
  });
});

describe('503 with Retry-After, when the queue does not hold it', () => {
  const away = new AftercallError('unavailable', 'the queue is away', { retryable: true, retryAfterMs: 5000 });
  const thrown = new Error(`connect ECONNREFUSED 10.0.0.7:443 ${TWILIO_TOKEN}`);

  test.each([
    ['it says so', away],
    ['it throws what we do not know', thrown],
  ])('because %s', async (_title, error) => {
    const bridge = receiving({ queue: { send: () => Promise.reject(error) } });
    const answer = await deliver(bridge, event('completed'));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('5');
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({ error: { code: 'unavailable', message: expect.any(String) } });
    expect(text).not.toMatch(/10\.0\.0\.7|ECONNREFUSED/);
    expect(text).not.toContain(TWILIO_TOKEN);
  });

  test('because the secrets cannot be read', async () => {
    const unreadable = { ...signedSources().twilio, authenticate: () => Promise.reject(new Error('SSM is away')) };
    const answer = await deliver(receiving({ sources: { twilio: unreadable } }), event('completed'));
    expect(answer.status).toBe(503);
  });
});

describe('no answer and no log line', () => {
  test('holds a secret, a body, a whole number or the address of a recording', async () => {
    const bridge = receiving();
    const marked = { ...data, from: '+14155550101', recording_url: 'https://cdn.example.com/1.mp3?signature=abc' };
    const requests = [
      standardEvent(marked),
      standardEvent({ ...marked, id: '' }),
      { ...standardEvent(marked), headers: {} },
      event('completed'),
      { ...event('completed'), headers: { 'x-twilio-signature': 'made-up-signature' } },
    ];
    const answers = await Promise.all(requests.map(async (request) => (await deliver(bridge, request)).text()));
    expect(bridge.lines.length).toBeGreaterThanOrEqual(requests.length);
    for (const text of [...answers, ...bridge.lines]) {
      expect(text).not.toMatch(/14155550101|signature=abc|cdn\.example|api\.twilio|made-up-signature|AC08faedd7/);
      for (const secret of [TWILIO_TOKEN, STANDARD_SECRET]) expect(text).not.toContain(secret);
    }
  });
});

test('a slash at the end of the hook URL leads to the same hook', async () => {
  const bridge = receiving();
  const signed = standardEvent(data, `?chat=${chat}`);
  const answer = await deliver(bridge, { ...signed, url: signed.url.replace('?', '/?') });
  expect(answer.status).toBe(200);
  expect(bridge.queued).toMatchObject([{ target: { chat } }]);
});

test('a scheme that signs the URL signs the slash at its end too', async () => {
  const RecordingSid = `RE${'a'.repeat(32)}`;
  const form = {
    ...{
      AccountSid: `AC${'b'.repeat(32)}`,
      CallSid: `CA${'c'.repeat(32)}`,
      RecordingSid,
      RecordingStatus: 'completed',
    },
    RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/AC${'b'.repeat(32)}/Recordings/${RecordingSid}`,
  };
  const url = `https://hooks.example.com/hooks/twilio/?chat=${chat}`;
  const signature = createHmac('sha1', TWILIO_TOKEN)
    .update(url + Object.entries(form).flat().join(''))
    .digest('base64');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-twilio-signature': signature,
  };
  const bridge = receiving();
  const request = { method: 'POST', url, headers, body: Buffer.from(new URLSearchParams(form).toString()) };
  expect((await deliver(bridge, request)).status).toBe(200);
});
