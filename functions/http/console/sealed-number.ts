import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Encrypts a telephone number with the API key, for a URL of the page: browsers keep URLs in their history, and proxies in
 * their logs.
 */
export const sealNumber = (key: string, number: string): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(key), iv);
  const sealed = Buffer.concat([cipher.update(number, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
};

/** Decrypts a sealed number; undefined where none of the current keys sealed it. */
export const openNumber = (keys: readonly string[], text: string): string | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const [iv, tag, sealed] = [
    bytes.subarray(0, IV_BYTES),
    bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES),
    bytes.subarray(IV_BYTES + TAG_BYTES),
  ];
  for (const key of keys) {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key), iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {} // sealed with another key, or not by us
  }
  return undefined;
};

const IV_BYTES = 12;
const TAG_BYTES = 16;
const keyOf = (key: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', 'aftercall number', 32));
