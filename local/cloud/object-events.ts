import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { bucketOf, type SourceBucket } from '../../functions/core/model/bucket.ts';
import { ascii } from '../../functions/core/model/messages.ts';
import type { Credentials } from './credentials.ts';
import { privateFolder } from './private-folder.ts';
import { DROPS, queueUrl, REGION } from './resources.ts';

/** The request that created an object, as S3's event names it. */
export type Reason = 'PutObject' | 'POST Object' | 'CopyObject' | 'CompleteMultipartUpload';

/** An object that S3 has created. */
export interface Created {
  bucket: string;
  key: string;
  size: number;
  reason: Reason;
}

export interface ObjectEventsOptions {
  buckets: readonly SourceBucket[];
  /** The address of SQS, asked for late: it may start after S3. */
  sqs: () => string;
  /** A folder for the events that SQS has not taken yet. */
  directory: string;
  credentials: Credentials;
}

const RETRY_MS = 500;

/**
 * Does the work of EventBridge: sends an event to the queue of new objects for each object that a rule of the stack would match. Like
 * EventBridge, it loses no event: each is a file until SQS has it, and is sent after a restart too. An event may come twice.
 */
export const objectEvents = ({ buckets, sqs, directory, credentials }: ObjectEventsOptions) => {
  privateFolder(directory);
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const send = async (file: string) => {
    const client = new SQSClient({ endpoint: sqs(), region: REGION, credentials: { ...credentials } });
    const MessageBody = readFileSync(file, 'utf8');
    const command = new SendMessageCommand({ QueueUrl: queueUrl(sqs(), DROPS), MessageBody });
    try {
      while (!stopping.signal.aborted) {
        const sent = await client.send(command, { abortSignal: stopping.signal }).catch(() => undefined);
        if (sent) return rmSync(file, { force: true });
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    } finally {
      client.destroy();
    }
  };
  const begin = (file: string) => {
    const sending = send(file).finally(() => underWay.delete(sending));
    underWay.add(sending);
  };
  for (const name of readdirSync(directory).sort()) begin(join(directory, name));
  return {
    /** Returns when the event is kept, so that S3 may answer. */
    created(object: Created) {
      if (!bucketOf(object, buckets)) return;
      const file = join(directory, `${Date.now()}-${randomUUID()}.json`);
      writeFileSync(file, eventOf(object), { mode: 0o600 });
      begin(file);
    },
    async stop() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
};

/** With the fields that S3 documents; in ASCII, since the local SQS refuses letters such as an emoji, which SQS takes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export const eventOf = ({ bucket, key, size, reason }: Created): string =>
  ascii({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '000000000000',
    time: new Date().toISOString().replace(/\.\d+/, ''),
    region: REGION,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: { version: '0', bucket: { name: bucket }, object: { key, size }, reason },
  });
