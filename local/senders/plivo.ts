import type { Call } from '../post-json.ts';
import { signV3 } from './plivo.sign.ts';

const TOKEN = 'YmIyYmIwMDA5NGMyZDcyOGQ0NGFmZDVjNDc0ZDU4';

export const deliver = ({ hookUrl, recordingUrl, nowSeconds, id }: Call) => {
  const body = new URLSearchParams({
    RecordUrl: recordingUrl,
    RecordingID: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    RecordingDuration: '3',
    RecordingDurationMs: '3000',
    RecordingStartMs: String(nowSeconds * 1000 - 3000),
    RecordingEndMs: String(nowSeconds * 1000),
    CallUUID: '844f34cb-904f-40e6-ace5-3e4db3d837fa',
    From: '14155550101',
    To: '14155550199',
    Direction: 'inbound',
    Event: 'RecordStop',
  }).toString();
  const nonce = '15310757201708219697';
  return {
    secrets: { PLIVO_AUTH_ID: 'MABE59D85B4515440FEF', PLIVO_AUTH_TOKEN: TOKEN },
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-plivo-signature-v3': signV3(TOKEN, 'POST', hookUrl, body, nonce),
      'x-plivo-signature-v3-nonce': nonce,
    },
    body,
  };
};
