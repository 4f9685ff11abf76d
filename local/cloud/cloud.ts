import http from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { all, ownName, ownPagesAlone } from '../loopback/guard.ts';
import { type Listening, listen } from '../loopback/listen.ts';
import { retentionDays } from '../retention-days.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { sourceBuckets } from '../source-buckets.ts';
import { type Cloud, newCloud, PARTS, type Part, readCloud, urlOf, writeCloud } from './cloud-file.ts';
import { diskFault } from './disk.ts';
import { startDynamodb } from './emulators/dynamodb.ts';
import { startS3 } from './emulators/s3.ts';
import { startSqs } from './emulators/sqs.ts';
import { objectEvents } from './object-events.ts';
import { privateFolder } from './private-folder.ts';
import { BUCKET, createQueues, createTable } from './resources.ts';

/**
 * AWS and Linq on a laptop: S3, SQS, DynamoDB and the Linq sandbox, each on loopback with its state in the data folder.
 * The ports are those of an earlier run if they are still free.
 * @param only one part alone, for a test that stops the part and starts it again
 */
export const startCloud = async (data: string, only?: Part) => {
  for (const folder of [data, ...PARTS.map((part) => join(data, part))]) privateFolder(folder);
  const cloud = readCloud(data) ?? newCloud();
  const running = new Map<Part, Listening>();
  const fault = diskFault(data, report);
  const start = async (part: Part) => {
    const started = await onItsPort(cloud.ports[part], (port) => START[part]({ port, data, cloud, fault }));
    cloud.ports[part] = started.port;
    running.set(part, started);
  };
  const stop = async (part: Part) => {
    await running.get(part)?.stop();
    running.delete(part);
  };
  for (const part of only ? [only] : PARTS) await start(part);
  writeCloud(data, cloud);
  return { cloud, start, stop, stopAll: () => Promise.all([...running.keys()].map(stop)) };
};

/** Logs once that the disk is full, and once that the disk has room again. */
const report = (fault: string | undefined) => {
  const entry = fault
    ? { level: 'ERROR', service: 'cloud', message: 'nothing can be stored', outcome: 'unavailable', reason: fault }
    : { level: 'INFO', service: 'cloud', message: 'the disk takes data again' };
  console.error(JSON.stringify(entry));
};

interface PartOptions {
  port: number;
  data: string;
  cloud: Cloud;
  fault: () => string | undefined;
}

const START: Readonly<Record<Part, (options: PartOptions) => Promise<Listening>>> = {
  async s3({ port, data, cloud, fault }) {
    const { credentials } = cloud;
    const buckets = await sourceBuckets();
    const events = objectEvents({
      buckets,
      sqs: () => urlOf(cloud, 'sqs'),
      directory: join(data, 's3-events'),
      credentials,
    });
    const s3 = await startS3({
      port,
      directory: join(data, 's3'),
      bucket: BUCKET,
      others: buckets.map(({ name }) => name),
      onCreated: events.created,
      retentionDays: await retentionDays(),
      credentials,
      fault,
    });
    return { ...s3, stop: () => Promise.all([events.stop(), s3.stop()]).then(() => undefined) };
  },

  async sqs({ port, data, cloud: { credentials }, fault }) {
    const sqs = await startSqs({ port, directory: join(data, 'sqs'), credentials, fault });
    await createQueues(sqs.url, credentials);
    return sqs;
  },

  async dynamodb({ port, data, cloud: { credentials }, fault }) {
    const dynamodb = await startDynamodb({ port, directory: join(data, 'dynamodb'), credentials, fault });
    await createTable(dynamodb.url, credentials);
    return dynamodb;
  },

  async sandbox({ port, data, cloud }) {
    let origin = '';
    const dataDir = join(data, 'sandbox');
    const sandbox = createSandbox({ dataDir, apiKey: cloud.sandboxKey, publicUrl: () => origin });
    sandbox.app.get('/health', (c) => c.json({ id: cloud.id }));
    const server = await listen(
      http.createServer(getRequestListener(sandbox.app.fetch)),
      port,
      all(ownName(), ownPagesAlone),
    );
    origin = server.url;
    sandbox.resume();
    return {
      ...server,
      async stop() {
        sandbox.stop();
        await server.stop();
      },
    };
  },
};

/** The port of the last run, or a free port if another program uses the old one. */
const onItsPort = async (port: number, start: (port: number) => Promise<Listening>): Promise<Listening> => {
  try {
    return await start(port);
  } catch (error) {
    if (port === 0 || !(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return start(0);
  }
};
