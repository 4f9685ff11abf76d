import { createHmac } from 'node:crypto';
import { startProgram } from '../flow/processes.ts';
import type { Peer } from './peer.ts';

const SECRET = Buffer.from('bench-secret-of-thirty-two-bytes').toString('base64');

/** The bridge of `npm start`, with its clock's delays shortened so that minutes of waiting become seconds. */
export const ours: Peer = {
  name: 'Aftercall',
  settings: 'as `npm start`; its waits are a twentieth in the faults',
  quietMs: 45_000,
  webhook(url, { chat, id, recordingUrl }, signed) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const body = JSON.stringify({
      type: 'recording.completed',
      timestamp: '2026-01-01T00:00:00Z',
      data: { id, recording_url: recordingUrl },
    });
    const signature = createHmac('sha256', Buffer.from(SECRET, 'base64'))
      .update(`msg_${id}.${timestamp}.${body}`)
      .digest('base64');
    return {
      url: `${url}/hooks/standard-webhooks?chat=${chat}`,
      headers: {
        'content-type': 'application/json',
        ...(signed && {
          'webhook-id': `msg_${id}`,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        }),
      },
      body,
    };
  },
  start: ({ data, linq, media }) =>
    startProgram('local/bridge/process.ts', [], {
      PORT: '0',
      AFTERCALL_DATA: data,
      AFTERCALL_API_KEY: 'bench-api-key',
      AFTERCALL_DELIVERY: 'url',
      AFTERCALL_ALLOW_HOSTS: new URL(media).host,
      STANDARD_WEBHOOKS_SECRET: SECRET,
      LINQ_API_V3_API_KEY: 'bench-linq-key',
      LINQ_API_V3_BASE_URL: linq,
      AFTERCALL_TIME_SCALE: process.env.PEERS_TIME_SCALE ?? '1',
    }),
};
