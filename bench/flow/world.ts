import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCloud, urlOf } from '../../local/cloud/cloud-file.ts';
import { BUCKET, QUEUES, queueUrl, REGION } from '../../local/cloud/resources.ts';
import { listen } from '../../local/loopback/listen.ts';
import { type LinqMock, startLinqMock } from './linq-mock.ts';
import { type Started, startProgram } from './processes.ts';
import { signedWebhook } from './webhook.ts';

export type Variant = 'floor' | 'ours';

export interface FlowWorld {
  variant: Variant;
  /** The process that answers webhooks. */
  program: Started;
  linq: LinqMock;
  /** The media host serves other bytes from now on. */
  serve(recording: Uint8Array): void;
  /** A fresh webhook for a chat, and the URL that it is posted to. */
  webhook(chat: string): { url: string; init: ReturnType<typeof signedWebhook> };
  /** Ours: the state of a memo. */
  state(memo: string): Promise<string>;
  stop(): Promise<void>;
}

const API_KEY = 'bench-api-key';

/**
 * Fresh processes: the embedded cloud, and the program to be measured. A media host and the mock of Linq run in this
 * process, which also makes the load.
 * @param recording the bytes at every recording URL; a number: so many zeros, streamed
 * @param only `receive`: the program acknowledges, and nobody works
 */
export const startFlow = async (
  variant: Variant,
  { recording, only }: { recording: Uint8Array | number; only?: 'receive' },
): Promise<FlowWorld> => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-bench-'));
  let served = recording;
  const media = await startMedia(() => served);
  const linq = await startLinqMock();
  const secret = randomBytes(24).toString('base64');
  const cloud = await startProgram('local/cloud/process.ts', [], { AFTERCALL_DATA: data });
  const args = only ? [only] : [];
  const program =
    variant === 'floor'
      ? await startProgram('bench/flow/floor.ts', args, floorEnvironment(data, secret, linq.url))
      : await startProgram('local/bridge/process.ts', args, {
          PORT: '0',
          AFTERCALL_DATA: data,
          AFTERCALL_API_KEY: API_KEY,
          AFTERCALL_DELIVERY: 'url',
          AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
          STANDARD_WEBHOOKS_SECRET: secret,
          LINQ_API_V3_API_KEY: 'bench-linq-key',
          LINQ_API_V3_BASE_URL: linq.url,
        });
  return {
    variant,
    program,
    linq,
    serve(next) {
      served = next;
    },
    webhook: (chat) => ({
      url: `${program.url}/hooks/standard-webhooks?chat=${chat}`,
      init: signedWebhook(`${media.url}/${randomUUID()}.wav`, secret),
    }),
    async state(memo) {
      const answer = await fetch(`${program.url}/memos/${memo}`, { headers: { authorization: `Bearer ${API_KEY}` } });
      return answer.ok ? String(Object(await answer.json()).state) : 'absent';
    },
    async stop() {
      await program.stop();
      await cloud.stop();
      await Promise.all([linq.stop(), media.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
};

const floorEnvironment = (data: string, SECRET: string, LINQ: string): Record<string, string> => {
  const cloud = readCloud(data);
  if (!cloud) throw new Error(`there is no cloud.json in ${data}`);
  const sqs = urlOf(cloud, 'sqs');
  return {
    SECRET,
    LINQ,
    BUCKET,
    QUEUE_URL: queueUrl(sqs, QUEUES.recordings),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: urlOf(cloud, 's3'),
    AWS_ENDPOINT_URL_SQS: sqs,
  };
};

const ZEROS = Buffer.alloc(1024 * 1024);

const startMedia = (served: () => Uint8Array | number) =>
  listen(
    http.createServer(async (_request, response) => {
      const recording = served();
      const length = typeof recording === 'number' ? recording : recording.length;
      response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': length });
      if (typeof recording !== 'number') return response.end(recording);
      for (let left = length; left > 0; left -= ZEROS.length) {
        if (!response.write(ZEROS.subarray(0, left))) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    }),
    0,
  );
