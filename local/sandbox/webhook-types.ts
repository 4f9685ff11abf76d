import type Linq from '@linqapp/sdk';

/** The events that a subscription may name, by the SDK's documentation; the sandbox sends only those of voice memos. */
export const webhookTypes = [
  'message.sent',
  'message.received',
  'message.read',
  'message.delivered',
  'message.failed',
  'message.edited',
  'reaction.added',
  'reaction.removed',
  'participant.added',
  'participant.removed',
  'chat.created',
  'chat.group_name_updated',
  'chat.group_icon_updated',
  'chat.group_name_update_failed',
  'chat.group_icon_update_failed',
  'chat.typing_indicator.started',
  'chat.typing_indicator.stopped',
  'phone_number.status_updated',
  'call.initiated',
  'call.ringing',
  'call.answered',
  'call.ended',
  'call.failed',
  'call.declined',
  'call.no_answer',
  'location.sharing.started',
  'location.sharing.stopped',
] as const satisfies readonly Linq.WebhookEventType[];

/** The version of the sandbox's webhook payloads; a target's `?version=` pins it. */
export const webhookVersion = '2026-02-03';
