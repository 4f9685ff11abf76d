import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRef } from '../ports/source.ts';

/** Compares two texts in constant time, so that the time does not show where they differ. */
export const sameText = (given: string, expected: string): boolean => {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
};

/** HMAC over the pieces, one after the other. Bytes are not decoded. */
export const hmac = (
  algorithm: 'sha1' | 'sha256' | 'sha512',
  key: string | Uint8Array,
  pieces: readonly (string | Uint8Array)[],
  encoding: 'base64' | 'hex',
): string => {
  const mac = createHmac(algorithm, key);
  for (const piece of pieces) mac.update(piece);
  return mac.digest(encoding);
};

/**
 * Twilio's scheme, which SignalWire also uses: base64 HMAC-SHA1 over the URL and the sorted form. Nothing marks where
 * the URL or a value ends, so the caller must check for text that may have moved from a value into the next name.
 */
export const formSignatureMatches = (
  key: string,
  signature: string,
  url: string,
  form: Uint8Array,
  algorithm: 'sha1' | 'sha256' = 'sha1',
): boolean => {
  if (hasTooManyPairs(form)) return false;
  const sorted = sortedForm(form);
  const matches = signedUrls(url).map((each) => sameText(signature, hmac(algorithm, key, [each, sorted], 'base64')));
  return matches.includes(true);
};

/** A real form has tens of pairs. A stranger's form of a mebibyte would take minutes to sort. */
export const hasTooManyPairs = (form: Uint8Array): boolean => form.filter((byte) => byte === AMPERSAND).length >= 1000;
const AMPERSAND = 0x26;

/** Every name with its values, sorted by code units; a repeated value counts once. Nothing is trimmed. */
const sortedForm = (body: Uint8Array): string => {
  const form = new URLSearchParams(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
  const names = [...new Set(form.keys())].sort();
  return names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join('');
};

/**
 * The sender may sign with or without the default port, and with characters escaped that the request line does not
 * escape, or unescaped that the request line escapes (`:` and `@` of a SIP address, as was reported of Twilio).
 */
const signedUrls = (url: string): string[] =>
  [url, new URL(url).href, withBareSip(url)].flatMap((form) => {
    const [, scheme = '', authority = '', rest = ''] = /^(https?:\/\/)([^/?#]*)(.*)$/s.exec(form) ?? [];
    const bare = authority.replace(/:\d+$/, '');
    const port = /:\d+$/.exec(authority)?.[0] ?? (scheme === 'https://' ? ':443' : ':80');
    return [scheme + bare + rest, scheme + bare + port + rest];
  });

const withBareSip = (url: string): string => {
  const query = url.indexOf('?');
  if (query < 0) return url;
  return url.slice(0, query) + url.slice(query).replaceAll(/%3a/gi, ':').replaceAll('%40', '@');
};

const STANDARD_TOLERANCE_SECONDS = 300;

/**
 * Why a request is not signed by Standard Webhooks (https://www.standardwebhooks.com) with one of the secrets;
 * undefined if it is.
 */
export const whyNotStandard = (
  { headers, body }: { headers: Readonly<Record<string, string>>; body: Uint8Array },
  prefix: 'webhook' | 'svix',
  secrets: readonly string[],
  { nowMs }: { nowMs(): number },
): string | undefined => {
  const id = headers[`${prefix}-id`];
  const timestamp = headers[`${prefix}-timestamp`];
  const signatures = headers[`${prefix}-signature`];
  if (!id || !timestamp || !signatures) return `${prefix}-id, ${prefix}-timestamp and ${prefix}-signature are needed`;
  if (!/^\d{1,12}$/.test(timestamp)) return `${prefix}-timestamp is not a number of seconds`;
  if (Math.abs(nowMs() / 1000 - Number(timestamp)) > STANDARD_TOLERANCE_SECONDS) return `${prefix}-timestamp is stale`;
  const matches = secrets.some((secret) => standardSignatureMatches(secret, { id, timestamp, signatures }, body));
  return matches ? undefined : `${prefix}-signature does not match`;
};

/** The specification asks for 24 bytes or more; fewer than 16 are a mistake. */
const MIN_KEY_BYTES = 16;

/** The same secret, with a check that its values can be keys of Standard Webhooks. */
export const ofStandardWebhooks = (secret: SecretRef): SecretRef => ({ ...secret, whyNot: whyNoStandardSecret });

const whyNoStandardSecret = (value: string): string | undefined => {
  const bytes = standardKey(value).length;
  return bytes < MIN_KEY_BYTES
    ? `cannot be a secret of Standard Webhooks, which is whsec_ and base64: it has ${bytes} bytes, and 24 are usual. Copy the whole secret`
    : undefined;
};

const standardKey = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

export interface StandardSignature {
  id: string;
  /** Seconds since 1970, as sent. */
  timestamp: string;
  /** Signatures separated by spaces, each `v1,<base64>`; other versions are ignored. */
  signatures: string;
}

/**
 * Standard Webhooks v1: HMAC-SHA256 over `<id>.<timestamp>.<body>`, keyed with the base64 behind `whsec_`.
 * The caller judges the timestamp's age.
 */
export const standardSignatureMatches = (secret: string, sent: StandardSignature, body: Uint8Array): boolean => {
  const key = standardKey(secret);
  if (key.length === 0) return false; // a damaged secret decodes to no bytes, and anyone can sign with an empty key
  const expected = hmac('sha256', key, [`${sent.id}.${sent.timestamp}.`, body], 'base64');
  let match = false;
  for (const versioned of sent.signatures.split(' ')) {
    const [version, signature = ''] = versioned.split(',');
    if (version === 'v1' && sameText(signature, expected)) match = true;
  }
  return match;
};
