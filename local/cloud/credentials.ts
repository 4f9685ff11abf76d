import { randomBytes } from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A random key pair for the servers of this machine; no other server accepts it. */
export const newCredentials = (): Credentials => ({
  accessKeyId: `LOCAL${randomBytes(16).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(32).toString('hex'),
});

/** For servers that only this process starts and calls. */
export const LOCAL_CREDENTIALS = newCredentials();
