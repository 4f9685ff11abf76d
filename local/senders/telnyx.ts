import saved from '../../test/fixtures/telnyx/saved.json' with { type: 'json' };
import type { Call } from '../post-json.ts';
import { publicKey, signedHeaders } from './telnyx.sign.ts';

/** The good event, freshly signed, about another recording. Telnyx does not sign the hook URL. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const recordingId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const event = JSON.parse(saved.body);
  event.data.id = recordingId;
  Object.assign(event.data.payload, { recording_id: recordingId, recording_urls: { mp3: recordingUrl } });
  const body = JSON.stringify(event);
  return {
    secrets: {
      TELNYX_PUBLIC_KEY: publicKey,
      TELNYX_API_KEY: 'KEY018F0A1B2C3D4E5F60718293A4B5C6D7_q1W2e3R4t5Y6u7I8o9P0aA',
    },
    method: 'POST',
    headers: { ...saved.headers, ...signedHeaders(nowSeconds, body) },
    body,
  };
};
