import { createHash, createHmac } from 'node:crypto';

interface Signed {
  applicationKey: string;
  /** base64 */
  secret: string;
  /** ISO 8601 */
  timestamp: string;
  url: string;
  body: string | Uint8Array;
}

export const timeOf = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** `Authorization: application …`, written from Sinch's "Callback Request Signing" and not from our code. */
export const signedHeaders = ({ applicationKey, secret, timestamp, url, body }: Signed): Record<string, string> => {
  const type = 'application/json';
  const md5 = createHash('md5').update(body).digest('base64');
  const text = `POST\n${md5}\n${type}\nx-timestamp:${timestamp}\n${new URL(url).pathname}`;
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(text).digest('base64');
  return {
    'content-type': type,
    'x-timestamp': timestamp,
    authorization: `application ${applicationKey}:${signature}`,
  };
};
