import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { newCredentials } from './credentials.ts';
import { privateFolder } from './private-folder.ts';

export const PARTS = ['s3', 'sqs', 'dynamodb', 'sandbox'] as const;
export type Part = (typeof PARTS)[number];

const portSchema = z.number().int().min(0).max(65535);
const cloudSchema = z.object({
  /** The sandbox shows this id at `/health`, so that another program on an old port is not mistaken for this cloud. */
  id: z.string(),
  ports: z.object({ s3: portSchema, sqs: portSchema, dynamodb: portSchema, sandbox: portSchema }),
  /** The only credentials that S3, SQS and DynamoDB of this folder accept. */
  credentials: z.object({ accessKeyId: z.string().min(20), secretAccessKey: z.string().min(20) }),
  /** The API key of this folder's sandbox. */
  sandboxKey: z.string().min(20),
});
/** `cloud.json`: the ports and keys of a data folder's cloud. A part keeps its port when it stops and starts again. */
export type Cloud = z.infer<typeof cloudSchema>;

export const readCloud = (data: string): Cloud | undefined => {
  try {
    return cloudSchema.parse(JSON.parse(readFileSync(join(data, 'cloud.json'), 'utf8')));
  } catch {
    return undefined; // absent, incomplete or of an earlier version: a new file is written
  }
};

export const newCloud = (): Cloud => ({
  id: randomUUID(),
  ports: { s3: 0, sqs: 0, dynamodb: 0, sandbox: 0 },
  credentials: newCredentials(),
  sandboxKey: randomBytes(24).toString('base64url'),
});

/** Writes the file whole or not at all, since the bridge may read it meanwhile. Only its owner may read the keys. */
export const writeCloud = (data: string, cloud: Cloud) => {
  privateFolder(data);
  rmSync(join(data, 'cloud.json.new'), { force: true }); // only a new file gets the mode
  writeFileSync(join(data, 'cloud.json.new'), JSON.stringify(cloud, null, 2), { mode: 0o600 });
  renameSync(join(data, 'cloud.json.new'), join(data, 'cloud.json'));
};

export const urlOf = ({ ports }: Cloud, part: Part): string => `http://127.0.0.1:${ports[part]}`;

/** The cloud of this data folder, if it is up. */
export const aliveCloud = async (data: string): Promise<Cloud | undefined> => {
  const cloud = readCloud(data);
  if (!cloud) return undefined;
  const answer = await fetch(`${urlOf(cloud, 'sandbox')}/health`, { signal: AbortSignal.timeout(1000) }).catch(
    () => undefined,
  );
  const health = answer?.ok ? z.object({ id: z.string() }).safeParse(await answer.json()) : undefined;
  return health?.data?.id === cloud.id ? cloud : undefined;
};
