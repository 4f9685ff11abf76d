import { type Call, postJson } from '../post-json.ts';
import { basic } from './bandwidth.sign.ts';

const CREDENTIALS = 'hook-d2b8f1:9sXq4TzKc7Wm2LpV';

export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  return postJson({
    secrets: {
      BANDWIDTH_WEBHOOK_CREDENTIALS: CREDENTIALS,
      BANDWIDTH_CLIENT_ID: 'BAND-CLIENT-5f0c2d',
      BANDWIDTH_CLIENT_SECRET: 'b7e3a1d9c5f84260',
    },
    headers: basic(CREDENTIALS),
    body: JSON.stringify({
      eventType: 'recordingAvailable',
      eventTime: at(nowSeconds),
      accountId: '8223562',
      to: '+14155550199',
      from: '+14155550101',
      direction: 'inbound',
      callId: `c-${id}`,
      recordingId: `r-${id}`,
      channels: 1,
      startTime: at(nowSeconds - 3),
      endTime: at(nowSeconds),
      duration: 'PT3S',
      fileFormat: 'mp3',
      mediaUrl: recordingUrl,
      status: 'complete',
    }),
  });
};
