import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../../local/cloud/cloud.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { startDynamodb } from '../../local/cloud/emulators/dynamodb.ts';
import { startS3 } from '../../local/cloud/emulators/s3.ts';
import { startSqs } from '../../local/cloud/emulators/sqs.ts';
import { BUCKET, createQueues, createTable, queueUrl, REGION, TABLE } from '../../local/cloud/resources.ts';
import type { Listening } from '../../local/loopback/listen.ts';

/** What a world stands on: `startCloud`, or another cloud that can lose a part and get it back. */
export type WorldCloud = Pick<Awaited<ReturnType<typeof startCloud>>, 'cloud' | 'start' | 'stop' | 'stopAll'>;

/** A service, and where its resources are if they have other names than those of local/cloud/resources.ts. */
export interface Service extends Listening {
  elsewhere?: {
    region: string;
    /** @default AWS's own */
    endpoint?: string;
    bucket?: string;
    table?: string;
    /** Their URLs, by their local names. */
    queues?: Readonly<Record<string, string>>;
  };
}

/** For a client of a service: an emulator takes the one key pair that it knows, a cloud those of the environment. */
export const clientOptions = ({ url, elsewhere }: Service) =>
  elsewhere
    ? { region: elsewhere.region, ...(elsewhere.endpoint && { endpoint: elsewhere.endpoint }) }
    : { endpoint: url, region: REGION, credentials: LOCAL_CREDENTIALS };
export const bucketOf = ({ elsewhere }: Service): string => elsewhere?.bucket ?? BUCKET;
export const tableOf = ({ elsewhere }: Service): string => elsewhere?.table ?? TABLE;
export const queueUrlOf = ({ url, elsewhere }: Service, name: string): string =>
  elsewhere ? (elsewhere.queues?.[name] ?? '') : queueUrl(url, name);

/**
 * The services behind the adapters' tests. Each call starts one with the stack's empty resources in it, under the names of
 * local/cloud/resources.ts; `stop` leaves nothing behind.
 */
export interface Engines {
  s3(): Promise<Service>;
  sqs(): Promise<Service>;
  dynamodb(): Promise<Service>;
  /** @param data an empty folder of the world */
  world(data: string): Promise<WorldCloud>;
  /** How long after a write an index, and a queue's servers, may not show it. @default 0 */
  lag?: { indexMs: number; receiveSeconds: number };
  /** AFTERCALL_TIME_SCALE of a world: slower services need longer waits. @default 0.05 */
  timeScale?: string;
}

/** The project's own emulators: s3rver, fauxqs and dynalite. */
const embedded: Engines = {
  s3: () => inFolder((directory) => startS3({ port: 0, directory, bucket: BUCKET })),
  async sqs() {
    const sqs = await inFolder((directory) => startSqs({ port: 0, directory }));
    await createQueues(sqs.url);
    return sqs;
  },
  async dynamodb() {
    const dynamodb = await inFolder((directory) => startDynamodb({ port: 0, directory }));
    await createTable(dynamodb.url);
    return dynamodb;
  },
  world: (data) => startCloud(data),
};

let chosen = embedded;

/** The services that tests start: the embedded ones, unless the run has chosen others. */
export const engines = (): Engines => chosen;

/** For a run's set-up file: the same tests against another cloud. See test/engines/setup.ts. */
export const useEngines = (others: Engines): void => {
  chosen = others;
};

const inFolder = async (start: (directory: string) => Promise<Listening>): Promise<Listening> => {
  const directory = await mkdtemp(join(tmpdir(), 'aftercall-engine-'));
  const server = await start(directory);
  return {
    ...server,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
