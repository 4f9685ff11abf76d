import { dialpad } from '../../functions/sources/dialpad.ts';
import { claims, jwt } from '../../local/senders/dialpad.sign.ts';

export const webhookSecret = { name: 'DIALPAD_WEBHOOK_SECRET' };
export const apiKey = { name: 'DIALPAD_API_KEY' };
export const secret = 'dp-11c25507109dc813e5f9d4215c35570651194468';
export const source = dialpad({ webhookSecret, apiKey });

export const judge = async (body: string) => {
  const request = { method: 'POST', url: 'https://h.example/', headers: {}, body: new Uint8Array(Buffer.from(body)) };
  const read = async ({ name }: { name: string }) => (name === webhookSecret.name ? [secret] : []);
  return source.authenticate(request, { nowMs: 0, read });
};

export const detail = { id: '4e9f314caa2fa80e', url: 'https://dialpad.com/blob/adminrecording/4e9f314caa2fa80e.mp3' };
export const call = { state: 'recording', call_id: '5500001785000000', recording_details: [detail] };

/** What an event with these claims is classified as. */
export const received = async (changed: object = {}) => {
  const proof = await judge(jwt(secret, claims({ ...call, ...changed })));
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'dialpad');
};
