import completed from '../../test/fixtures/zoom-phone/completed.json' with { type: 'json' };
import type { Call } from '../post-json.ts';
import { signEvent } from './zoom-phone.sign.ts';

/** The good event, signed anew, about another recording. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const event = JSON.parse(completed.body);
  Object.assign(event.payload.object.recordings[0], { id, download_url: recordingUrl });
  const body = JSON.stringify({ ...event, event_ts: nowSeconds * 1000 });
  return {
    secrets: {
      ZOOM_PHONE_SECRET_TOKEN: completed.secret,
      ZOOM_PHONE_ACCOUNT_ID: 'aB3dE5fG7hI9jK1lM3nO5p',
      ZOOM_PHONE_CLIENT_ID: 'q1W2e3R4t5Y6u7I8o9P0aA',
      ZOOM_PHONE_CLIENT_SECRET: 'z1X2c3V4b5N6m7L8k9J0hGfDsAqWeRtY',
    },
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-zm-request-timestamp': String(nowSeconds),
      'x-zm-signature': signEvent(completed.secret, nowSeconds, body),
    },
    body,
  };
};
