import { generateKeyPairSync } from 'node:crypto';
import recorded from '../../test/fixtures/vonage/recorded.json' with { type: 'json' };
import type { Call } from '../post-json.ts';
import { signedHeaders } from './vonage.sign.ts';

/** The good event, freshly signed, about another recording. Vonage does not sign the hook URL. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const event = JSON.parse(recorded.body);
  const recording_uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const body = JSON.stringify({ ...event, recording_uuid, recording_url: recordingUrl });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    secrets: {
      VONAGE_SIGNATURE_SECRET: recorded.secret,
      VONAGE_APPLICATION_ID: '703a7af6-93c9-429a-ac15-4691d802e853',
      VONAGE_PRIVATE_KEY: Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })).toString('base64'),
    },
    method: 'POST',
    headers: { ...recorded.headers, ...signedHeaders(recorded.secret, nowSeconds, body) },
    body,
  };
};
