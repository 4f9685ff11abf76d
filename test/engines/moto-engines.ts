import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Cloud, newCloud, writeCloud } from '../../local/cloud/cloud-file.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { DROPS, QUEUES, queueUrl, REGION } from '../../local/cloud/resources.ts';
import type { Listening } from '../../local/loopback/listen.ts';
import { localNames, type Resources } from '../deploy/place.ts';
import type { Engines, WorldCloud } from '../servers/engines.ts';
import { createResources } from './create-resources.ts';
import { startGateway } from './gateway.ts';
import { ACCOUNT, startMoto } from './moto.ts';

/**
 * Runs moto instead of the embedded emulators, with the template's queues, bucket and table under their local names.
 * @param program the path of moto's server
 */
export const motoEngines = (program: string, resources: Resources): Engines => {
  const nameOf = localNames(resources);
  const start = async (): Promise<Listening> => {
    const moto = await startMoto(program);
    const place = { account: ACCOUNT, region: REGION, sqsUrl: moto.url, apiUrl: 'https://api.invalid', nameOf };
    try {
      await createResources(moto.url, resources, place);
    } catch (error) {
      await moto.stop();
      throw error;
    }
    return moto;
  };
  const service = async (): Promise<Listening> => {
    const moto = await start();
    const gateway = await startGateway(moto);
    return {
      ...gateway,
      async stop() {
        await gateway.stop();
        await moto.stop();
      },
    };
  };
  const aWorld = async (data: string) => world(await start(), data);
  // A write takes moto ten milliseconds, and longer on a busy machine. A POST to Linq must begin within its time, so
  // the waits are longer.
  return { timeScale: '0.1', s3: service, sqs: service, dynamodb: service, world: aWorld };
};

/**
 * One moto serves the three services of a world. Each service has its own gateway, so that a test can stop one service
 * alone.
 */
const world = async (moto: Listening, data: string): Promise<WorldCloud> => {
  await shortVisibility(moto.url);
  await createDrops(moto.url);
  const cloud: Cloud = newCloud();
  const running = new Map<string, Listening>();
  const start: WorldCloud['start'] = async (part) => {
    const gateway = await startGateway(moto, cloud.ports[part]);
    cloud.ports[part] = gateway.port;
    running.set(part, gateway);
  };
  const stop: WorldCloud['stop'] = async (part) => {
    await running.get(part)?.stop();
    running.delete(part);
  };
  for (const part of ['s3', 'sqs', 'dynamodb'] as const) await start(part);
  writeCloud(data, cloud);
  return {
    cloud,
    start,
    stop,
    async stopAll() {
      await Promise.all([...running.values()].map((gateway) => gateway.stop()));
      await moto.stop();
      return [];
    },
  };
};

/**
 * Shortens the visibility timeout, as local/cloud/resources.ts does. If a connection breaks after a message was handed
 * to it, the message stays hidden for its queue's visibility timeout, in both clouds as on AWS. The template's timeout
 * is fifteen minutes; a test cannot wait so long.
 */
const shortVisibility = async (endpoint: string) => {
  const client = new SQSClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
  for (const name of Object.values(QUEUES)) {
    const Attributes = { VisibilityTimeout: '5' };
    await client.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl(endpoint, name), Attributes }));
  }
  client.destroy();
};

/** The bridge of a laptop reads this queue. The shipped stack has none, since no bucket names a source there. */
const createDrops = async (endpoint: string) => {
  const client = new SQSClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
  await client.send(new CreateQueueCommand({ QueueName: DROPS, Attributes: { VisibilityTimeout: '5' } }));
  client.destroy();
};
