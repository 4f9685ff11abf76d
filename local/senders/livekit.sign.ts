import { createHash, createHmac } from 'node:crypto';

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');

/** A bare HS256 JWT, written from LiveKit's "Webhooks" and not from our code. */
export const token = (secret: string, claims: object, header: object = { alg: 'HS256', typ: 'JWT' }): string => {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

export const claimsOf = (apiKey: string, sentSeconds: number, body: string | Uint8Array) => ({
  iss: apiKey,
  nbf: sentSeconds,
  iat: sentSeconds,
  exp: sentSeconds + 300,
  sha256: createHash('sha256').update(body).digest('base64'),
});

export const signedHeaders = (apiKey: string, secret: string, sentSeconds: number, body: string | Uint8Array) => ({
  'content-type': 'application/webhook+json',
  authorization: token(secret, claimsOf(apiKey, sentSeconds, body)),
});
