import type { Call } from '../post-json.ts';
import { formBody, signForm } from './twilio.sign.ts';

const token = 'b4e7bb6efd6c8bf0cf81e0d0c49b583a';

/** The good event, signed anew for the URL that it is posted to. */
export const deliver = ({ hookUrl, recordingUrl, id }: Call) => {
  const form: [string, string][] = [
    ['RecordingSource', 'DialVerb'],
    ['RecordingSid', `RE${id}`],
    ['RecordingUrl', recordingUrl],
    ['RecordingStatus', 'completed'],
    ['RecordingChannels', '1'],
    ['CallSid', 'CA87915d8002736204e65d5d083ba5ee41'],
    ['AccountSid', 'AC08faedd7e846c18560755be158889e51'],
    ['RecordingDuration', '24'],
  ];
  return {
    secrets: { TWILIO_AUTH_TOKEN: token },
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': signForm(token, hookUrl, form),
    },
    body: formBody(form),
  };
};
