import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readCloud, urlOf } from '../cloud/cloud-file.ts';
import { DROPS, queueUrl, REGION } from '../cloud/resources.ts';
import { localS3 } from '../put-object.ts';
import type { Dropped } from './delivery.ts';
import { type Manner, request } from './post-webhook.ts';

type StoredObject = Dropped['object'];

export interface Drops {
  /** Puts an object into its bucket, like a call system. @returns the status, or undefined if no whole answer came */
  put(object: StoredObject, bytes: Buffer, manner: Manner | 'unsigned'): Promise<number | undefined>;
  /** Delivers the event of an object once more, as EventBridge may. @returns whether the queue has it */
  eventAgain(object: StoredObject, bytes: number): Promise<boolean>;
}

/** The call systems that write into a bucket, and the second deliveries of EventBridge. */
export const startDrops = (data: string): Drops => {
  const cloudNow = () => {
    const cloud = readCloud(data);
    if (!cloud) throw new Error('the cloud has written no addresses');
    return cloud;
  };
  return {
    async put({ bucket, key, metadata }, bytes, manner) {
      const client = localS3(cloudNow());
      const headers = Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
      );
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, Metadata: metadata });
      const url = new URL(await getSignedUrl(client, command, { unhoistableHeaders: new Set(Object.keys(headers)) }));
      client.destroy();
      if (manner === 'unsigned') url.search = '';
      const sent = { method: 'PUT', headers, body: bytes };
      return (await request(url.href, sent, manner === 'unsigned' ? 'whole' : manner))?.status;
    },

    async eventAgain({ bucket, key }, size) {
      const cloud = cloudNow();
      const sqs = urlOf(cloud, 'sqs');
      const client = new SQSClient({ endpoint: sqs, region: REGION, credentials: { ...cloud.credentials } });
      const event = {
        id: randomUUID(),
        source: 'aws.s3',
        'detail-type': 'Object Created',
        account: '000000000000',
        detail: { bucket: { name: bucket }, object: { key, size }, reason: 'PutObject' },
      };
      const command = new SendMessageCommand({ QueueUrl: queueUrl(sqs, DROPS), MessageBody: JSON.stringify(event) });
      return client
        .send(command)
        .then(() => true)
        .catch(() => false)
        .finally(() => client.destroy());
    },
  };
};
