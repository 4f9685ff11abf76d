import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Cloud, urlOf } from './cloud/cloud-file.ts';
import { REGION } from './cloud/resources.ts';

/** A client of the local S3. */
export const localS3 = (cloud: Cloud): S3Client =>
  new S3Client({
    endpoint: urlOf(cloud, 's3'),
    forcePathStyle: true,
    region: REGION,
    credentials: { ...cloud.credentials }, // copied, since the SDK changes its options
  });

/** Puts an object into a bucket, and ends the client. In the local S3 it is then an event, where a source takes it. */
export const putObject = async (
  client: S3Client,
  { bucket, key, metadata = {} }: { bucket: string; key: string; metadata?: Readonly<Record<string, string>> },
  bytes: Uint8Array,
): Promise<void> => {
  try {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, Metadata: { ...metadata } }));
  } finally {
    client.destroy();
  }
};
