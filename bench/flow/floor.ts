import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import * as z from 'zod';

// The floor: the same work with nothing of ours in it, as somebody would write it in an afternoon with the same
// libraries. It keeps no row, checks no audio, and sends twice when a message comes twice.
// `node bench/flow/floor.ts receive` only acknowledges; without an argument it also works.

const { SECRET = '', QUEUE_URL, BUCKET, LINQ = '' } = process.env;
const LOOPS = 16;
const sqs = new SQSClient();
const s3 = new S3Client({ forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
const schema = z.object({
  type: z.literal('recording.completed'),
  data: z.object({ id: z.string(), recording_url: z.url() }),
});

const app = new Hono();
app.post('/hooks/:source', async (c) => {
  const body = Buffer.from(await c.req.arrayBuffer());
  if (!isAuthentic(body, c.req.header())) return c.json({ error: 'not authentic' }, 401);
  const { data } = schema.parse(JSON.parse(body.toString()));
  const chat = c.req.query('chat') ?? '';
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: QUEUE_URL,
      MessageBody: JSON.stringify({ ...data, chat }),
      MessageGroupId: chat,
      MessageDeduplicationId: randomUUID(),
    }),
  );
  return c.json({ memos: [data.id] });
});

const isAuthentic = (body: Buffer, headers: Record<string, string>): boolean => {
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
  const expected = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(signed).digest();
  const given = Buffer.from(headers['webhook-signature']?.slice('v1,'.length) ?? '', 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const work = async () => {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: QUEUE_URL, WaitTimeSeconds: 2, MaxNumberOfMessages: 1 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      await send(JSON.parse(Body));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: QUEUE_URL, ReceiptHandle }));
    }
  }
};

const send = async ({ id, recording_url, chat }: { id: string; recording_url: string; chat: string }) => {
  const recording = await fetch(recording_url);
  const Body = Buffer.from(await recording.arrayBuffer());
  const ContentType = recording.headers.get('content-type') ?? 'audio/wav';
  const object = { Bucket: BUCKET, Key: `audio/${id}.wav` };
  await s3.send(new PutObjectCommand({ ...object, Body, ContentType }));
  const url = await getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: 300 });
  const answer = await fetch(`${LINQ}/v3/chats/${chat}/voicememo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
    body: JSON.stringify({ voice_memo_url: url }),
  });
  if (!answer.ok) throw new Error(`Linq answered ${answer.status}`);
  await answer.arrayBuffer();
};

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  process.send?.({ ready: true, url: `http://127.0.0.1:${port}` }),
);
if (process.argv[2] !== 'receive') for (let loop = 0; loop < LOOPS; loop += 1) void work();
process.on('disconnect', () => process.exit());
server.on('error', (error) => {
  throw error;
});
