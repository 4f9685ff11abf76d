import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { eventOf } from '../../local/cloud/object-events.ts';
import { DROPS, queueUrl, REGION } from '../../local/cloud/resources.ts';

/** A bucket of the user's, in which call systems leave recordings. */
export const USERS_BUCKET = 'calls';

/** Puts objects into the user's bucket, and does the work of EventBridge: the event of each stands in the queue. */
export const usersBucket = (urls: { s3: string; sqs: string }) => {
  const options = { region: REGION, credentials: LOCAL_CREDENTIALS };
  const s3 = new S3Client({ ...options, endpoint: urls.s3, forcePathStyle: true });
  const sqs = new SQSClient({ ...options, endpoint: urls.sqs });
  return {
    async put(key: string, bytes: Uint8Array, metadata: Record<string, string> = {}): Promise<void> {
      await s3.send(new PutObjectCommand({ Bucket: USERS_BUCKET, Key: key, Body: bytes, Metadata: metadata }));
      const event = eventOf({ bucket: USERS_BUCKET, key, size: bytes.length, reason: 'PutObject' });
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(urls.sqs, DROPS), MessageBody: event }));
    },
    end() {
      s3.destroy();
      sqs.destroy();
    },
  };
};
