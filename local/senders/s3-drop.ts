import type { Call } from '../post-json.ts';

/** A recording that lies in the bucket, with its facts in the metadata. It needs no call system. */
export const deliver = ({ hookUrl, id }: Call) => {
  const chat = new URL(hookUrl).searchParams.get('chat');
  const metadata = { from: '+14155550101', to: '+14155550199', direction: 'inbound', ...(chat && { chat }) };
  return { secrets: {}, object: { bucket: 'drops', key: `calls/${id}.mp3`, metadata } };
};
