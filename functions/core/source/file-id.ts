import { createHash } from 'node:crypto';

/** The most characters of a recording's id. */
const MAX_CHARACTERS = 512;

/** The id of one file of a call: the same on a retry, another for another file. A name that is too long stands as its SHA-256. */
export const fileId = (call: string, file: string): string => {
  const id = `${call}:${file}`;
  return id.length <= MAX_CHARACTERS ? id : `${call}:${createHash('sha256').update(file).digest('hex')}`;
};
