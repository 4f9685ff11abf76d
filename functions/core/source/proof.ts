import {
  authentic,
  refused,
  type SecretRef,
  type Source,
  type SourceContext,
  type WebhookRequest,
} from '../ports/source.ts';
import { whyNotProvedByJwt } from './body-hash-jwt.ts';
import { textOf, valueAt } from './json-path.ts';
import { type KeyAlgorithm, publicKeyOf, signedByOneOf } from './public-key.ts';
import { readJson } from './read-json.ts';
import { hmac, sameText } from './signature.ts';
import { signedPieces, type Template } from './signed-pieces.ts';
import { type TimeUnit, type ToleranceSeconds, whyStale } from './signed-time.ts';

/** An HMAC in a header. */
export interface HmacSignature extends Template {
  secret: SecretRef;
  /** How the secret's text is turned into the key. @default 'text' */
  key?: 'text' | 'base64' | 'hex';
  header: string;
  /** What stands before the digest in the header, such as `sha256=`; of several digests, before the first or before each. */
  prefix?: string;
  /** What stands between several digests in the header: a sender that rotates sends one for each secret. */
  separator?: string;
  algorithm: 'sha1' | 'sha256' | 'sha512';
  encoding: 'hex' | 'base64';
}

/** A signature with a private key, in base64 in a header. The public key is published by the vendor. */
export interface KeySignature extends Template {
  publicKey: SecretRef;
  header: string;
  prefix?: string;
  algorithm: KeyAlgorithm;
}

/** Basic credentials (RFC 7617). They cover nothing of the delivery. */
export interface BasicCredentials {
  scheme: 'basic';
  /** `user:password`. A secret with several values has several pairs. */
  credentials: SecretRef;
}

/** An HS256 JWT in `authorization` that holds the SHA-256 of the body. */
export interface JwtSignature {
  scheme: 'jwt';
  secret: SecretRef;
  /** The values that `iss` may have. */
  issuer: SecretRef;
  bodyHash: { claim: string; encoding: 'base64' | 'hex' };
  leewaySeconds: number;
}

export type Signature = HmacSignature | KeySignature | BasicCredentials | JwtSignature;

/** How a sender proves itself, as data. */
export interface ProofDescription {
  signature: Signature;
  /** A time in the signed body, where no header has one. */
  timestampInBody?: { path: string; unit: TimeUnit; toleranceSeconds: ToleranceSeconds };
  /**
   * Values in the signed body that must be ours. Needed where one key signs the events of every customer of a vendor: a
   * stranger's event has a valid signature too.
   */
  account?: readonly { path: string; equals: SecretRef }[];
}

/** The parts of a source that verify its sender. */
export const proofBy = (description: ProofDescription): Pick<Source, 'secrets' | 'covers' | 'authenticate'> => {
  const { signature, timestampInBody, account = [] } = description;
  return {
    secrets: [...secretsOf(signature), ...account.map(({ equals }) => equals)],
    covers: coversOf(signature, timestampInBody !== undefined),

    async authenticate(request, context) {
      const reason = await whyNotProved(description, request, context);
      return reason === undefined ? authentic(request) : refused(reason);
    },
  };
};

const whyNotProved = async (
  { signature, timestampInBody, account = [] }: ProofDescription,
  request: WebhookRequest,
  context: SourceContext,
): Promise<string | undefined> => {
  const wrong = await whyNotSigned(signature, request, context);
  if (wrong) return wrong;
  if (!timestampInBody && account.length === 0) return undefined;
  const json = readJson(request.body);
  if (timestampInBody) {
    const { path, unit, toleranceSeconds } = timestampInBody;
    const stale = whyStale(path, textOf(valueAt(json, path)) ?? '', unit, toleranceSeconds, context.nowMs);
    if (stale) return stale;
  }
  for (const { path, equals } of account) {
    const given = textOf(valueAt(json, path)) ?? '';
    const ours = await context.read(equals);
    if (!ours.includes(given)) return `${path} is not one of ${equals.name}: the event belongs to another account`;
  }
  return undefined;
};

const secretsOf = (signature: Signature): SecretRef[] => {
  if ('publicKey' in signature) return [{ ...signature.publicKey, whyNot: whyNoKey(signature.algorithm) }];
  if ('credentials' in signature) return [{ ...signature.credentials, whyNot: whyNoPair }];
  return 'issuer' in signature ? [signature.secret, signature.issuer] : [signature.secret];
};

const whyNoKey = (algorithm: KeyAlgorithm) => (value: string) =>
  publicKeyOf(value, algorithm)
    ? undefined
    : `is no public key of ${algorithm}: write the base64 of the key in one line, without the lines BEGIN and END`;
const whyNoPair = (value: string) =>
  value.includes(':') ? undefined : 'is no pair of user and password, user:password';

const coversOf = (signature: Signature, timeInBody: boolean): Source['covers'] => {
  if ('signed' in signature) {
    const { signed, timestamp } = signature;
    return {
      body: true,
      url: signed.includes('{url}'),
      time: timestamp !== undefined || timeInBody,
      id: signed.includes('{id}'),
    };
  }
  const isJwt = signature.scheme === 'jwt';
  return { body: isJwt, url: false, time: isJwt, id: false };
};

const whyNotSigned = async (
  signature: Signature,
  request: WebhookRequest,
  { nowMs, read }: SourceContext,
): Promise<string | undefined> => {
  if ('credentials' in signature) return whyNotBasic(request, await read(signature.credentials));
  if ('issuer' in signature) {
    const { secret, issuer, bodyHash, leewaySeconds } = signature;
    const { authorization } = request.headers;
    if (!authorization) return 'authorization is needed';
    const [secrets, issuers] = [await read(secret), await read(issuer)];
    return whyNotProvedByJwt(authorization, request.body, { secrets, issuers, ...bodyHash, leewaySeconds, nowMs });
  }
  const { header, prefix = '', timestamp } = signature;
  const given = request.headers[header];
  if (!given?.startsWith(prefix)) return `${header} is needed`;
  if (timestamp) {
    const sent = request.headers[timestamp.header] ?? '';
    const stale = whyStale(timestamp.header, sent, timestamp.unit, timestamp.toleranceSeconds, nowMs);
    if (stale) return stale;
  }
  const pieces = signedPieces(signature, request);
  if (!pieces) return `${signature.id?.header} is needed`;
  const matches =
    'publicKey' in signature
      ? signedByOneOf(await read(signature.publicKey), signature.algorithm, given.slice(prefix.length), bytesOf(pieces))
      : digestMatches(signature, given, pieces, await read(signature.secret));
  return matches ? undefined : `${header} does not match`;
};

/** More signatures than a rotation has: a stranger's header may be long, and each is compared. */
const MAX_SIGNATURES = 10;

const digestMatches = (
  { key = 'text', prefix = '', separator, algorithm, encoding }: HmacSignature,
  given: string,
  pieces: readonly (string | Uint8Array)[],
  secrets: readonly string[],
): boolean => {
  const parts = separator === undefined ? [given] : given.split(separator).slice(0, MAX_SIGNATURES);
  const digests = parts.map((part) => (part.startsWith(prefix) ? part.slice(prefix.length) : part));
  const keys = secrets.map((secret) => Buffer.from(secret, KEYS[key]));
  // A mangled secret may decode to nothing, and anyone can sign with that.
  const expected = keys.filter(({ length }) => length > 0).map((each) => hmac(algorithm, each, pieces, encoding));
  return expected.flatMap((each) => digests.map((digest) => sameText(digest, each))).includes(true);
};

const KEYS = { text: 'utf8', base64: 'base64', hex: 'hex' } as const;

/** The name of the scheme has no case (RFC 9110, 11.1); the pair in base64 has one spelling. */
const whyNotBasic = ({ headers }: WebhookRequest, pairs: readonly string[]): string | undefined => {
  const given = /^basic ([A-Za-z0-9+/=]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) return 'authorization with Basic credentials is needed';
  const matches = pairs.map((pair) => pair.includes(':') && sameText(given, Buffer.from(pair).toString('base64')));
  return matches.includes(true) ? undefined : 'the Basic credentials do not match';
};

const bytesOf = (pieces: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
