import { createHmac, randomUUID } from 'node:crypto';

/** A signed webhook of the source `standard-webhooks` that announces one recording. */
export const signedWebhook = (recordingUrl: string, secret: string) => {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({
    type: 'recording.completed',
    timestamp: new Date().toISOString(),
    data: { id: `rec_${randomUUID()}`, recording_url: recordingUrl },
  });
  const signature = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  return { method: 'POST' as const, body, headers: { 'content-type': 'application/json', ...signed } };
};
