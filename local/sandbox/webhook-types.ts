import type Linq from '@linqapp/sdk';

/** What a subscription may name, as the SDK documents it; the sandbox sends what becomes of a voice memo. */
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

/** The version of a webhook's payload that the sandbox speaks; a target's `?version=` pins it. */
export const webhookVersion = '2026-02-03';
