import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** `inbox/` holds audio as it came, `audio/` as it is sent. */
export type AudioPrefix = 'inbox/' | 'audio/';

export interface AudioBucketProps {
  /** How long audio is kept. */
  retentionDays: number;
}

/** The private bucket of all audio. It outlives the stack. */
export class AudioBucket extends Bucket {
  constructor(scope: Construct, id: string, { retentionDays }: AudioBucketProps) {
    const expiring: readonly AudioPrefix[] = ['inbox/', 'audio/'];
    super(scope, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: [
        { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...expiring.map((prefix) => ({ id: prefix.slice(0, -1), prefix, expiration: Duration.days(retentionDays) })),
      ],
    });
  }
}
