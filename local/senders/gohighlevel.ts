import { type Call, postJson } from '../post-json.ts';
import { account, publicKey, signedHeaders } from './gohighlevel.sign.ts';

/** A call that is completed; its audio lies at HighLevel's API, for which the media host stands in. */
export const deliver = ({ recordingUrl, nowSeconds, id }: Call) => {
  const body = JSON.stringify({
    type: 'InboundMessage',
    locationId: account.locationId,
    appId: account.appId,
    attachments: [],
    messageType: 'CALL',
    direction: 'inbound',
    from: '+14155550101',
    to: '+14155550199',
    status: 'completed',
    callDuration: 3,
    messageId: id,
    dateAdded: new Date((nowSeconds - 3) * 1000).toISOString(),
    timestamp: new Date(nowSeconds * 1000).toISOString(),
    webhookId: `w-${id}`,
  });
  return postJson({
    secrets: {
      GOHIGHLEVEL_PUBLIC_KEY: publicKey,
      GOHIGHLEVEL_APP_ID: account.appId,
      GOHIGHLEVEL_LOCATION_ID: account.locationId,
      GOHIGHLEVEL_TOKEN: 'pit-5c1ce1f5-9a1b-4c3e-8a55-2f0d2b1f6a90',
      GOHIGHLEVEL_API_URL: new URL(recordingUrl).origin,
    },
    headers: signedHeaders(body),
    body,
  });
};
