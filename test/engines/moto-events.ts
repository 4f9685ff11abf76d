import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { REGION } from '../../local/cloud/resources.ts';

/** A rule on events, with every value resolved. */
export interface EventRule {
  name: string;
  pattern: unknown;
  queueArn: string;
}

/** Makes buckets of a user at moto, whose new objects are events of EventBridge. To be called before moto enforces rights. */
export const createUserBuckets = async (endpoint: string, names: readonly string[]): Promise<void> => {
  const s3 = new S3Client({ endpoint, region: REGION, credentials: { ...LOCAL_CREDENTIALS }, forcePathStyle: true });
  for (const Bucket of new Set(names)) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  }
  s3.destroy();
};

/** Makes a rule of EventBridge at moto. To be called before moto enforces rights. */
export const createEventRule = async (endpoint: string, { name, pattern, queueArn }: EventRule): Promise<void> => {
  await ask(endpoint, 'PutRule', { Name: name, EventPattern: JSON.stringify(pattern) });
  await ask(endpoint, 'PutTargets', { Rule: name, Targets: [{ Id: 'drops', Arn: queueArn }] });
};

/** One call of EventBridge: the project needs a client of it nowhere else. */
const ask = async (endpoint: string, operation: string, input: object): Promise<void> => {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSEvents.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/events/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok || (JSON.parse(text).FailedEntryCount ?? 0) > 0)
    throw new Error(`moto answered ${answer.status} to ${operation}: ${text}`);
};
