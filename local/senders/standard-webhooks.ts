import { type Call, postJson } from '../post-json.ts';
import { signText } from './standard-webhooks.sign.ts';

const ours = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** The good event, signed anew, under header names that begin with `prefix`; after a rotation, with another secret. */
export const deliverAs =
  (prefix: 'webhook' | 'svix', secretName: string) =>
  ({ recordingUrl, nowSeconds, id, secret = ours }: Omit<Call, 'hookUrl'> & { secret?: string }) => {
    const data = {
      id: `rec_${id}`,
      recording_url: recordingUrl,
      from: '+12025550101',
      to: '+12025550102',
      direction: 'inbound',
    };
    const timestamp = new Date(nowSeconds * 1000).toISOString();
    const body = JSON.stringify({ type: 'recording.completed', timestamp, data });
    return postJson({
      secrets: { [secretName]: secret },
      headers: {
        [`${prefix}-id`]: `msg_${id}`,
        [`${prefix}-timestamp`]: String(nowSeconds),
        [`${prefix}-signature`]: signText(secret, `msg_${id}`, nowSeconds, body),
      },
      body,
    });
  };

export const deliver = deliverAs('webhook', 'STANDARD_WEBHOOKS_SECRET');
