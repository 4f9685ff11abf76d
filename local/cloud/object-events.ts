import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { bucketOf, type SourceBucket } from '../../functions/core/model/bucket.ts';
import type { Credentials } from './credentials.ts';
import { DROPS, queueUrl, REGION } from './resources.ts';

/** An object that S3 has created. */
export interface Created {
  bucket: string;
  key: string;
  size: number;
}

const RETRY_MS = 500;

/**
 * Does the work of EventBridge: sends an event to the queue of new objects for each object that a rule of the stack would match. While
 * SQS does not answer, the event is tried again.
 * @param sqs the address of SQS, asked for late: it may start after S3
 */
export const objectEvents = (buckets: readonly SourceBucket[], sqs: () => string, credentials: Credentials) => {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const send = async (created: Created) => {
    const client = new SQSClient({ endpoint: sqs(), region: REGION, credentials: { ...credentials } });
    const command = new SendMessageCommand({ QueueUrl: queueUrl(sqs(), DROPS), MessageBody: eventOf(created) });
    try {
      while (!stopping.signal.aborted) {
        const sent = await client.send(command).catch(() => undefined);
        if (sent) return;
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    } finally {
      client.destroy();
    }
  };
  return {
    created(object: Created) {
      if (!bucketOf(object, buckets)) return;
      const sending = send(object).finally(() => underWay.delete(sending));
      underWay.add(sending);
    },
    async stop() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
};

/** With the fields that S3 documents. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const eventOf = ({ bucket, key, size }: Created): string =>
  JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '000000000000',
    time: new Date().toISOString().replace(/\.\d+/, ''),
    region: REGION,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: { version: '0', bucket: { name: bucket }, object: { key, size }, reason: 'PutObject' },
  });
