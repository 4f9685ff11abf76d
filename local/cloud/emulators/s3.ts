import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import Account from '@20minutes/s3rver/lib/models/account.js';
import { RETENTION_DAYS } from '../../../functions/core/model/retention.ts';
import { accessKeyAlone, all, type Guard, noPages, ownName } from '../../loopback/guard.ts';
import { type Listening, listen } from '../../loopback/listen.ts';
import { type Credentials, LOCAL_CREDENTIALS } from '../credentials.ts';
import type { Created, Reason } from '../object-events.ts';
import { startLifecycle } from './s3-lifecycle.ts';
import { mendStore } from './s3-store.ts';

// s3rver's own key pair is public.
Account.DUMMY_ACCOUNT.revokeAccessKey('S3RVER');

interface S3Options {
  port: number;
  directory: string;
  bucket: string;
  retentionDays?: number;
  /** Further buckets, of the user's. */
  others?: readonly string[];
  /** Called with each object that a PUT, a POST, a copy or an upload in parts has created, before S3 answers the request. */
  onCreated?: (object: Created) => void;
  /** @default the credentials of this process */
  credentials?: Credentials;
  /** Why nothing can be written now. */
  fault?: () => string | undefined;
}

/**
 * S3 on loopback, with objects as files. s3rver checks signature, method and expiry only of signed requests, and
 * accepts all others. This server refuses requests without a signature or with another server's key, as S3 does.
 */
export const startS3 = async ({
  port,
  directory,
  bucket,
  retentionDays = RETENTION_DAYS.usual,
  others = [],
  onCreated,
  credentials = LOCAL_CREDENTIALS,
  fault,
}: S3Options): Promise<Listening> => {
  const s3 = new S3rver({
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: [...new Set([bucket, ...others])].map((name) => ({ name, configs: [] })),
  });
  const asked = new AsyncLocalStorage<Reason>();
  s3.on('event', ({ Records: [record] }) => {
    if (!record?.eventName.startsWith('ObjectCreated:')) return;
    const { bucket: where, object } = record.s3;
    const reason = asked.getStore() ?? 'PutObject';
    onCreated?.({ bucket: where.name, key: object.key, size: object.size, reason });
  });
  mendStore(s3.store);
  await s3.configureBuckets();
  Account.DUMMY_ACCOUNT.createKeyPair(credentials.accessKeyId, credentials.secretAccessKey);
  const answer = s3.getMiddleware();
  const isSigned = (request: http.IncomingMessage) => accessKeyAlone(credentials)(request) === undefined;
  const server = http.createServer((request, response) => {
    if (isSigned(request)) {
      if (isListing(request)) delete request.headers.authorization;
      return asked.run(reasonOf(request), () => answer(request, response));
    }
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    );
  });
  const listening = await listen(server, port, all(ownName(), noPagesButPlayers), fault);
  const lifecycle = startLifecycle(join(directory, bucket), retentionDays);
  return {
    ...listening,
    async stop() {
      await lifecycle.stop();
      await listening.stop();
    },
  };
};

/** s3rver's own event gives an upload in parts the name of a POST, so the request is looked at. */
const reasonOf = ({ method, url = '', headers }: http.IncomingMessage): Reason => {
  if (method === 'POST') return /[?&]uploadId=/.test(url) ? 'CompleteMultipartUpload' : 'POST Object';
  return headers['x-amz-copy-source'] === undefined ? 'PutObject' : 'CopyObject';
};

/** The page's players and links lead to presigned URLs, from another port or a tunnel. No page reads the data. */
const noPagesButPlayers: Guard = (request) => {
  const { method = '', headers, url = '' } = request;
  const isPlayer = ['GET', 'HEAD'].includes(method) && headers.origin === undefined && url.includes('X-Amz-Signature=');
  return isPlayer ? undefined : noPages(request);
};

/** The SDK signs a bucket's path with a slash, and s3rver without, so the signature of a listing is not checked. */
const isListing = ({ method, url = '' }: http.IncomingMessage): boolean =>
  method === 'GET' && /^\/[^/?]+\/\?/.test(url);
