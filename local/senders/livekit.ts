import type { Call } from '../post-json.ts';
import { signedHeaders } from './livekit.sign.ts';

const API_KEY = 'APIk7Tz2WqLmXv9';
const API_SECRET = 'Jr4Vn8Xc2Lq6Tb0Wm5Zp9Ks3Hd7Fg1Ya4Ue8Io2Pl6N';

/** An egress that has ended. Its file lies at a URL of its own, as with a storage that is not Amazon's. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const nanoseconds = (seconds: number) => `${seconds}000000000`;
  const body = JSON.stringify({
    event: 'egress_ended',
    egressInfo: {
      egressId: `EG_${id}`,
      roomId: `RM_${id}`,
      roomName: 'call-7',
      status: 'EGRESS_COMPLETE',
      startedAt: nanoseconds(nowSeconds - 3),
      endedAt: nanoseconds(nowSeconds),
      fileResults: [{ filename: `${id}.mp3`, duration: nanoseconds(3), location: recordingUrl }],
    },
    id: `EV_${id}`,
    createdAt: String(nowSeconds),
  });
  return {
    secrets: { LIVEKIT_API_KEY: API_KEY, LIVEKIT_API_SECRET: API_SECRET },
    method: 'POST',
    headers: signedHeaders(API_KEY, API_SECRET, nowSeconds, body),
    body,
  };
};
