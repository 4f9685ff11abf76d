import { Webhook } from 'standardwebhooks';
import { LINQ_SECRET } from './api.ts';
import { NOW_SECONDS } from './receiving.ts';

// Linq's events as in its documentation, payload version 2026-02-03.

export const MESSAGE = '69a37c7d-af4f-4b5e-af42-e28e98ce873a';
export const EVENT_AT = '2026-07-25T17:19:58.123Z';

const handle = (number: string, is_me: boolean) => ({
  id: '550e8400-e29b-41d4-a716-446655440010',
  handle: number,
  joined_at: '2026-07-01T00:00:00Z',
  service: 'iMessage',
  is_me,
});

/** One event in Linq's envelope. */
export const linqEvent = (event_type: string, data: unknown, over: object = {}) => ({
  api_version: 'v3',
  webhook_version: '2026-02-03',
  event_type,
  event_id: '0c7d9a34-2f5b-4b3a-9a53-5f0a1c2e4b60',
  created_at: EVENT_AT,
  trace_id: '0123456789abcdef0123456789abcdef',
  partner_id: 'partner-1',
  data,
  ...over,
});

/** The data of `message.sent`, `.delivered` and `.read`. */
export const messageData = (filename: string | undefined, over: object = {}) => ({
  id: MESSAGE,
  direction: 'outbound',
  chat: {
    id: '550e8400-e29b-41d4-a716-446655440000',
    is_group: false,
    owner_handle: handle('+12052535597', true),
    health_status: { status: 'HEALTHY', doc_url: 'https://docs.linqapp.com/guides/chats/chat-health' },
  },
  parts: filename === undefined ? [] : [mediaPart(filename)],
  sender_handle: handle('+12052535597', true),
  service: 'iMessage',
  preferred_service: null,
  idempotency_key: null,
  sent_at: '2026-07-25T17:19:57.000Z',
  delivered_at: null,
  read_at: null,
  ...over,
});

export const mediaPart = (filename: string) => ({
  type: 'media',
  id: '9a1f1b62-7a0e-4d3d-8f3d-0d1f6a0c7d11',
  filename,
  mime_type: 'audio/mpeg',
  size_bytes: 1000,
  url: 'https://cdn.linqapp.com/attachments/partners/partner-1/9a1f1b62/memo.mp3',
});

/** The data of `message.failed`, which has another shape. */
export const failureData = (over: object = {}) => ({
  message_id: MESSAGE,
  chat_id: '550e8400-e29b-41d4-a716-446655440000',
  code: 4001,
  reason: 'Message delivery failed',
  failed_at: EVENT_AT,
  service: 'iMessage',
  preferred_service: null,
  ...over,
});

/** An event as Linq posts it, signed by the Standard Webhooks library. */
export const signed = (
  event: unknown,
  { secret = LINQ_SECRET, id = '0c7d9a34-2f5b-4b3a-9a53-5f0a1c2e4b60', seconds = NOW_SECONDS } = {},
) => {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': new Webhook(secret).sign(id, new Date(seconds * 1000), body),
  };
  return { method: 'POST', headers, body };
};
