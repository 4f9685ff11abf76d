import { createHmac } from 'node:crypto';

/** Ultravox's time: ISO 8601 with microseconds. */
export const timeOf = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.482913+00:00`;

/** `X-Ultravox-Webhook-Signature`, written from Ultravox's "Securing webhooks" and not from our code: one for each secret. */
export const sign = (secrets: readonly string[], time: string, body: string | Uint8Array): Record<string, string> => ({
  'x-ultravox-webhook-timestamp': time,
  'x-ultravox-webhook-signature': secrets
    .map((secret) => createHmac('sha256', secret).update(body).update(time).digest('hex'))
    .join(','),
});
