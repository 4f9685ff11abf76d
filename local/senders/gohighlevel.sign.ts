import { createPrivateKey, sign } from 'node:crypto';

/** Made for tests; they guard nothing. HighLevel publishes one key of its own. */
const PRIVATE_KEY = 'MC4CAQAwBQYDK2VwBCIEIJVUzpSvtj1kFlUUObNPIleVlCesL9PQAgXoguDxTWmZ';
export const publicKey = 'MCowBQYDK2VwAyEA6ov0YRmkYvYR3gH4tUa6VsvB68hBOGC4uIG8Zsgnh3g=';

export const account = { appId: '39d97121624b728f35f562b5', locationId: 'hwczAhDKYjtYs84w4QF7' };

/** `X-GHL-Signature`, written from HighLevel's "Webhook Integration Guide" and not from our code: Ed25519 over the body. */
export const signedHeaders = (body: string | Uint8Array): Record<string, string> => ({
  'x-ghl-signature': sign(
    null,
    Buffer.from(body),
    createPrivateKey({ key: Buffer.from(PRIVATE_KEY, 'base64'), format: 'der', type: 'pkcs8' }),
  ).toString('base64'),
});

/**
 * The same JSON object as an event of this account, sent at this time. A name that stands twice counts with its last value.
 * @returns undefined for a body that is no object, and cannot say whose it is
 */
export const ofAccount = (body: string | Uint8Array, sentSeconds: number): string | undefined => {
  const text = Buffer.from(body).toString().trimEnd();
  try {
    const json = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
    const comma = Object.keys(json).length > 0 ? ',' : '';
    const values = JSON.stringify({ ...account, timestamp: new Date(sentSeconds * 1000).toISOString() });
    return `${text.slice(0, -1)}${comma}${values.slice(1)}`;
  } catch {
    return undefined;
  }
};
