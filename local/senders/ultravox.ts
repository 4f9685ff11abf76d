import { type Call, postJson } from '../post-json.ts';
import { sign, timeOf } from './ultravox.sign.ts';

const SECRET = 'q7Wc2XfLrB9nPz4KsYt1VhDm8JgEa5Ru3TiNx6Ob';

/** A call that has ended; its audio lies at Ultravox' API, for which the media host stands in. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const body = JSON.stringify({
    event: 'call.ended',
    call: {
      callId: id,
      created: at(nowSeconds - 5),
      joined: at(nowSeconds - 3),
      ended: at(nowSeconds),
      endReason: 'hangup',
      recordingEnabled: true,
      medium: { twilio: {} },
      metadata: { from: '+14155550101', to: '+14155550199', direction: 'inbound' },
    },
  });
  return postJson({
    secrets: {
      ULTRAVOX_WEBHOOK_SECRET: SECRET,
      ULTRAVOX_API_KEY: 'Zk3pQ8vN.wX5yR2tL7mB9cD4fG6hJ1sA0',
      ULTRAVOX_API_URL: new URL(recordingUrl).origin,
    },
    headers: sign([SECRET], timeOf(nowSeconds), body),
    body,
  });
};
