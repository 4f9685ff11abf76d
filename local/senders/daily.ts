import { type Call, postJson } from '../post-json.ts';
import { sign } from './daily.sign.ts';

const SECRET = 'Wk9tR2Zxd1BzN0hZbEo0VmNYM0JuTTZhVWRFaTFPZzA=';

/** A recording that is ready; its URL is asked of Daily's API, for which the media host stands in. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const body = JSON.stringify({
    version: '1.0.0',
    type: 'recording.ready-to-download',
    id: `rec-rtd-${id}-${nowSeconds}`,
    payload: {
      type: 'cloud-audio-only',
      recording_id: id,
      room_name: 'faX4EbvbK7cawepc',
      start_ts: nowSeconds - 3,
      status: 'finished',
      max_participants: 2,
      duration: 3,
    },
    event_ts: nowSeconds,
  });
  return {
    ...postJson({
      secrets: {
        DAILY_WEBHOOK_SECRET: SECRET,
        DAILY_API_KEY: '5e1f7c9b3a8d2640e7c1b5f9a3d80642e1c7b9f5a3d86420',
        DAILY_API_URL: new URL(recordingUrl).origin,
      },
      headers: sign(SECRET, nowSeconds, body),
      body,
    }),
    answers: { [`/v1/recordings/${id}/access-link`]: { download_link: recordingUrl, expires: nowSeconds + 3600 } },
  };
};
