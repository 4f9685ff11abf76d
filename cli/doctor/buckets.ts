import type { S3Client } from '@aws-sdk/client-s3';
import { isSourceBucket, objectsOf, type RecordingBucket } from '../../functions/core/model/bucket.ts';
import { deploymentOf, LOCAL_STAGE } from '../../functions/deployment.ts';
import { readCloud } from '../../local/cloud/cloud-file.ts';
import { localS3 } from '../../local/put-object.ts';
import { readSettings } from '../../local/settings.ts';
import { sentenceOf } from '../base/failure.ts';
import type { Check, DoctorInput } from './check.ts';

/**
 * Whether each bucket of the configuration is there, whether its new objects are events (EventBridge), and whether it is encrypted with
 * the key that `store` may use. Uses the credentials of this shell.
 */
export const checkBuckets = async ({ context, target, bridge }: DoctorInput): Promise<Check[]> => {
  if (!bridge || !target || target.kind === 'address') return [];
  const { buckets = [] } = deploymentOf(bridge, context.stage ?? LOCAL_STAGE);
  const cloud =
    target.kind === 'local' ? readCloud(readSettings(context.runtime.environment).AFTERCALL_DATA) : undefined;
  if (target.kind === 'local' && !cloud) return []; // the local bridge does not run: another check reports that
  const { s3Client } = await import('../../functions/adapters/aws.s3.ts');
  return Promise.all(
    buckets.map(async (bucket): Promise<Check> => {
      const client = cloud ? localS3(cloud) : s3Client(bucket.region);
      const check = { area: 'buckets' as const, what: objectsOf(bucket) };
      try {
        return { ...check, ...(await (cloud ? isThere(client, bucket) : judge(client, bucket))) };
      } catch (error) {
        return { ...check, ...whyNot(error, bucket, cloud !== undefined) };
      } finally {
        client.destroy();
      }
    }),
  );
};

type Judgement = Pick<Check, 'state' | 'says' | 'fix'>;

const owner = ({ name, account }: RecordingBucket) => ({
  Bucket: name,
  ...(account !== undefined && { ExpectedBucketOwner: account }),
});

const isThere = async (client: S3Client, bucket: RecordingBucket): Promise<Judgement> => {
  const { GetBucketLocationCommand } = await import('@aws-sdk/client-s3');
  await client.send(new GetBucketLocationCommand(owner(bucket)));
  return { state: 'ok', says: 'is there' };
};

const judge = async (client: S3Client, bucket: RecordingBucket): Promise<Judgement> => {
  const { GetBucketEncryptionCommand, GetBucketNotificationConfigurationCommand } = await import('@aws-sdk/client-s3');
  const { EventBridgeConfiguration } = await client.send(new GetBucketNotificationConfigurationCommand(owner(bucket)));
  if (isSourceBucket(bucket) && !EventBridgeConfiguration) {
    const says = `sends no events to EventBridge, so no new object becomes a memo of ${bucket.source}`;
    return { state: 'fault', says, fix: `S3 in the console, ${bucket.name}, Properties: switch on Amazon EventBridge` };
  }
  const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand(owner(bucket)));
  const { ApplyServerSideEncryptionByDefault: usual } = ServerSideEncryptionConfiguration?.Rules?.[0] ?? {};
  const key = usual?.SSEAlgorithm?.startsWith('aws:kms') ? usual.KMSMasterKeyID : undefined;
  // A key of AWS's own for S3 needs no right of its own in the same account.
  if (key === undefined || key.endsWith('alias/aws/s3')) return { state: 'ok', says: eventsOf(bucket) };
  if (idOf(bucket.kmsKeyArn) === idOf(key)) return { state: 'ok', says: `${eventsOf(bucket)}; store may use its key` };
  return {
    state: 'fault',
    says: `is encrypted with the key ${key}, which store may not use: its recordings cannot be read`,
    fix: `write the ARN of that key into kmsKeyArn of ${bucket.name} in bridge.config.ts and deploy. docs/buckets.md has the key policy for another account`,
  };
};

/** S3 names a key by its id or by its ARN. */
const idOf = (key: string | undefined): string | undefined => key?.split('/').at(-1);

const eventsOf = (bucket: RecordingBucket): string =>
  isSourceBucket(bucket) ? 'is there, and sends its events to EventBridge' : 'is there';

const whyNot = (error: unknown, { name }: RecordingBucket, isLocal: boolean): Judgement => {
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === 404) {
    const fix = isLocal
      ? 'stop npm start and run it again: it makes the buckets that name a source'
      : `correct buckets in bridge.config.ts, or make ${name}`;
    return { state: 'fault', says: `there is no bucket ${name}`, fix };
  }
  const says = `cannot be checked: ${status === 403 ? 'these AWS credentials lack the permission' : sentenceOf(error)}`;
  const fix = isLocal
    ? 'stop npm start and run it again'
    : 'allow s3:GetBucketNotification and s3:GetEncryptionConfiguration on the bucket to these credentials';
  return { state: 'warning', says, fix };
};
