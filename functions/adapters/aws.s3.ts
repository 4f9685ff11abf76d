import { S3Client } from '@aws-sdk/client-s3';

/** For bodies of up to 16 MB, which are in memory when the request begins. */
const large = { requestHandler: { connectionTimeout: 2000, requestTimeout: 60_000, throwOnRequestTimeout: true } };

/** Set both checksum options or neither: one alone puts the checksum of an empty body into presigned URLs. */
export const s3Client = (region?: string): S3Client =>
  new S3Client({
    ...(region !== undefined && { region }),
    ...large,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

/** A client for each region that is asked for, made once. */
export const s3ClientsByRegion = (): ((region: string | undefined) => S3Client) => {
  const clients = new Map<string | undefined, S3Client>();
  return (region) => {
    const client = clients.get(region) ?? s3Client(region);
    clients.set(region, client);
    return client;
  };
};
