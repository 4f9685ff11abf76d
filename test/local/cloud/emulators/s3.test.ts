import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../../../local/cloud/credentials.ts';
import { startS3 } from '../../../../local/cloud/emulators/s3.ts';
import type { Created } from '../../../../local/cloud/object-events.ts';
import type { Listening } from '../../../../local/loopback/listen.ts';

const Bucket = 'aftercall';
const directory = mkdtempSync(join(tmpdir(), 'aftercall-s3-'));
let server: Listening;
let client: S3Client;
let created: Created[] = [];
beforeAll(async () => {
  server = await startS3({ port: 0, directory, bucket: Bucket, onCreated: (object) => created.push(object) });
  const credentials = { ...LOCAL_CREDENTIALS };
  client = new S3Client({ endpoint: server.url, region: 'us-east-1', forcePathStyle: true, credentials });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
  rmSync(directory, { recursive: true });
});

const put = (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
const get = async (Key: string) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));

test('an object stays that was put while others were deleted', async () => {
  // Three at once, as `store` works: s3rver sometimes finds their common folder empty during the next put.
  const keepPutting = async (worker: number) => {
    for (let n = 0; n < 100; n += 1) {
      const key = `inbox/m_${worker}_${n}/run/bytes`;
      await put(key);
      expect(await get(key)).toBe(key);
      await remove(key);
    }
  };
  await Promise.all([1, 2, 3].map(keepPutting));
});

test('a deleted object leaves no folder of its memo behind, which every listing would read', async () => {
  await put('audio/m_a/run/one');
  await put('audio/m_a/run/two');
  await remove('audio/m_a/run/one');
  expect(await get('audio/m_a/run/two')).toBe('audio/m_a/run/two');
  await remove('audio/m_a/run/two');
  await remove('audio/m_a/run/two');
  expect(existsSync(join(directory, Bucket, 'audio', 'm_a'))).toBe(false);
});

test('each way to create an object has one event, with the name that S3 gives it; a part and a deletion have none', async () => {
  created = [];
  await put('calls/one.wav');
  await client.send(new CopyObjectCommand({ Bucket, Key: 'calls/copy.wav', CopySource: `${Bucket}/calls/one.wav` }));
  const Key = 'calls/in parts +1.wav';
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'sound' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  await remove('calls/one.wav');
  expect(created).toEqual([
    { bucket: Bucket, key: 'calls/one.wav', size: 13, reason: 'PutObject' },
    { bucket: Bucket, key: 'calls/copy.wav', size: 13, reason: 'CopyObject' },
    { bucket: Bucket, key: Key, size: 5, reason: 'CompleteMultipartUpload' },
  ]);
});

test('a PUT that breaks off changes nothing: the earlier object stays whole, and there is no event', async () => {
  await put('calls/whole.wav');
  created = [];
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'calls/whole.wav' }));
  const request = http.request(url, { method: 'PUT', headers: { 'content-length': 2_000_000 } });
  request.on('error', () => {});
  await new Promise((resolve) => request.write(Buffer.alloc(1_000_000), resolve));
  request.destroy();
  await put('calls/next.wav');
  expect(await get('calls/whole.wav')).toBe('calls/whole.wav');
  expect(created).toMatchObject([{ key: 'calls/next.wav' }]);
});
