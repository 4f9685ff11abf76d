import { createHmac } from 'node:crypto';

/** `X-Webhook-Signature`, written from Daily's "Webhooks" and not from our code: the secret is base64. */
export const sign = (
  secret: string,
  timestamp: number | string,
  body: string | Uint8Array,
): Record<string, string> => ({
  'x-webhook-timestamp': String(timestamp),
  'x-webhook-signature': createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`${timestamp}.`)
    .update(body)
    .digest('base64'),
});
