import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { BUCKET, TABLE } from '../../local/cloud/resources.ts';
import type { World } from '../world.ts';
import { plant } from './world-queues.ts';

/** All that lies in a world's bucket, table and queues, as it is now. */
export const contentsOf = (world: World) => {
  const s3 = new S3Client({ forcePathStyle: true });
  const sqs = new SQSClient();
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient());
  const read = async (Key = '') => {
    try {
      const { Body, $metadata: _, ...facts } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      return [{ key: Key, facts: JSON.stringify(facts), bytes }];
    } catch (error) {
      if (error instanceof NoSuchKey) return []; // a step has deleted the object since it was listed
      throw error;
    }
  };
  return {
    async objects() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      return (await Promise.all(Contents.map(({ Key }) => read(Key)))).flat();
    },
    async rows(): Promise<string[]> {
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(new ScanCommand({ TableName: TABLE }));
      expect(LastEvaluatedKey).toBeUndefined();
      return Items.map((row) => JSON.stringify(row, (_, value) => (value instanceof Set ? [...value] : value)));
    },
    /** The visible, in-flight and delayed messages of every queue: fauxqs writes them to its database before it answers. */
    messages(): string[] {
      const db = new DatabaseSync(join(world.data, 'sqs', 'fauxqs.db'), { readOnly: true });
      try {
        return db
          .prepare('SELECT * FROM sqs_messages')
          .all()
          .map((row) => JSON.stringify(row));
      } finally {
        db.close();
      }
    },
    files: (folder: string) =>
      readdirSync(join(world.data, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => ({ name: join(parentPath, name), bytes: readFileSync(join(parentPath, name)) })),
    /** Puts a message into a queue. */
    plant: (queue: string, message: object) => plant(sqs, world, queue, JSON.stringify(message)),
    close() {
      for (const client of [s3, sqs, dynamodb]) client.destroy();
    },
  };
};
