import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../../local/cloud.ts';
import { startDynamodb } from '../../local/emulators/dynamodb.ts';
import type { Listening } from '../../local/emulators/listen.ts';
import { startS3 } from '../../local/emulators/s3.ts';
import { startSqs } from '../../local/emulators/sqs.ts';
import { BUCKET, createQueues, createTable } from '../../local/resources.ts';

/** What a world stands on: `startCloud`, or another cloud that can lose a part and get it back. */
export type WorldCloud = Pick<Awaited<ReturnType<typeof startCloud>>, 'cloud' | 'start' | 'stop' | 'stopAll'>;

/**
 * The services behind the adapters' tests. Each call starts one with the stack's empty resources in it, under the names of
 * local/resources.ts; `stop` leaves nothing behind.
 */
export interface Engines {
  /** AFTERCALL_TIME_SCALE of a world: slower services need longer waits. */
  timeScale: string;
  s3(): Promise<Listening>;
  sqs(): Promise<Listening>;
  dynamodb(): Promise<Listening>;
  /** @param data an empty folder of the world */
  world(data: string): Promise<WorldCloud>;
}

/** The project's own emulators: s3rver, fauxqs and dynalite. */
const embedded: Engines = {
  timeScale: '0.05',
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
