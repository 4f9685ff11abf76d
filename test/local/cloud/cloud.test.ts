import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCloud } from '../../../local/cloud/cloud.ts';
import { aliveCloud, PARTS, urlOf, writeCloud } from '../../../local/cloud/cloud-file.ts';
import { QUEUES, queueUrl, REGION } from '../../../local/cloud/resources.ts';
import { inGroup } from '../../servers/sqs.ts';

const data = mkdtempSync(join(tmpdir(), 'aftercall-cloud-'));
let running: Awaited<ReturnType<typeof startCloud>>;

beforeAll(async () => {
  running = await startCloud(data);
});
afterAll(async () => {
  await running.stopAll();
  rmSync(data, { recursive: true, force: true });
});

/** 127.0.0.2 is this machine too: a server on every interface answers there, a server on 127.0.0.1 alone does not. */
const reachable = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, host);
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

test.each(PARTS)('%s listens on 127.0.0.1 and nowhere else', async (part) => {
  const port = running.cloud.ports[part];
  expect(await reachable(port, '127.0.0.1')).toBe(true);
  expect(await reachable(port, '127.0.0.2')).toBe(false);
});

test('a part that was away comes back on its port', async () => {
  const port = running.cloud.ports.sqs;
  await running.stop('sqs');
  expect(await reachable(port, '127.0.0.1')).toBe(false);
  await running.start('sqs');
  expect(running.cloud.ports.sqs).toBe(port);
  expect(await reachable(port, '127.0.0.1')).toBe(true);
});

test('a message that is made visible at once is seen again, at once and after the queue was away', async () => {
  const client = new SQSClient({
    endpoint: urlOf(running.cloud, 'sqs'),
    region: REGION,
    credentials: { ...running.cloud.credentials },
  });
  const QueueUrl = queueUrl(urlOf(running.cloud, 'sqs'), QUEUES.recordings);
  const receive = async () => (await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? [];
  const letGo = (handle = '') =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout: 0 }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again', ...inGroup('any') }));

  const [first] = await receive();
  await letGo(first?.ReceiptHandle);
  const [second] = await receive();
  expect(second?.Body).toBe('again');

  await letGo(second?.ReceiptHandle);
  await running.stop('sqs');
  await running.start('sqs');
  expect((await receive()).map(({ Body }) => Body)).toEqual(['again']);
  client.destroy();
});

test('a cloud that is up is found by its data folder', async () => {
  expect(await aliveCloud(data)).toEqual(running.cloud);
});

test('another program on the old port is not taken for this cloud', async () => {
  const other = mkdtempSync(join(tmpdir(), 'aftercall-other-'));
  writeCloud(other, { ...running.cloud, id: 'another cloud' });
  expect(await aliveCloud(other)).toBeUndefined();
  rmSync(other, { recursive: true });
});

test('S3 gives nothing to a request without a signature', async () => {
  const answer = await fetch(`${urlOf(running.cloud, 's3')}/aftercall`);
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
});
