import type { Call } from '../post-json.ts';
import { claims, jwt } from './dialpad.sign.ts';

/** The good event, with its audio at `recordingUrl` and the recording's id `id`. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const secrets = {
    DIALPAD_WEBHOOK_SECRET: 'dp-3f1c9a52e0b84d67a1c2f5e8d9b03746',
    DIALPAD_API_KEY: 'Zk3Tq8WmRb5YxJ2nVc7LpH4sDf6GaQe9UtXiKoBw',
  };
  const call = {
    call_id: '5500001785000000',
    state: 'recording',
    direction: 'inbound',
    external_number: '+14155550101',
    internal_number: '+14155550199',
    recording_details: [{ id, duration: 30000, recording_type: 'admincallrecording', url: recordingUrl }],
    event_timestamp: nowSeconds * 1000,
  };
  const body = jwt(secrets.DIALPAD_WEBHOOK_SECRET, claims(call));
  return { secrets, method: 'POST', headers: { 'content-type': 'application/jwt' }, body };
};
