import http from 'node:http';
import { newCloud, type Part, readCloud, writeCloud } from '../cloud/cloud-file.ts';
import { listen } from '../loopback/listen.ts';
import { type Kept, keepRunning } from './process.ts';

export const CLOUD_PARTS = ['s3', 'sqs', 'dynamodb'] as const satisfies Part[];
export type CloudPart = (typeof CLOUD_PARTS)[number];

/**
 * S3, SQS and DynamoDB, each as a process of its own with a fixed port. The kit stops them cleanly and starts them
 * again: AWS does not lose accepted data, and whether an emulator survives a kill -9 is not tested here.
 */
export const startCloudParts = async (data: string): Promise<Record<CloudPart, Kept>> => {
  const [s3, sqs, dynamodb] = await freePorts();
  // Written before the start: all parts start at the same time, and each writes its port into the same cloud.json.
  writeCloud(data, { ...newCloud(), ports: { s3, sqs, dynamodb, sandbox: 0 } });
  const start = async (name: CloudPart): Promise<[CloudPart, Kept]> => {
    const kept = await keepRunning({
      name,
      file: new URL('../cloud/process.ts', import.meta.url),
      args: [name],
      data,
      environment: () => ({ ...process.env, AFTERCALL_DATA: data }),
    });
    const bringBack = async () => {
      await kept.bringBack();
      assertPort(data, name, { s3, sqs, dynamodb }[name]);
    };
    return [name, { ...kept, bringBack }];
  };
  const parts = Object.fromEntries(await Promise.all(CLOUD_PARTS.map(start))) as Record<CloudPart, Kept>; // one each
  assertPort(data, 's3', s3);
  assertPort(data, 'sqs', sqs);
  assertPort(data, 'dynamodb', dynamodb);
  return parts;
};

const assertPort = (data: string, part: CloudPart, port: number) => {
  if (readCloud(data)?.ports[part] !== port)
    throw new Error(`another program has taken the port of ${part} meanwhile; run it again`);
};

const freePorts = async (): Promise<[number, number, number]> => {
  const free = () => listen(http.createServer(), 0);
  const [one, two, three] = await Promise.all([free(), free(), free()]);
  await Promise.all([one.stop(), two.stop(), three.stop()]);
  return [one.port, two.port, three.port];
};
