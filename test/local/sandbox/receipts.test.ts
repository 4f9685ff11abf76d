import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import Linq from '@linqapp/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { listen } from '../../../local/loopback/listen.ts';
import { until } from '../../world.ts';
import { apiKey, type Media, mp3, type Sandbox, startMedia, startSandbox } from './harness.ts';

const EVENTS = ['message.sent', 'message.delivered', 'message.read'];
const RETRY_MS = 20;

let media: Media;
let clean: (() => unknown)[] = [];
beforeAll(async () => {
  media = await startMedia();
});
afterAll(() => media.stop());
afterEach(async () => {
  for (const stop of clean.reverse()) await stop();
  clean = [];
  vi.restoreAllMocks();
});

interface Posted {
  body: string;
  headers: IncomingHttpHeaders;
  event: Record<string, unknown> & { event_type: string; data: Record<string, unknown> };
}

/** A webhook receiver: answers each webhook with the next of these statuses; the last status repeats. */
const listener = async (...statuses: number[]) => {
  const posted: Posted[] = [];
  const server = await listen(
    createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      posted.push({ body, headers: request.headers, event: JSON.parse(body) });
      response.writeHead(statuses[Math.min(posted.length, statuses.length) - 1] ?? 200).end();
    }),
    0,
  );
  clean.push(server.stop);
  const types = () => posted.map(({ event }) => event.event_type);
  return { ...server, posted, types };
};

const started = async (options: Parameters<typeof startSandbox>[0] = {}) => {
  const sandbox = await startSandbox({ retryFirstMs: RETRY_MS, ...options });
  clean.push(() => sandbox.stop());
  return sandbox;
};
const subscribe = async (sandbox: Sandbox, target_url: string, more: object = {}) =>
  (await sandbox.call('POST', '/v3/webhook-subscriptions', { target_url, subscribed_events: EVENTS, ...more })).body;
const memo = async (sandbox: Sandbox, chatId: string = randomUUID()) =>
  (await sandbox.send({ voice_memo_url: media.serve('/a.mp3', mp3) }, chatId)).body.voice_memo;

describe('receipts', () => {
  test('say that a memo is sent and delivered, as Linq documents them, under the id that the send answered', async () => {
    const sandbox = await started();
    const ears = await listener(200);
    await subscribe(sandbox, `${ears.url}/linq?version=2026-02-03`);
    const { id, chat, created_at, voice_memo } = await memo(sandbox);
    await until(() => ears.posted.length >= 2 || undefined);

    expect(ears.types().sort()).toEqual(['message.delivered', 'message.sent']);
    for (const { event, headers } of ears.posted) {
      expect(headers['content-type']).toBe('application/json');
      expect(event).toMatchObject({
        api_version: 'v3',
        webhook_version: '2026-02-03',
        event_id: headers['webhook-id'],
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        data: {
          id,
          direction: 'outbound',
          chat: { id: chat.id, is_group: false, owner_handle: { is_me: true }, health_status: { status: 'HEALTHY' } },
          parts: [{ type: 'media', id: voice_memo.id, filename: 'a.mp3', mime_type: 'audio/mpeg' }],
          service: 'iMessage',
          sent_at: created_at,
          delivered_at: event.event_type === 'message.delivered' ? created_at : null,
          read_at: null,
        },
      });
    }
  });

  test('carry signatures that the official SDK and a calculation by the specification find true', async () => {
    const sandbox = await started();
    const ears = await listener(200);
    const { signing_secret } = await subscribe(sandbox, ears.url);
    await memo(sandbox);
    const { body, headers } = await until(() => ears.posted[0]).then((posted) => posted ?? expect.unreachable());

    const key = Buffer.from(signing_secret.slice('whsec_'.length), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const linq = new Linq({ apiKey, baseURL: sandbox.origin });
    expect(linq.webhooks.unwrap(body, { headers: plain, key: signing_secret }).event_type).toMatch(/^message\./);
    expect(() => linq.webhooks.unwrap(`${body} `, { headers: plain, key: signing_secret })).toThrow();
  });

  test('say read once, when somebody opens the chat, and not for a look at all chats', async () => {
    const sandbox = await started();
    const ears = await listener(200);
    const chatId = randomUUID();
    await subscribe(sandbox, ears.url, { subscribed_events: ['message.read'] });
    const { id } = await memo(sandbox, chatId);
    await memo(sandbox);
    expect(await (await fetch(`${sandbox.origin}/sandbox`)).text()).toContain('Delivered');
    expect((await sandbox.messagesOf(chatId))[0]).toMatchObject({ delivery_status: 'delivered', is_read: false });

    for (let opened = 0; opened < 3; opened += 1)
      expect(await (await fetch(`${sandbox.origin}/sandbox/${chatId}`)).text()).toMatch(/Read <time/);
    await until(() => ears.posted.length >= 1 || undefined);
    const [{ read_at }] = await sandbox.messagesOf(chatId);
    expect(read_at).toEqual(expect.any(String));
    expect(ears.posted.map(({ event }) => event)).toMatchObject([
      { event_type: 'message.read', data: { id, read_at } },
    ]);
    expect((await sandbox.messagesOf(chatId))[0]).toMatchObject({ delivery_status: 'read', is_read: true });
  });

  test.each([[{ subscribed_events: ['message.received'] }], [{ phone_numbers: ['+12025550199'] }]])(
    'go to nobody who did not ask for them: %j',
    async (more) => {
      const sandbox = await started();
      const [others, ears] = [await listener(200), await listener(200)];
      await subscribe(sandbox, others.url, more);
      await subscribe(sandbox, ears.url, { phone_numbers: ['+12052535597'] });
      await memo(sandbox);
      await until(() => ears.posted.length >= 2 || undefined);
      expect(others.posted).toEqual([]);
    },
  );

  test('are sent again under the same id after a 5xx and a 429, and until they are taken', async () => {
    const sandbox = await started();
    const ears = await listener(503, 429, 500, 200);
    await subscribe(sandbox, ears.url, { subscribed_events: ['message.delivered'] });
    await memo(sandbox);
    await until(() => ears.posted.length >= 4 || undefined, 30_000);
    expect(ears.posted).toHaveLength(4);
    expect(new Set(ears.posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(ears.posted.map(({ body }) => body)).size).toBe(1);
  });

  test('wait for a listener that is not up, and follow its subscription to another address', async () => {
    const sandbox = await started();
    const gone = await listener(200);
    const { id } = await subscribe(sandbox, gone.url, { subscribed_events: ['message.delivered'] });
    await gone.stop();
    await memo(sandbox);
    const ears = await listener(200);
    await sandbox.call('PUT', `/v3/webhook-subscriptions/${id}`, { target_url: ears.url });
    expect(await until(() => ears.posted.length || undefined)).toBe(1);
  });

  test('are never sent again after a 4xx', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const sandbox = await started({ retryFirstMs: 1 });
    const ears = await listener(401);
    await subscribe(sandbox, ears.url, { subscribed_events: ['message.delivered'] });
    await memo(sandbox);
    await until(() => warned.mock.calls.length || undefined);
    expect(warned.mock.calls).toEqual([['sandbox: message.delivered was not taken (401), and is not sent again']]);
    expect(ears.posted).toHaveLength(1);
  });

  test('are given up after ten tries', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const sandbox = await started({ retryFirstMs: 0.1 });
    const ears = await listener(503);
    await subscribe(sandbox, ears.url, { subscribed_events: ['message.delivered'] });
    await memo(sandbox);
    await until(() => warned.mock.calls.length || undefined);
    expect(ears.posted).toHaveLength(10);
  });

  test('keep nobody waiting who sends: a listener that never answers delays no memo', async () => {
    const sandbox = await started();
    const deaf = await listen(createServer(), 0);
    clean.push(deaf.stop);
    await subscribe(sandbox, deaf.url);
    const sent = await Promise.all(Array.from({ length: 5 }, () => memo(sandbox)));
    expect(sent.every(({ id }) => typeof id === 'string')).toBe(true);
  });

  test('outlive the sandbox’s process, and are told once when it is up again', async () => {
    const before = await startSandbox({ retryFirstMs: 60_000 });
    const ears = await listener(503, 200);
    await subscribe(before, ears.url, { subscribed_events: ['message.delivered'] });
    await memo(before);
    await until(() => ears.posted.length >= 1 || undefined);
    await before.stop({ keepData: true });

    const after = await startSandbox({ dataDir: before.dataDir, retryFirstMs: 60_000 });
    await until(() => ears.posted.length >= 2 || undefined);
    await after.stop({ keepData: true });
    const last = await started({ dataDir: before.dataDir });
    await memo(last);
    await until(() => ears.posted.length >= 3 || undefined);
    const [first, second, third] = ears.posted.map(({ headers }) => headers['webhook-id']);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});
