import { type Call, postJson } from '../post-json.ts';
import { sign } from './justcall.sign.ts';

const SECRET = 'b51f8a0c3d7e69424f1b8c5d7a3e9160f8d2c4b6';

/** A call that is over; its parties and its audio lie at JustCall's API, for which the media host stands in. */
export const deliver = ({ hookUrl, recordingUrl, nowSeconds, id }: Call) => {
  const { origin } = new URL(recordingUrl);
  const body = JSON.stringify({
    request_id: id,
    webhook_url: hookUrl,
    type: 'call.completed',
    data: { id, call_sid: `CA${id}`, call_info: { direction: 'Incoming', recording: recordingUrl } },
  });
  const answer = {
    status: 'success',
    data: {
      id,
      contact_number: '+14155550101',
      justcall_number: '+14155550199',
      call_info: { direction: 'Incoming', recording: recordingUrl },
    },
  };
  return {
    ...postJson({
      secrets: {
        JUSTCALL_API_SECRET: SECRET,
        JUSTCALL_API_KEY: '6e1d4c9a0b8f73255e2a9d6c8b4f0317e9c1d3a5',
        JUSTCALL_API_URL: origin,
      },
      headers: sign(SECRET, hookUrl, 'call.completed', nowSeconds),
      body,
    }),
    answers: { [`/v2.1/calls/${id}`]: answer },
  };
};
