import { randomBytes, randomUUID } from 'node:crypto';
import type Linq from '@linqapp/sdk';
import { Hono } from 'hono';
import * as z from 'zod';
import { Refusal, readAddress, readBody, readUuid } from './refusals.ts';
import type { SandboxStore, Subscription } from './store.ts';
import { webhookTypes, webhookVersion } from './webhook-types.ts';
import type { SandboxWorld } from './world.ts';

/** `/v3/webhook-subscriptions`: who gets the events of messages. */
export function subscriptionRoutes({ store, now }: SandboxWorld): Hono {
  const routes = new Hono();

  routes.post('/', async (c) => {
    const { target_url, subscribed_events, phone_numbers = [] } = await readBody(c, createSchema);
    const at = now().toISOString();
    const subscription: Subscription = {
      id: randomUUID(),
      targetUrl: readTarget(target_url, store),
      events: subscribed_events,
      phoneNumbers: phone_numbers,
      isActive: true,
      secret: `whsec_${randomBytes(32).toString('base64')}`,
      createdAt: at,
      updatedAt: at,
    };
    store.putSubscription(subscription);
    // The secret is shown only here.
    const answer: Linq.WebhookSubscriptionCreateResponse = {
      ...shape(subscription),
      signing_secret: subscription.secret,
    };
    return c.json(answer, 201);
  });

  routes.get('/', (c) => {
    const answer: Linq.WebhookSubscriptionListResponse = { subscriptions: store.subscriptions().map(shape) };
    return c.json(answer);
  });

  routes.get('/:id', (c) => c.json(shape(find(store, c.req.param('id')))));

  routes.put('/:id', async (c) => {
    const old = find(store, c.req.param('id'));
    const { target_url, subscribed_events, phone_numbers, is_active } = await readBody(c, updateSchema);
    const changed: Subscription = {
      ...old,
      targetUrl: target_url === undefined ? old.targetUrl : readTarget(target_url, store, old.id),
      events: subscribed_events ?? old.events,
      phoneNumbers: phone_numbers === undefined ? old.phoneNumbers : (phone_numbers ?? []),
      isActive: is_active ?? old.isActive,
      updatedAt: now().toISOString(),
    };
    store.putSubscription(changed);
    return c.json(shape(changed));
  });

  routes.delete('/:id', (c) => {
    store.removeSubscription(find(store, c.req.param('id')).id);
    return c.body(null, 204);
  });

  return routes;
}

const events = z.array(z.enum(webhookTypes)).min(1);
const phoneNumbers = z.array(z.e164());
const createSchema = z.strictObject({
  target_url: z.url(),
  subscribed_events: events,
  phone_numbers: phoneNumbers.optional(),
});
const updateSchema = z.strictObject({
  target_url: z.url().optional(),
  subscribed_events: events.optional(),
  phone_numbers: phoneNumbers.nullable().optional(),
  is_active: z.boolean().optional(),
});

/** An account may use a target only once, and the target's version must be the sandbox's. */
function readTarget(text: string, store: SandboxStore, self?: string): string {
  const version = readAddress(text, 'target_url').searchParams.get('version') ?? webhookVersion;
  if (version !== webhookVersion)
    throw new Refusal('badValue', { detail: `target_url: version ${webhookVersion} alone` });
  const taken = store.subscriptions().some(({ id, targetUrl }) => targetUrl === text && id !== self);
  if (taken) throw new Refusal('conflict', { detail: 'there is a subscription with this target_url' });
  return text;
}

function find(store: SandboxStore, text: string): Subscription {
  const id = readUuid(text);
  const subscription = store.subscriptions().find((one) => one.id === id);
  if (!subscription) throw new Refusal('notFound');
  return subscription;
}

function shape({
  id,
  targetUrl,
  events,
  phoneNumbers,
  isActive,
  createdAt,
  updatedAt,
}: Subscription): Linq.WebhookSubscription {
  return {
    id,
    target_url: targetUrl,
    subscribed_events: events,
    phone_numbers: phoneNumbers.length > 0 ? phoneNumbers : null,
    is_active: isActive,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}
