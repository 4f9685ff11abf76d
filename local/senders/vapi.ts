import type { Call } from '../post-json.ts';
import { secretHeader } from './vapi.sign.ts';

const secret = 'vs-869c689b0605240cc2965dcfa046bf98';
const uuid = (id: string) => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => ({
  secrets: { VAPI_SECRET: secret, VAPI_PRIVATE_KEY: '5c1ce1f5-9a1b-4c3e-8a55-2f0d2b1f6a90' },
  method: 'POST',
  headers: { 'content-type': 'application/json', ...secretHeader(secret) },
  body: JSON.stringify({
    message: {
      type: 'end-of-call-report',
      timestamp: nowSeconds * 1000,
      endedReason: 'customer-ended-call',
      startedAt: new Date((nowSeconds - 60) * 1000).toISOString(),
      endedAt: new Date(nowSeconds * 1000).toISOString(),
      call: { id: uuid(id), type: 'inboundPhoneCall' },
      customer: { number: '+14155550101' },
      phoneNumber: { number: '+14155550199' },
      artifact: {
        presignedMonoUrl: recordingUrl,
        presignedUrlsExpiresAt: new Date((nowSeconds + 1800) * 1000).toISOString(),
      },
    },
  }),
});
