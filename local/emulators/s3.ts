import http from 'node:http';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { RETENTION_DAYS } from '../../functions/core/retention.ts';
import { type Listening, listen } from './listen.ts';
import { startLifecycle } from './s3-lifecycle.ts';

/** The key pair that s3rver knows; it signs nothing outside this machine. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

interface S3Options {
  port: number;
  directory: string;
  bucket: string;
  retentionDays?: number;
}

/**
 * S3 on loopback, objects as files. s3rver checks signatures, methods and expiry of requests that carry a signature, and
 * lets pass those that carry none; here those get what S3 gives them.
 */
export const startS3 = async ({
  port,
  directory,
  bucket,
  retentionDays = RETENTION_DAYS.usual,
}: S3Options): Promise<Listening> => {
  const s3 = new S3rver({
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  await s3.configureBuckets();
  const answer = s3.getMiddleware();
  const server = http.createServer((request, response) => {
    if (isSigned(request)) {
      if (isListing(request)) delete request.headers.authorization;
      return answer(request, response);
    }
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    );
  });
  const listening = await listen(server, port);
  const lifecycle = startLifecycle(join(directory, bucket), retentionDays);
  return {
    ...listening,
    async stop() {
      await lifecycle.stop();
      await listening.stop();
    },
  };
};

const isSigned = ({ headers, url = '' }: http.IncomingMessage): boolean =>
  headers.authorization !== undefined || /[?&](X-Amz-Signature|Signature)=/.test(url);

/** The SDK signs a bucket's own path with its slash, which s3rver leaves off: a listing's signature is not checked here. */
const isListing = ({ method, url = '' }: http.IncomingMessage): boolean =>
  method === 'GET' && /^\/[^/?]+\/\?/.test(url);
