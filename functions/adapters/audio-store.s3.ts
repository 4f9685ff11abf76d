import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { AudioStore } from '../core/ports/ports.ts';

/** S3's smallest part. A stream of unknown length needs the memory of one part. */
const PART_BYTES = 5 * 1024 * 1024;
/** A stream of known length, up to this length, is uploaded in one request. */
const SINGLE_PUT_BYTES = 16 * 1024 * 1024;

/**
 * One private bucket: `inbox/` for recordings as they come, `audio/` for memos. A presigned URL also expires with the
 * credentials that signed it, so make each URL just before its use.
 */
export const s3AudioStore = (client: S3Client, { bucket }: { bucket: string }): AudioStore => ({
  async put(key, body, bytes, type) {
    const params = { Bucket: bucket, Key: key, Body: body, ...(type !== undefined && { ContentType: type }) };
    if (!(body instanceof Readable)) {
      await client.send(new PutObjectCommand(params));
      return;
    }
    const partSize = bytes !== undefined && bytes <= SINGLE_PUT_BYTES ? Math.max(PART_BYTES, bytes) : PART_BYTES;
    try {
      // A request to S3 begins only when its bytes are here, so that a slow source does not use up the request's time.
      // The object appears with the last request, or not at all.
      await new Upload({ client, params, partSize, queueSize: 1 }).done();
    } catch (error) {
      throw body.errored ?? error; // the source's error came first and is the cause
    }
  },

  async head(key) {
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { bytes: ContentLength ?? 0 };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  },

  async read(key, range) {
    const { Body } = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(range && { Range: `bytes=${range.start}-${range.end}` }),
      }),
    );
    if (!(Body instanceof Readable)) throw new Error(`S3 answered without a body for ${key}`);
    return Body;
  },

  async removeAll(prefix) {
    let removed = 0;
    for (;;) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      const keys = Contents.flatMap(({ Key }) => Key ?? []);
      // One by one: there are few objects, and the batch request answers 200 even for objects that it could not delete.
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      removed += keys.length;
      if (keys.length === 0) return removed;
    }
  },

  async count(prefix) {
    let count = 0;
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }));
      count += page.KeyCount ?? page.Contents?.length ?? 0;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    return count;
  },

  async copy(from, to, type) {
    await client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: to,
        CopySource: `${bucket}/${from}`,
        ContentType: type,
        MetadataDirective: 'REPLACE',
      }),
    );
  },

  presignGet: ({ key, type }, expiresInMs) =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key, ResponseContentType: type }), {
      expiresIn: seconds(expiresInMs),
    }),

  presignPut: (key, type, bytes, expiresInMs) =>
    getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: key, ContentType: type, ContentLength: bytes }), {
      expiresIn: seconds(expiresInMs),
      signableHeaders: new Set(['content-type', 'content-length']),
    }),
});

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
