import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { REGION } from '../../../local/cloud/resources.ts';
import { sha256, until, wav } from '../../world.ts';
import { type Bridge, BUSY_MS, queue, reaches, rowOf, sentTo } from './bridge.ts';

// Recordings in buckets of the user. moto's S3 sends the event of each new object to moto's EventBridge, whose rules are the template's.

/** receive consumes the event; store asks for the metadata, and reads the object. */
export const isDropped = async (of: Bridge) => {
  const [chat, recording] = [randomUUID(), wav(2, 350)];
  await put(of, { Bucket: 'drops', Key: `calls/${randomUUID()}.wav`, Body: recording, Metadata: { chat } });
  await arrives(of, chat, recording);
};

/** store asks DescribeContact of a stand-in. */
export const isOfConnect = async (of: Bridge) => {
  const [chat, recording] = [randomUUID(), wav(2, 360)];
  const { key } = of.deployment.connect.recorded(randomBytes(16).toString('hex'), chat);
  await put(of, { Bucket: 'drops', Key: key, Body: recording });
  await arrives(of, chat, recording);
};

/** A call system names the object in its webhook: the bucket has no source of its own. */
export const isNamed = async (of: Bridge) => {
  const [chat, recording, key] = [randomUUID(), wav(2, 370), `egress/${randomUUID()}.wav`];
  await put(of, { Bucket: 'livekit-calls', Key: key, Body: recording });
  const media = { kind: 'object', bucket: 'livekit-calls', key };
  const named = { source: 'livekit', id: `EG_${randomUUID()}`, callId: chat, media };
  await queue(of, 'RECORDINGS_QUEUE_URL', {
    v: 1,
    recording: named,
    target: { chat },
    receivedAt: new Date().toISOString(),
  });
  await reaches(of, await rowOf(of, chat), ['sent']);
  await arrives(of, chat, recording);
};

const put = async (
  { deployment }: Bridge,
  object: { Bucket: string; Key: string; Body: Buffer; Metadata?: Record<string, string> },
) => {
  const { moto, admin } = deployment;
  const s3 = new S3Client({ endpoint: moto.url, region: REGION, credentials: { ...admin }, forcePathStyle: true });
  await s3.send(new PutObjectCommand(object));
  s3.destroy();
};

const arrives = async (of: Bridge, chat: string, recording: Buffer) => {
  await until(() => sentTo(of, chat)[0], BUSY_MS);
  const sent = sentTo(of, chat).map(({ bytes }) => sha256(bytes));
  assert.deepEqual(sent, [sha256(recording)], of.deployment.log().slice(-5).join('\n'));
};
