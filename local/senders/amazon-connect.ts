import type { Call } from '../post-json.ts';

const INSTANCE = '11111111-2222-4333-8444-555555555555';

/** A recording in the bucket of an instance. What DescribeContact answers lies at the media host, which stands in for Connect's API. */
export const deliver = ({ hookUrl, recordingUrl, nowSeconds, id }: Call) => {
  const chat = new URL(hookUrl).searchParams.get('chat');
  const contact = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const [day, time] = new Date(nowSeconds * 1000).toISOString().slice(0, 16).split('T');
  const [folder, stamp] = [day?.replaceAll('-', '/'), `${day?.replaceAll('-', '')}T${time}`];
  const Contact = {
    Id: contact,
    InitiationMethod: 'INBOUND',
    CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+14155550101' },
    SystemEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+14155550199' },
    Attributes: { ...(chat && { aftercall_chat: chat }) },
  };
  return {
    secrets: {
      CONNECT_INSTANCE_ARN: `arn:aws:connect:us-east-1:123456789012:instance/${INSTANCE}`,
      CONNECT_API_URL: new URL(recordingUrl).origin,
    },
    object: { bucket: 'drops', key: `connect/acme/CallRecordings/${folder}/${contact}_${stamp}_UTC.wav` },
    answers: { [`/contacts/${INSTANCE}/${contact}`]: { Contact } },
  };
};
