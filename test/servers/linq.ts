import { linqMessenger } from '../../functions/adapters/messenger.linq.ts';
import { type Timing, timing } from '../../functions/core/model/timing.ts';
import type { Clock, Secrets } from '../../functions/core/ports/ports.ts';

export const CHAT = '550e8400-e29b-41d4-a716-446655440000';
export const KEY = 'linq_live_canary-key';
export const URL_MEMO = { url: 'https://bucket.s3.amazonaws.com/audio/m.mp3?X-Amz-Signature=canary-signature' };
export const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

/** The real messenger with Linq's SDK, connected to a test's server. */
export const messengerTo = (
  baseUrl: string,
  options: { keys?: readonly string[] | Error; secrets?: Secrets; timing?: Partial<Timing>; clock?: Clock } = {},
) =>
  linqMessenger({
    secrets: options.secrets ?? {
      forget: () => false,
      async read() {
        if (options.keys instanceof Error) throw options.keys;
        return options.keys ?? [KEY];
      },
    },
    apiKey: { name: 'LINQ_API_V3_API_KEY' },
    baseUrl,
    clock: options.clock ?? { nowMs: () => NOW_MS },
    timing: { ...timing(), ...options.timing },
  });

/** A message of a chat as Linq lists it, in the SDK's shape `Message`. Without `over` it is a voice memo of ours. */
export const listed = (id: string, createdAt: string, over: object = {}) => ({
  id,
  chat_id: CHAT,
  created_at: createdAt,
  updated_at: createdAt,
  is_from_me: true,
  delivery_status: 'delivered',
  is_delivered: true,
  is_read: false,
  sent_at: createdAt,
  delivered_at: null,
  read_at: null,
  from: '+12052535597',
  service: 'iMessage',
  preferred_service: null,
  effect: null,
  reply_to: null,
  parts: [mediaPart],
  ...over,
});
export const mediaPart = {
  type: 'media',
  id: '9a1f1b62-7a0e-4d3d-8f3d-0d1f6a0c7d11',
  filename: 'm_aaaaaaaaaaaaaaaaaaaaaaaaaa.mp3',
  mime_type: 'audio/mpeg',
  size_bytes: 4,
  url: 'https://cdn.linqapp.com/m.mp3',
  reactions: null,
};

/** An error response in Linq's format. */
export const linqError = (status: number, code: number) => ({
  success: false,
  error: { status, code, message: 'in words' },
  trace_id: '0123456789abcdef0123456789abcdef',
});

/** Linq's answer to an accepted voice memo, as the reference of "Send a voice memo to a chat" shows it. */
export const accepted = {
  voice_memo: {
    id: '69a37c7d-af4f-4b5e-af42-e28e98ce873a',
    chat: { id: CHAT, handles: [], is_active: true, is_group: false, service: 'iMessage' },
    created_at: '2026-11-23T12:00:00.000Z',
    from: '+12052535597',
    to: ['+12052532136'],
    status: 'queued',
    service: null,
    voice_memo: {
      id: '9a1f1b62-7a0e-4d3d-8f3d-0d1f6a0c7d11',
      filename: 'm.mp3',
      mime_type: 'audio/mpeg',
      size_bytes: 4,
      url: 'https://cdn.linqapp.com/m.mp3',
      duration_ms: null,
    },
  },
};
