import http from 'node:http';
import S3rver from '@20minutes/s3rver';
import { listen } from './listen.ts';

/** The key pair that s3rver knows; it signs nothing outside this machine. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/**
 * S3 on loopback, objects as files. s3rver checks signatures, methods and expiry of requests that carry a signature, and
 * lets pass those that carry none; here those get what S3 gives them.
 */
export const startS3 = async ({ port, directory, bucket }: { port: number; directory: string; bucket: string }) => {
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
  return listen(server, port);
};

const isSigned = ({ headers, url = '' }: http.IncomingMessage): boolean =>
  headers.authorization !== undefined || /[?&](X-Amz-Signature|Signature)=/.test(url);

/** The SDK signs a bucket's own path with its slash, which s3rver leaves off: a listing's signature is not checked here. */
const isListing = ({ method, url = '' }: http.IncomingMessage): boolean =>
  method === 'GET' && /^\/[^/?]+\/\?/.test(url);
