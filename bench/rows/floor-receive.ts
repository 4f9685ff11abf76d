import { createHmac, timingSafeEqual } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import * as z from 'zod';

// The floor of a cold start of `receive`: the same libraries for the same work, for one source. It is bundled only to be
// imported, and never runs.
const schema = z.object({ type: z.string(), data: z.object({ id: z.string(), recording_url: z.url() }) });
const ssm = new SSMClient();
const sqs = new SQSClient();

const app = new Hono();
app.post('/hooks/:source', async (c) => {
  const body = Buffer.from(await c.req.arrayBuffer());
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: ['SECRET'], WithDecryption: true }));
  const expected = createHmac('sha256', Parameters[0]?.Value ?? '')
    .update(body)
    .digest();
  const given = Buffer.from(c.req.header('signature') ?? '', 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return c.json({}, 401);
  const event = schema.parse(JSON.parse(body.toString()));
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: JSON.stringify(event) }));
  return c.json(event.data);
});

export const handler = handle(app);
