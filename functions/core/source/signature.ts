import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRef } from '../ports/source.ts';

/** Compares in a time that says nothing of where two texts differ. */
export const sameText = (given: string, expected: string): boolean => {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
};

/** HMAC over the given pieces as if they were one; bytes stay bytes. */
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
 * Twilio's scheme, which SignalWire took over: base64 HMAC-SHA1 over the URL and the sorted form. Nothing marks where the URL
 * or a value ends, so what may have run on into the next name is for the caller to see.
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

/** A form of theirs has tens of pairs. To read and sort a stranger's mebibyte of them would take minutes. */
export const hasTooManyPairs = (form: Uint8Array): boolean => form.filter((byte) => byte === AMPERSAND).length >= 1000;
const AMPERSAND = 0x26;

/** Every name with its values, in code-unit order; a repeated value counts once. Nothing is trimmed or dropped. */
const sortedForm = (body: Uint8Array): string => {
  const form = new URLSearchParams(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
  const names = [...new Set(form.keys())].sort();
  return names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join('');
};

/**
 * They may sign with the default port or without, and with some characters escaped that the request line does not escape; or bare that
 * it escapes (`:` and `@` of a SIP address in the query), as was reported of Twilio.
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

/** Why a request is not signed by Standard Webhooks (https://www.standardwebhooks.com) with one of the secrets; undefined if it is. */
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

/** The specification asks for 24 bytes; fewer than 16 are a mistake. */
const MIN_KEY_BYTES = 16;

/** The same secret, of which only what can be a key of Standard Webhooks is read. */
export const ofStandardWebhooks = (secret: SecretRef): SecretRef => ({ ...secret, whyNot: whyNoStandardSecret });

const whyNoStandardSecret = (value: string): string | undefined => {
  const bytes = standardKey(value).length;
  return bytes < MIN_KEY_BYTES
    ? `cannot be a secret of Standard Webhooks, which is whsec_ and base64: it comes to ${bytes} bytes, and 24 are the rule`
    : undefined;
};

const standardKey = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

export interface StandardSignature {
  id: string;
  /** Seconds since 1970, as sent. */
  timestamp: string;
  /** Signatures separated by spaces, each `v1,<base64>`; other versions are passed over. */
  signatures: string;
}

/**
 * Standard Webhooks v1: HMAC-SHA256 over `<id>.<timestamp>.<body>`, keyed with the base64 behind `whsec_`.
 * The caller judges the timestamp's age.
 */
export const standardSignatureMatches = (secret: string, sent: StandardSignature, body: Uint8Array): boolean => {
  const key = standardKey(secret);
  if (key.length === 0) return false; // a mangled secret decodes to nothing, and anyone can sign with that
  const expected = hmac('sha256', key, [`${sent.id}.${sent.timestamp}.`, body], 'base64');
  let match = false;
  for (const versioned of sent.signatures.split(' ')) {
    const [version, signature = ''] = versioned.split(',');
    if (version === 'v1' && sameText(signature, expected)) match = true;
  }
  return match;
};
