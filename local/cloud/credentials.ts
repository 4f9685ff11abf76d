import { randomBytes } from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A key pair of this machine's servers: made up, and good for nothing elsewhere. */
export const newCredentials = (): Credentials => ({
  accessKeyId: `LOCAL${randomBytes(16).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(32).toString('hex'),
});

/** For servers that this process starts and that it alone asks. */
export const LOCAL_CREDENTIALS = newCredentials();
