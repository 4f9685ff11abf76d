import { type Call, postJson } from '../post-json.ts';
import { tokenHeader } from './ringcentral.sign.ts';

const token = 'a-token-of-the-subscription';

/** The event of an ended session, and the call log that a stand-in for RingCentral's server answers. */
export const deliver = ({ recordingUrl, id }: Call) => {
  const session = `s-${id}`;
  const party = {
    id: `p-${id}-1`,
    direction: 'Inbound',
    from: { phoneNumber: '+12025550101' },
    to: { phoneNumber: '+12025550102' },
    status: { code: 'Disconnected' },
  };
  return {
    ...postJson({
      secrets: {
        RINGCENTRAL_VALIDATION_TOKEN: token,
        RINGCENTRAL_CLIENT_ID: 'a-client-id',
        RINGCENTRAL_CLIENT_SECRET: 'a-client-secret',
        RINGCENTRAL_JWT: 'a.users.jwt',
        RINGCENTRAL_SERVER_URL: new URL(recordingUrl).origin,
      },
      headers: tokenHeader(token),
      body: JSON.stringify({
        uuid: id,
        event: '/restapi/v1.0/account/~/telephony/sessions?withRecordings=true',
        body: { telephonySessionId: session, sessionId: '1', sequence: 9, parties: [party] },
      }),
    }),
    answers: {
      '/restapi/v1.0/account/~/call-log': {
        records: [{ telephonySessionId: session, recording: { contentUri: recordingUrl } }],
      },
    },
  };
};
