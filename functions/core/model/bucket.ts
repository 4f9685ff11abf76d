import * as z from 'zod';
import { strict } from './mistakes.ts';

/** A bucket that is not ours, out of which recordings may be read. */
export interface RecordingBucket {
  name: string;
  /** Only objects below it: `calls/`, or nothing for the whole bucket. */
  prefix: string;
  /** Where the bucket is. @default the region of the bridge */
  region?: string;
  /** The AWS account that owns the bucket. With it, a bucket of the same name in another account is not read. */
  account?: string;
  /** The key that the objects are encrypted with, where that is a customer managed key of KMS. */
  kmsKeyArn?: string;
  /** The source whose recordings these objects are, where the source takes objects and no webhooks. A new object is then an event. */
  source?: string;
}

export const recordingBucketSchema = strict({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket'),
  // The prefix stands in an IAM policy, where * and ? match anything and ${ begins a variable.
  prefix: z
    .string()
    // Ten entries must fit into a policy of IAM.
    .max(200, 'may have at most 200 characters')
    .regex(/^$|\/$/, "must end in a slash, or be '' for the whole bucket")
    .regex(/^[^*?$]*$/, 'must have no *, ? or $ in it')
    .refine((prefix) => !hasDots(prefix), 'must have no . or .. between slashes'),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region, such as us-east-1')
    .exactOptional(),
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be the 12 digits of an AWS account')
    .exactOptional(),
  kmsKeyArn: z
    .string()
    .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'must be arn:aws:kms:<region>:<account>:key/<id>')
    .exactOptional(),
  source: z.string().exactOptional(),
});

/** Storages other than AWS may take such a key for a path, and leave the prefix. */
const hasDots = (key: string): boolean => key.split('/').some((part) => part === '.' || part === '..');

/** A bucket whose new objects are events of a source. */
export type SourceBucket = RecordingBucket & { source: string };
export const isSourceBucket = (bucket: RecordingBucket): bucket is SourceBucket => bucket.source !== undefined;

/** The entry that lets an object be read; undefined where there is none. */
export const bucketOf = <B extends RecordingBucket>(
  { bucket, key }: { bucket: string; key: string },
  allowed: readonly B[],
): B | undefined =>
  hasDots(key) ? undefined : allowed.find(({ name, prefix }) => name === bucket && key.startsWith(prefix));

/** Why an object is not read, where no entry allows it. */
export const notAllowed = (bucket: string, allowed: readonly RecordingBucket[]): string =>
  allowed.some(({ name }) => name === bucket)
    ? `the object lies in the bucket ${bucket}, outside the prefixes that buckets in bridge.config.ts allow`
    : `the bucket ${bucket} is not among the buckets in bridge.config.ts`;

/** For people: the place of an entry's objects. */
export const objectsOf = ({ name, prefix }: Pick<RecordingBucket, 'name' | 'prefix'>): string =>
  `s3://${name}/${prefix}`;
