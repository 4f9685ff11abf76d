import { type Call, postJson } from '../post-json.ts';
import { signature } from './retell.sign.ts';

const apiKey = 'key_7daafc400611dc03bb108038abf2';

export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const body = JSON.stringify({
    event: 'call_ended',
    call: {
      call_type: 'phone_call',
      from_number: '+14155550101',
      to_number: '+14155550199',
      direction: 'inbound',
      call_id: `call_${id}`,
      agent_id: 'agent_3c91d4a9932c1c8618ae447c6f',
      call_status: 'ended',
      start_timestamp: (nowSeconds - 60) * 1000,
      end_timestamp: nowSeconds * 1000,
      duration_ms: 60_000,
      disconnection_reason: 'user_hangup',
      recording_url: recordingUrl,
    },
  });
  return postJson({
    secrets: { RETELL_API_KEY: apiKey },
    headers: { 'x-retell-signature': signature(apiKey, nowSeconds * 1000, body) },
    body,
  });
};
