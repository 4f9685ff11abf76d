import { randomUUID } from 'node:crypto';
import { signText } from '../../local/senders/standard-webhooks.sign.ts';
import { gatewayEvent } from '../../test/http/gateway.ts';
import { linqEvent, messageData } from '../../test/http/linq-events.ts';
import { PUBLIC_URL } from './measured-world.ts';

/** A signed webhook of the generic source, in API Gateway's form. */
export const webhookEvent = (mediaUrl: string, secret: string) => {
  const body = JSON.stringify({
    type: 'recording.completed',
    timestamp: new Date().toISOString(),
    data: {
      id: `rec_${randomUUID()}`,
      recording_url: `${mediaUrl}/${randomUUID()}.mp3`,
      call_id: `call_${randomUUID()}`,
      from: '+14155551042',
      to: '+14155550199',
      direction: 'inbound',
    },
  });
  const [id, seconds] = [`msg_${randomUUID()}`, Math.floor(Date.now() / 1000)];
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signText(secret, id, seconds, body),
  };
  const url = `${PUBLIC_URL}/hooks/standard-webhooks?chat=${randomUUID()}`;
  return gatewayEvent({ method: 'POST', url, headers, body: Buffer.from(body) }, false);
};

/** One of Linq's events about a sent message. */
export const receiptEvent = (
  event: string,
  { id, filename, chat }: { id: string; filename: string; chat: string },
  secret: string,
) => {
  const at = new Date().toISOString();
  const times = {
    sent_at: at,
    ...(event !== 'message.sent' && { delivered_at: at }),
    ...(event === 'message.read' && { read_at: at }),
  };
  const about = messageData(filename, { id, ...times });
  const data = { ...about, chat: { ...about.chat, id: chat } };
  const body = JSON.stringify(linqEvent(event, data, { created_at: at, event_id: randomUUID() }));
  const seconds = Math.floor(Date.now() / 1000);
  const eventId = randomUUID();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': eventId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signText(secret, eventId, seconds, body),
  };
  const url = `${PUBLIC_URL}/linq?version=2026-02-03`;
  return gatewayEvent({ method: 'POST', url, headers, body: Buffer.from(body) }, false);
};
