import { type Call, postJson } from '../post-json.ts';
import { call } from './bland.call.ts';
import { sign } from './bland.sign.ts';

const SECRET = '3b1f0d8c5a7e49620f4d2c8b6a1e9073d5c4b3a2918076f5';
const API_KEY = 'org_5f2c9a7be0d14836a1c4e7f8b2d90356';

export const deliver = ({ recordingUrl, id }: Call) => {
  const callId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const body = JSON.stringify(call(callId, recordingUrl));
  return postJson({
    secrets: { BLAND_WEBHOOK_SECRET: SECRET, BLAND_API_KEY: API_KEY },
    headers: { 'x-webhook-signature': sign(SECRET, body) },
    body,
  });
};
