import { type Call, postJson } from '../post-json.ts';
import { body } from './aircall.sign.ts';

/** The good event of a new call with this `id`, and its audio at `recordingUrl`. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const secrets = {
    AIRCALL_WEBHOOK_TOKEN: '45aa9e3d0c8b4a5f8e1d2c3b4a596877',
    AIRCALL_API_ID: '5f2b0c9a4d1e8b7f6a3c2d1e0f9b8a7c',
    AIRCALL_API_TOKEN: 'c1d2e3f4a5b60718293a4b5c6d7e8f90',
  };
  const data = {
    id: (BigInt(`0x${id}`) % 10n ** 18n).toString(),
    direction: 'inbound',
    status: 'done',
    started_at: nowSeconds - 60,
    answered_at: nowSeconds - 55,
    ended_at: nowSeconds - 30,
    duration: 30,
    raw_digits: '+14155550101',
    recording: recordingUrl,
    number: { digits: '+14155550199' },
  };
  return postJson({
    secrets,
    body: body(secrets.AIRCALL_WEBHOOK_TOKEN, 'call.comm_assets_generated', nowSeconds, data),
  });
};
