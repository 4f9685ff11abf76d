import type { Call } from '../post-json.ts';
import { signedHeaders, timeOf } from './sinch.sign.ts';

const KEY = '5c1ce1f5-9a1b-4c3e-8a55-2f0d2b1f6a90';
const SECRET = 'Wk9tR2Zxd1BzN0hZbEo0Vg==';

/** A recording that is available. Its destination is a URL of its own, as with a storage that is not Amazon's. */
export const deliver = ({ hookUrl, recordingUrl, nowSeconds, id }: Call) => {
  const body = JSON.stringify({
    event: 'notify',
    callid: id,
    version: 1,
    type: 'recording_available',
    custom: '',
    destination: recordingUrl,
  });
  const timestamp = timeOf(nowSeconds);
  return {
    secrets: { SINCH_APPLICATION_KEY: KEY, SINCH_APPLICATION_SECRET: SECRET },
    method: 'POST',
    headers: signedHeaders({ applicationKey: KEY, secret: SECRET, timestamp, url: hookUrl, body }),
    body,
  };
};
