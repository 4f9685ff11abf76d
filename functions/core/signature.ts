import { createHmac, timingSafeEqual } from 'node:crypto';

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
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (key.length === 0) return false; // a mangled secret decodes to nothing, and anyone can sign with that
  const expected = hmac('sha256', key, [`${sent.id}.${sent.timestamp}.`, body], 'base64');
  let match = false;
  for (const versioned of sent.signatures.split(' ')) {
    const [version, signature = ''] = versioned.split(',');
    if (version === 'v1' && sameText(signature, expected)) match = true;
  }
  return match;
};
