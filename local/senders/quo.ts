import { type Call, postJson } from '../post-json.ts';
import { signCurrent } from './quo.sign.ts';

const secret = 'whsec_ZGVtbyBzZWNyZXQgb2YgcXVvICEh';

/** A current `call.recording.completed`, signed now. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const time = new Date(nowSeconds * 1000).toISOString();
  const body = JSON.stringify(eventOf(id, time, recordingUrl));
  return postJson({
    secrets: { QUO_WEBHOOK_SECRET: secret },
    headers: {
      'webhook-id': `msg_${id}`,
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': signCurrent(secret, `msg_${id}`, nowSeconds, body),
    },
    body,
  });
};

const eventOf = (id: string, time: string, url: string) => ({
  id: `EV${id}`,
  apiVersion: '2026-03-30',
  createdAt: time,
  type: 'call.recording.completed',
  data: {
    resource: {
      id: `AC${id}`,
      direction: 'incoming',
      createdAt: time,
      duration: 5,
      recordings: [{ id: `RE${id}`, duration: 5, startTime: time, type: 'audio/mpeg', url }],
    },
    context: {
      phoneNumberId: 'PN123',
      participants: { workspace: ['+14155550199'], external: ['+14155550101'], resolution: 'available' },
    },
    links: { quo: null },
  },
});
