import { createPublicKey, type KeyObject, verify } from 'node:crypto';

export type KeyAlgorithm = 'ed25519' | 'rsa-sha256';

/**
 * A public key as vendors publish it: PEM, base64 of the same (SPKI), or for Ed25519 base64 of the 32 bytes.
 * @returns undefined where the text is no key of that algorithm: such a value proves nothing
 */
export const publicKeyOf = (text: string, algorithm: KeyAlgorithm): KeyObject | undefined => {
  const bytes = Buffer.from(text, 'base64');
  try {
    const key = text.includes('-----BEGIN')
      ? createPublicKey(text)
      : algorithm === 'ed25519' && bytes.length === 32
        ? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })
        : createPublicKey({ key: bytes, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === KEY_TYPES[algorithm] ? key : undefined;
  } catch {
    return undefined;
  }
};

const KEY_TYPES: Readonly<Record<KeyAlgorithm, string>> = { ed25519: 'ed25519', 'rsa-sha256': 'rsa' };

/** Whether one of the keys signed the bytes. The signature is base64, in its one canonical spelling. */
export const signedByOneOf = (
  keys: readonly string[],
  algorithm: KeyAlgorithm,
  signature: string,
  signed: Uint8Array,
): boolean => {
  const bytes = Buffer.from(signature, 'base64');
  // Node reads base64 leniently: one signature would have many spellings.
  if (bytes.length === 0 || bytes.toString('base64') !== signature) return false;
  return keys.some((text) => {
    const key = publicKeyOf(text, algorithm);
    return key !== undefined && verify(algorithm === 'ed25519' ? null : 'RSA-SHA256', signed, key, bytes);
  });
};
