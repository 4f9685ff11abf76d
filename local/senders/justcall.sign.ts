import { createHmac } from 'node:crypto';

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export const timeOf = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** `X-JustCall-Signature`, written from JustCall's "Dynamic Webhook Signatures" and not from our code. */
export const sign = (secret: string, webhookUrl: string, type: string, seconds: number): Record<string, string> => {
  const signed = `${secret}|${encodeURIComponent(webhookUrl)}|${type}|${timeOf(seconds)}`;
  return {
    'x-justcall-signature': createHmac('sha256', secret).update(signed).digest('hex'),
    'x-justcall-signature-version': 'v1',
    'x-justcall-request-timestamp': timeOf(seconds),
  };
};
