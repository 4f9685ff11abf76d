import { randomUUID } from 'node:crypto';
import Linq, { ConflictError, NotFoundError } from '@linqapp/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apiKey, filesOf, type Sandbox, startSandbox } from './harness.ts';

let sandbox: Sandbox;
let linq: Linq;
beforeAll(async () => {
  sandbox = await startSandbox();
  linq = new Linq({ apiKey, baseURL: sandbox.origin, maxRetries: 0 });
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  for (const { id } of (await linq.webhookSubscriptions.list()).subscriptions)
    await linq.webhookSubscriptions.delete(id);
});

const PATH = '/v3/webhook-subscriptions';
const target = () => `https://bridge.example.com/linq/${randomUUID()}?version=2026-02-03`;

describe('a webhook subscription', () => {
  test('is made, listed, asked for, changed and deleted by the official SDK, and shows its secret once', async () => {
    const target_url = target();
    const made = await linq.webhookSubscriptions.create({ target_url, subscribed_events: ['message.sent'] });
    const { signing_secret, ...shown } = made;
    // Standard Webhooks: whsec_ and base64 of 24 to 64 random bytes.
    expect(signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toMatchObject({ target_url, subscribed_events: ['message.sent'], is_active: true });

    expect((await linq.webhookSubscriptions.list()).subscriptions).toEqual([shown]);
    expect(await linq.webhookSubscriptions.retrieve(made.id)).toEqual(shown);
    const changed = await linq.webhookSubscriptions.update(made.id, {
      is_active: false,
      phone_numbers: ['+12052535597'],
    });
    expect(changed).toMatchObject({ id: made.id, target_url, is_active: false, phone_numbers: ['+12052535597'] });
    expect((await linq.webhookSubscriptions.update(made.id, { phone_numbers: null })).phone_numbers).toBeNull();

    await linq.webhookSubscriptions.delete(made.id);
    expect(await linq.webhookSubscriptions.retrieve(made.id).catch((error) => error)).toBeInstanceOf(NotFoundError);
    expect((await linq.webhookSubscriptions.list()).subscriptions).toEqual([]);
  });

  test('has a target of its own in the account', async () => {
    const [one, two] = [target(), target()];
    const subscribed_events = ['message.sent' as const];
    await linq.webhookSubscriptions.create({ target_url: one, subscribed_events });
    const second = await linq.webhookSubscriptions.create({ target_url: two, subscribed_events });
    const again = linq.webhookSubscriptions.create({ target_url: one, subscribed_events });
    expect(await again.catch((error) => error)).toBeInstanceOf(ConflictError);
    const moved = linq.webhookSubscriptions.update(second.id, { target_url: one });
    expect(await moved.catch((error) => error)).toBeInstanceOf(ConflictError);
    expect((await linq.webhookSubscriptions.update(second.id, { target_url: two })).target_url).toBe(two);
  });

  test.each([
    [1001, {}],
    [1001, { target_url: 'https://a.example.com' }],
    [1005, { target_url: 'http://a.example.com', subscribed_events: ['message.sent'] }],
    [1005, { target_url: 'not a url', subscribed_events: ['message.sent'] }],
    [1005, { target_url: 'https://a.example.com?version=2025-01-01', subscribed_events: ['message.sent'] }],
    [1005, { target_url: 'https://a.example.com', subscribed_events: [] }],
    [1005, { target_url: 'https://a.example.com', subscribed_events: ['message.sang'] }],
    [1005, { target_url: 'https://a.example.com', subscribed_events: ['message.sent'], phone_numbers: ['0101'] }],
    [1004, { target_url: 'https://a.example.com', subscribed_events: ['message.sent'], is_active: true }],
  ])('is refused with 400/%i: %j', async (code, body) => {
    expect(await sandbox.call('POST', PATH, body)).toMatchObject({ status: 400, error: { code } });
  });

  test('outlives the sandbox’s process, in a file that only its owner reads', async () => {
    const before = await startSandbox();
    const body = { target_url: target(), subscribed_events: ['message.sent'] };
    const { id } = (await before.call('POST', PATH, body)).body;
    expect(filesOf(before)).toContain('journal.jsonl');
    await before.stop({ keepData: true });
    const after = await startSandbox({ dataDir: before.dataDir });
    expect((await after.call('GET', `${PATH}/${id}`)).body).toMatchObject({ id, ...body });
    await after.stop();
  });
});
