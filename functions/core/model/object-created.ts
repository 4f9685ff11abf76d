import * as z from 'zod';

/**
 * S3's event "Object Created", as EventBridge delivers it. Only AWS may send events of `aws.s3`; the key is not encoded.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export const objectCreatedSchema = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  /** The account that owns the bucket. */
  account: z.string().min(1),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1).max(63) }),
    object: z.object({ key: z.string().min(1).max(1024), size: z.number().nonnegative().exactOptional() }),
  }),
});
export type ObjectCreated = z.infer<typeof objectCreatedSchema>;
