import { createHash } from 'node:crypto';
import * as z from 'zod';
import { hmac, sameText } from './signature.ts';

export interface BodyHashJwt {
  /** Values of the claim `iss` that are ours. */
  issuers: readonly string[];
  secrets: readonly string[];
  /** The claim that holds the SHA-256 of the raw body. */
  claim: string;
  encoding: 'base64' | 'hex';
  /** How far the two clocks may be apart. */
  leewaySeconds: number;
  nowMs: number;
}

/**
 * Why a compact JWT (RFC 7519) does not prove a body; undefined where it does. HS256 alone; `exp` is required; `nbf` holds where
 * it is there. A header with `crit` is refused, as RFC 7515 asks of a reader that knows no extension.
 */
export const whyNotProvedByJwt = (token: string, body: Uint8Array, options: BodyHashJwt): string | undefined => {
  const { issuers, secrets, claim, encoding, leewaySeconds, nowMs } = options;
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (!header || !payload || !signature || more.length > 0) return 'the token is no JWT of three parts';
  const { alg, crit } = headerSchema.safeParse(partOf(header)).data ?? {};
  if (alg !== 'HS256' || crit !== undefined) return 'the JWT is not signed by HS256';
  // Compared as text: the one spelling of the right signature.
  const matches = secrets.map((secret) =>
    sameText(signature, base64url(hmac('sha256', secret, [`${header}.${payload}`], 'base64'))),
  );
  if (!matches.includes(true)) return 'the signature of the JWT does not match';

  const claims = claimsSchema.safeParse(partOf(payload));
  if (!claims.success) return 'the JWT needs iss and exp';
  const { iss, exp, nbf = 0 } = claims.data;
  if (!issuers.includes(iss)) return 'iss of the JWT is another API key';
  const nowSeconds = nowMs / 1000;
  if (nowSeconds >= exp + leewaySeconds) return 'the JWT has expired';
  if (nowSeconds < nbf - leewaySeconds) return 'the JWT is not valid yet';
  const claimed = claims.data[claim];
  const digest = createHash('sha256').update(body).digest(encoding);
  return typeof claimed === 'string' && sameText(claimed, digest)
    ? undefined
    : `${claim} of the JWT does not match the body`;
};

const headerSchema = z.object({ alg: z.string(), crit: z.unknown().optional() });
const claimsSchema = z.looseObject({ iss: z.string(), exp: z.number(), nbf: z.number().optional() });

const base64url = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

const partOf = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};
