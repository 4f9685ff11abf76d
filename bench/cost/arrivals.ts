import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { writeMessage } from '../../functions/core/model/messages.ts';
import { type Traced, webhookTraceSchema } from '../../functions/core/model/traces.ts';
import type { FunctionName } from '../../infra/secrets.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { DROPS, QUEUES, queueUrl, REGION } from '../../local/cloud/resources.ts';
import { contactServer } from './contact-server.ts';
import { webhookEvent } from './events.ts';
import { type MeasuredStep, named, type Step, stepOf } from './measured-step.ts';
import { startMeasuredWorld } from './measured-world.ts';
import { usersBucket } from './users-bucket.ts';

/** What comes otherwise than the main job, until the audio is stored, or until its trace is kept. */
export type Arrivals = Readonly<Record<string, MeasuredStep[]>>;

/** In one minute, a process traces ten webhooks of a kind one by one; more are sampled. */
const RUNS = 7;
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const sample = readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));

/**
 * Plays recordings that come as new objects of a bucket, and webhooks that are refused, as `measureMainJob` plays a webhook.
 * @throws Error if two runs make different requests to AWS
 */
export const measureArrivals = async ({ runs = RUNS } = {}): Promise<Arrivals> => {
  const world = await startMeasuredWorld(() => sample);
  const contacts = await contactServer(CHAT);
  const bucket = usersBucket(world.urls);
  const stops: (() => Promise<void>)[] = [];
  const hostOf = async (name: FunctionName) => {
    const hosts = [world.mediaUrl, contacts.url].map((url) => new URL(url).host).join();
    const environment = { CONNECT_API_URL: contacts.url, AFTERCALL_ALLOW_HOSTS: hosts };
    const host = await world.host(name, {
      environment,
      servers: [contacts],
      imports: [new URL('arrivals-hook.ts', import.meta.url)],
    });
    stops.unshift(() => host.stop());
    return host;
  };
  try {
    const ways = waysOf(world, bucket, {
      receive: await hostOf('receive'),
      store: await hostOf('store'),
      send: await hostOf('send'),
    });
    const measured: Record<string, MeasuredStep[]> = {};
    for (const [way, { prepare, play }] of Object.entries(ways)) {
      await prepare?.();
      const cold = await play();
      const warm: Step[][] = [];
      for (let run = 0; run < runs; run += 1) warm.push(await play());
      measured[way] = cold.map((first, index) =>
        stepOf(
          first,
          warm.map((steps) => steps[index] as Step),
        ),
      ); // of one shape
    }
    return measured;
  } finally {
    for (const stop of stops) await stop();
    bucket.end();
    await contacts.stop();
    await world.stop();
  }
};

type World = Awaited<ReturnType<typeof startMeasuredWorld>>;
type Host = Awaited<ReturnType<World['host']>>;
interface Way {
  /** What a busy bridge already has. */
  prepare?: () => Promise<void>;
  play: () => Promise<Step[]>;
}

const waysOf = (
  world: World,
  bucket: ReturnType<typeof usersBucket>,
  { receive, store, send }: Record<'receive' | 'store' | 'send', Host>,
): Record<string, Way> => {
  const received = async (name: string) => named(name, 'receive', await world.consume(DROPS, receive.invoke));
  const stored = async (name: string) => named(name, 'store', await world.consume(QUEUES.recordings, store.invoke));
  /** An object whose event is in the queue, until its memo is sent. */
  const memo = async (): Promise<Step[]> => {
    const steps = [await received('new object'), await stored('who called whom'), await stored('object')];
    const before = world.linq.sent.length;
    await world.consume(QUEUES.memos, send.invoke);
    if (world.linq.sent.length !== before + 1) throw new Error('the object made no memo');
    return steps;
  };
  const facts = { from: '+14155550101', to: '+14155550199', direction: 'inbound', chat: CHAT };
  return {
    's3-drop, metadata': {
      async play() {
        await bucket.put(`metadata/${randomUUID()}.mp3`, sample, facts);
        return memo();
      },
    },
    's3-drop, sidecar': {
      prepare: () => fillTraces(world, store, 's3-sidecar', 'ignored'),
      async play() {
        const key = `sidecar/${randomUUID()}.mp3`;
        await bucket.put(`${key}.json`, Buffer.from(JSON.stringify(facts)));
        const sidecar = [await received('sidecar'), await stored('its trace')];
        await bucket.put(key, sample);
        return [...sidecar, ...(await memo())];
      },
    },
    'amazon-connect': {
      async play() {
        const contact = randomUUID();
        await bucket.put(`connect/CallRecordings/2026/12/01/${contact}_20261201T10:00_UTC.wav`, sample);
        return memo();
      },
    },
    'refused webhook': {
      prepare: () => fillTraces(world, store, 'standard-webhooks', 'refused'),
      async play() {
        const refused = await receive.invoke(webhookEvent(world.mediaUrl, FORGED));
        const { statusCode } = refused.answer as { statusCode: number }; // API Gateway's shape
        if (statusCode !== 401) throw new Error(`a forged webhook was answered ${statusCode}`);
        return [named('refused webhook', 'receive', refused), await stored('its trace')];
      },
    },
  };
};

const FORGED = `whsec_${Buffer.alloc(24, 'f').toString('base64')}`;

/** As many traces as are kept of an outcome, each in a minute of its own: the row is then as large as it becomes. */
const fillTraces = async (world: World, store: Host, source: string, outcome: Traced): Promise<void> => {
  const client = new SQSClient({ region: REGION, credentials: LOCAL_CREDENTIALS, endpoint: world.urls.sqs });
  const queue = { QueueUrl: queueUrl(world.urls.sqs, QUEUES.recordings), MessageGroupId: `trace:${source}` };
  try {
    for (let minutes = 30; minutes > 20; minutes -= 1) {
      const at = new Date(Date.now() - minutes * 60_000).toISOString();
      const reason = 'the signature is not that of the secret';
      const trace = { id: randomUUID(), source, outcome, count: 1, at, reason };
      const MessageBody = writeMessage(webhookTraceSchema, { v: 2, trace });
      await client.send(new SendMessageCommand({ ...queue, MessageBody, MessageDeduplicationId: trace.id }));
      await world.consume(QUEUES.recordings, store.invoke);
    }
  } finally {
    client.destroy();
  }
};
