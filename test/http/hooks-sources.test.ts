import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Source } from '../../functions/core/ports/source.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { deliver, receiving, signedSources } from './receiving.ts';

const twilio = loadFixtures('twilio');
const event = (name: string) => pick(twilio, name).request;
const chat = '550e8400-e29b-41d4-a716-446655440000';

/** Twilio's source with some behaviour of another sender. */
const changed = (ways: Partial<Source>) => receiving({ sources: { twilio: { ...signedSources().twilio, ...ways } } });
const unsigned: Source['authenticate'] = async () => ({ kind: 'unsigned', reason: 'sign it, please' });

describe("a source's own statuses", () => {
  const statuses = { accepted: 201, pending: 202, ignored: 203, refused: 403, unsigned: 500, unreadable: 422 };

  test.each([
    ['accepted', 'completed', 201],
    ['ignored', 'in-progress', 203],
    ['unreadable', 'missing-recording-sid', 422],
  ])('stand in place of ours: %s', async (_kind, name, status) => {
    expect((await deliver(changed({ statuses }), event(name))).status).toBe(status);
  });

  test('stand in place of ours: pending', async () => {
    const sources = { twilio: { ...signedSources().twilio, statuses } };
    const bridge = receiving({ sources, routes: [{ when: { from: '+14155550101' }, send: { chat } }] });
    expect((await deliver(bridge, event('without-chat'))).status).toBe(202);
  });

  test('stand in place of ours: refused, with the same body', async () => {
    const answer = await deliver(changed({ statuses }), { ...event('completed'), headers: {} });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_authentic' } });
  });

  test('stand in place of ours: unsigned', async () => {
    const answer = await deliver(changed({ statuses, authenticate: unsigned }), event('completed'));
    expect(answer.status).toBe(500);
  });

  test('tell a sender in its own words that the queue is away', async () => {
    const sources = { twilio: { ...signedSources().twilio, statuses: { unavailable: 429 } } };
    const queue = { send: () => Promise.reject(new Error('away')) };
    const bridge = receiving({ sources, queue });
    const answer = await deliver(bridge, event('completed'));
    expect(answer.status).toBe(429);
    expect(answer.headers.get('Retry-After')).toBe('5');
    expect(await answer.json()).toMatchObject({ error: { code: 'unavailable' } });
    expect(bridge.lines.join()).toContain('request failed');
  });

  test('do not hide that the queue is away, or that the source is off', async () => {
    const sources = { twilio: { ...signedSources().twilio, statuses } };
    const queue = { send: () => Promise.reject(new Error('away')) };
    expect((await deliver(receiving({ sources, queue }), event('completed'))).status).toBe(503);
    expect((await deliver(receiving({ sources, secrets: {} }), event('completed'))).status).toBe(404);
  });
});

test('an event without its signature is asked for again where the sender signs then', async () => {
  const bridge = changed({ authenticate: unsigned });
  const answer = await deliver(bridge, event('completed'));
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Retry-After')).toBe('1');
  expect(bridge.queued).toEqual([]);
});

describe('a test of the hook URL before the secret is known', () => {
  const answer = { status: 200, body: 'here' };
  const handshake: Source['handshake'] = async ({ body }) =>
    Buffer.from(body).toString() === 'test' ? answer : undefined;
  const off = (ways: Partial<Source>) =>
    receiving({ sources: { twilio: { ...signedSources().twilio, handshake, ...ways } }, secrets: {} });
  const request = (body: string) => ({ ...event('completed'), body: new Uint8Array(Buffer.from(body)) });

  test('is answered while the source is off, and does nothing', async () => {
    const bridge = off({ handshakeWhileOff: true });
    const answered = await deliver(bridge, request('test'));
    expect([answered.status, await answered.text()]).toEqual([200, 'here']);
    expect(bridge.queued).toEqual([]);
  });

  test('turns nothing on: any other request of a source that is off is unknown', async () => {
    expect((await deliver(off({ handshakeWhileOff: true }), request('tests'))).status).toBe(404);
    expect((await deliver(off({}), request('test'))).status).toBe(404);
  });
});

describe('a handshake', () => {
  const headers = { 'content-type': 'application/json', 'validation-token': 'abc' };

  test('is answered with the status, headers and body of the source, and nothing is queued', async () => {
    const handshake = async () => ({ status: 200, headers, body: '{"plainToken":"x"}' });
    const bridge = changed({ handshake });
    const answer = await deliver(bridge, event('completed'));
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
    expect(await answer.text()).toBe('{"plainToken":"x"}');
    expect(bridge.queued).toEqual([]);
  });

  test('that an event is not leaves the event to be handled', async () => {
    const bridge = changed({ handshake: async () => undefined });
    expect((await deliver(bridge, event('completed'))).status).toBe(200);
    expect(bridge.queued).toHaveLength(1);
  });

  test('is not answered by a source whose secret is absent', async () => {
    const handshake = async () => ({ status: 200, body: 'yes' });
    const bridge = receiving({ sources: { twilio: { ...signedSources().twilio, handshake } }, secrets: {} });
    expect((await deliver(bridge, event('completed'))).status).toBe(404);
  });
});

describe('an event with several recordings, or none', () => {
  const recording = (id: string) => ({
    source: 'twilio',
    id,
    chat,
    media: { kind: 'url' as const, url: `https://a.b/${id}` },
  });

  test('makes a memo of each, or a line that says that there is nothing', async () => {
    const several = changed({ classify: () => ({ kind: 'recordings', recordings: [recording('1'), recording('2')] }) });
    const answer = z.object({ memos: z.array(z.string()) });
    const { memos } = answer.parse(await (await deliver(several, event('completed'))).json());
    expect(new Set(memos).size).toBe(2);
    expect(several.queued.map((message) => message.recording.id)).toEqual(['1', '2']);

    const none = changed({ classify: () => ({ kind: 'recordings', recordings: [] }) });
    expect(await (await deliver(none, event('completed'))).json()).toEqual({ ignored: 'no recording in it' });
    expect(none.queued).toEqual([]);
  });

  test('is queued without one that cannot be read', async () => {
    const bridge = changed({ classify: () => ({ kind: 'recordings', recordings: [recording('1'), recording('')] }) });
    expect((await deliver(bridge, event('completed'))).status).toBe(200);
    expect(bridge.queued).toHaveLength(1);
  });

  test('that are not ready yet are acknowledged: another event will bring them', async () => {
    const bridge = changed({ classify: () => ({ kind: 'not-ready', reason: 'no recording_url yet' }) });
    const answer = await deliver(bridge, event('completed'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ignored: expect.stringContaining('no recording_url yet') });
  });
});
