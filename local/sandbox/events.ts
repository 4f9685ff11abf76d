import type Linq from '@linqapp/sdk';
import { handle, healthOf, mediaOf, partiesOf } from './shapes.ts';
import type { Message, Webhook } from './store.ts';
import { webhookVersion } from './webhook-types.ts';
import type { SandboxWorld } from './world.ts';

/**
 * Linq's event about a message, in payload version 2026-02-03: each event also has the times of the earlier events. It
 * has its own trace id, as in the samples of Linq's documentation.
 */
export function eventShape(webhook: Webhook, message: Message, world: Pick<SandboxWorld, 'store' | 'address'>) {
  const { id, chatId, createdAt, readAt = null } = message;
  const file = mediaOf(message, world);
  const us = handle(partiesOf(chatId, world.store).line, true, createdAt);
  const data: Linq.MessageEventV2 = {
    id,
    direction: 'outbound',
    chat: { id: chatId, is_group: false, owner_handle: us, health_status: healthOf(createdAt) },
    parts: file ? [{ type: 'media', ...file }] : [],
    sender_handle: us,
    service: 'iMessage',
    preferred_service: null,
    idempotency_key: null,
    effect: null,
    reply_to: null,
    sent_at: createdAt,
    delivered_at: webhook.event === 'message.sent' ? null : createdAt,
    read_at: webhook.event === 'message.read' ? readAt : null,
  };
  const event: Linq.MessageSentWebhookEvent = {
    api_version: 'v3',
    webhook_version: webhookVersion,
    event_type: webhook.event,
    event_id: webhook.id,
    created_at: webhook.createdAt,
    trace_id: webhook.traceId,
    partner_id: 'sandbox',
    data,
  };
  return event;
}
