/** An object in S3, by bucket and key. */
export interface ObjectAddress {
  bucket: string;
  key: string;
}

/**
 * The object that a URL names: `s3://bucket/key`, or one of Amazon's URLs with the bucket in the host or in the path. Undefined for
 * any other URL, and for one that is signed: a signed URL opens its object by itself.
 */
export const objectIn = (url: string): ObjectAddress | undefined => {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname, searchParams } = new URL(url);
  const path = decoded(pathname.slice(1));
  if (path === undefined) return undefined;
  if (protocol === 's3:') return address(hostname, path);
  if (protocol !== 'https:' || port !== '' || searchParams.has('X-Amz-Signature')) return undefined;
  const bucket = BUCKET_IN_HOST.exec(hostname)?.[1];
  if (bucket !== undefined) return address(bucket, path);
  if (!S3_HOST.test(hostname)) return undefined;
  const slash = path.indexOf('/');
  return slash > 0 ? address(path.slice(0, slash), path.slice(slash + 1)) : undefined;
};

/** The `s3://` URL of an object, which `objectIn` reads back. */
export const urlOfObject = ({ bucket, key }: ObjectAddress): string =>
  `s3://${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

const S3_HOST = /^s3([.-](dualstack\.)?[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$/;
const BUCKET_IN_HOST = /^(.+)\.s3([.-](dualstack\.)?[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/;

const decoded = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
};

const address = (bucket: string, key: string): ObjectAddress | undefined =>
  bucket !== '' && key !== '' && !key.endsWith('/') ? { bucket, key } : undefined;
