import { createHash } from 'node:crypto';

/**
 * The id of one file of a call: the same on a retry, another for another file. The file stands as its SHA-256, since ids are shown, and a
 * name may hold a number or a signature.
 * @param file its name, or its URL without a query
 */
export const fileId = (call: string, file: string): string =>
  `${call}:${createHash('sha256').update(file).digest('hex').slice(0, 32)}`;
