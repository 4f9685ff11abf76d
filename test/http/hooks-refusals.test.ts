import { describe, expect, test } from 'vitest';
import { loadFixtures, pick } from '../fixtures.ts';
import { deliver, receiving, STANDARD_SECRET, signedSources, standardEvent } from './receiving.ts';

const twilio = loadFixtures('twilio');
const standard = loadFixtures('standard-webhooks');
const event = (name: string) => pick(twilio, name).request;
const data = { id: 'rec_1', recording_url: 'https://cdn.example.com/1.mp3' };

describe('400 names what cannot be read, and queues nothing', () => {
  test.each([
    ['RecordingSid', event('missing-recording-sid')],
    ['RecordingUrl', event('missing-recording-url')],
    ['type', pick(standard, 'missing-type').request],
    ['data.recording_url', pick(standard, 'missing-recording-url').request],
    ['data.chat_id', pick(standard, 'chat-not-a-uuid').request],
    ['JSON', pick(standard, 'not-json').request],
    ['UTF-8', pick(standard, 'not-utf-8').request],
    ['chat', standardEvent(data, '?chat=the-front-desk')],
    ['direction', standardEvent(data, '?direction=sideways')],
  ])('%s', async (field, request) => {
    const bridge = receiving();
    const answer = await deliver(bridge, request);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: { code: 'unreadable', message: expect.stringContaining(field) } });
    expect(bridge.queued).toEqual([]);
  });
});

describe('401, whatever else is wrong with it', () => {
  test.each([
    ['without a signature', { ...event('completed'), headers: {} }],
    ['with a wrong signature', { ...event('completed'), headers: { 'x-twilio-signature': 'AAAA' } }],
    ['for another chat', { ...event('completed'), url: event('completed').url.replace('chat=55', 'chat=66') }],
    ['with an unreadable body', { ...event('completed'), body: new Uint8Array([0xff]) }],
    ['with a chat that is none', { ...standardEvent(data, '?chat=nobody'), headers: {} }],
  ])('%s', async (_title, request) => {
    const bridge = receiving();
    const answer = await deliver(bridge, request);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: { code: 'not_authentic', message: expect.any(String) } });
    expect(bridge.queued).toEqual([]);
  });
});

describe('404 in JSON', () => {
  test.each([
    ['a source that nobody configured', 'POST', '/hooks/nobody', 'no_such_source'],
    ['a name that every object has', 'POST', '/hooks/constructor', 'no_such_source'],
    ['no source', 'POST', '/hooks', 'not_found'],
    ['more than a source', 'POST', '/hooks/twilio/more', 'not_found'],
    ['another path', 'GET', '/', 'not_found'],
  ])('for %s', async (_title, method, path, code) => {
    const answer = await receiving().app.request(path, { method });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: { code, message: expect.any(String) } });
  });

  test('for a source whose secret is absent, though the event is well signed for another bridge', async () => {
    const bridge = receiving({ secrets: { STANDARD_WEBHOOKS_SECRET: [STANDARD_SECRET] } });
    expect((await deliver(bridge, event('completed'))).status).toBe(404);
    expect((await deliver(bridge, pick(standard, 'another').request)).status).toBe(200);
  });
});

describe('a signed delivery that is sent again under another query', () => {
  const [A, B] = ['55555555-5555-4555-8555-555555555555', '66666666-6666-4666-8666-666666666666'];
  const memosOf = async (bridge: ReturnType<typeof receiving>, query: string, fields: object = data) => {
    const answer = await deliver(bridge, standardEvent(fields, query));
    return { status: answer.status, ...((await answer.json()) as { memos?: string[]; error?: { message: string } }) };
  };

  test('goes to that chat too, as the documentation says, unless the event names its own', async () => {
    const bridge = receiving();
    const [one, other] = [await memosOf(bridge, `?chat=${A}`), await memosOf(bridge, `?chat=${B}`)];
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.memos).not.toEqual(other.memos);

    const named = { ...data, chat_id: A };
    expect((await memosOf(bridge, '', named)).memos).toEqual((await memosOf(bridge, `?chat=${B}`, named)).memos);
  });

  test.each([`?chat=${B}`, '?from=%2B12052535597', '?to=%2B12052535597', '?direction=inbound'])(
    "is refused where hookQuery is 'signed': %s",
    async (query) => {
      const bridge = receiving({ hookQuery: 'signed', routes: [{ when: {}, send: { chat: A } }] });
      expect(await memosOf(bridge, '')).toMatchObject({ status: 200 });
      expect(await memosOf(bridge, query)).toMatchObject({
        status: 400,
        error: { message: expect.stringContaining('this source does not sign its URL') },
      });
      expect(bridge.queued).toHaveLength(1);
    },
  );

  test("is refused where hookQuery is 'signed' and the source signs the path of its URL alone", async () => {
    const covers = { body: true, url: 'path', time: false, id: false } as const;
    const sources = { 'standard-webhooks': { ...signedSources()['standard-webhooks'], covers } };
    const bridge = receiving({ hookQuery: 'signed', sources });
    expect(await memosOf(bridge, `?chat=${B}`)).toMatchObject({ status: 400 });
    expect(bridge.queued).toEqual([]);
  });

  test('a source that signs its URL keeps its query', async () => {
    const bridge = receiving({ hookQuery: 'signed' });
    expect((await deliver(bridge, event('completed'))).status).toBe(200);
  });
});

test('of a name without end the log keeps the beginning', async () => {
  const bridge = receiving();
  const name = 'x'.repeat(12_000);
  const answer = await bridge.app.request(`/hooks/${name}`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(404);
  expect(bridge.lines.join('\n')).toContain('xxxx');
  expect(bridge.lines.join('\n').length).toBeLessThan(1000);
});
