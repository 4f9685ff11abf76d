import { type Call, postJson } from '../post-json.ts';
import { sign } from './callrail.sign.ts';

const key = '5d41402abc4b2a76b9719d911017c592';

/** A Post-Call with its recording attached, signed now. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const time = new Date(nowSeconds * 1000).toISOString();
  // CallRail's ids are integers, and this id is too large for a number.
  const fields = {
    resource_id: `CAL${id}`,
    answered: true,
    call_type: 'first_call',
    customer_phone_number: '+14155550101',
    tracking_phone_number: '+14155550199',
    business_phone_number: '',
    direction: 'inbound',
    duration: '6',
    recording: recordingUrl,
    recording_duration: 5,
    start_time: time,
    timestamp: time,
  };
  const body = JSON.stringify(fields).replace('{', `{"id":${BigInt(`0x${id}`)},`);
  return postJson({
    secrets: { CALLRAIL_SIGNING_KEY: key },
    headers: { signature: sign(key, body) },
    body,
  });
};
