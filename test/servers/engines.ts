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

/** The cloud of a world: `startCloud`, or another cloud that can stop one part and start it again. */
export type WorldCloud = Pick<Awaited<ReturnType<typeof startCloud>>, 'cloud' | 'start' | 'stop' | 'stopAll'>;

/** A service. `elsewhere` names its resources if they have other names than in local/cloud/resources.ts. */
export interface Service extends Listening {
  elsewhere?: {
    region: string;
    /** @default AWS's own endpoint */
    endpoint?: string;
    bucket?: string;
    table?: string;
    /** The queue URLs by their local names. */
    queues?: Readonly<Record<string, string>>;
  };
}

/**
 * Options for a client of a service. An emulator accepts only its own key pair; a cloud gets the keys of the
 * environment.
 */
export const clientOptions = ({ url, elsewhere }: Service) =>
  elsewhere
    ? { region: elsewhere.region, ...(elsewhere.endpoint && { endpoint: elsewhere.endpoint }) }
    : { endpoint: url, region: REGION, credentials: LOCAL_CREDENTIALS };
export const bucketOf = ({ elsewhere }: Service): string => elsewhere?.bucket ?? BUCKET;
export const tableOf = ({ elsewhere }: Service): string => elsewhere?.table ?? TABLE;
export const queueUrlOf = ({ url, elsewhere }: Service, name: string): string =>
  elsewhere ? (elsewhere.queues?.[name] ?? '') : queueUrl(url, name);

/**
 * The services behind the adapters' tests. Each call starts a service with the stack's empty resources, under the names
 * of local/cloud/resources.ts. `stop` removes everything.
 */
export interface Engines {
  s3(): Promise<Service>;
  sqs(): Promise<Service>;
  dynamodb(): Promise<Service>;
  /** @param data an empty folder for the world */
  world(data: string): Promise<WorldCloud>;
  /** How long after a write an index may not show a row, and how long a receive may not find a message. @default 0 */
  lag?: { indexMs: number; receiveSeconds: number };
  /** AFTERCALL_TIME_SCALE of a world. Slower services need longer waits. @default 0.05 */
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

/** The services that tests start: the embedded services, unless the run's set-up file chose others. */
export const engines = (): Engines => chosen;

/** Chooses another cloud for the same tests. Called in a run's set-up file, such as test/engines/setup.ts. */
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
