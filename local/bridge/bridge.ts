import http from 'node:http';
import { SQSClient } from '@aws-sdk/client-sqs';
import { getRequestListener } from '@hono/node-server';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { timing } from '../../functions/core/model/timing.ts';
import { type Cloud, urlOf } from '../cloud/cloud-file.ts';
import { BUCKET, DROPS, QUEUES, queueUrl, REGION, TABLE } from '../cloud/resources.ts';
import { type Guard, ownName } from '../loopback/guard.ts';
import { type Listening, listen } from '../loopback/listen.ts';
import { retentionDays } from '../retention-days.ts';
import { webhookVersion } from '../sandbox/webhook-types.ts';
import { apiKeyOf, deliveryOf, type Settings } from '../settings.ts';
import { type PollerOptions, startPoller } from './poller.ts';
import { subscribeReceipts } from './subscribe-receipts.ts';
import { webhooksFirst } from './webhooks-first.ts';

export const FUNCTIONS = ['receive', 'store', 'send', 'api', 'tend'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** How many recordings and memos are worked on at once: more would delay acknowledgements in this one process. */
const CONCURRENCY = 3;

/**
 * The five functions against the local cloud: HTTP for `receive` and `api`, pollers for the others. The functions
 * read the process's environment when they are loaded, as on Lambda, so there is one bridge in a process.
 */
export const startBridge = async (
  settings: Settings,
  cloud: Cloud,
  only: readonly FunctionName[] = FUNCTIONS,
  concurrency = CONCURRENCY,
) => {
  const answer: { fetch: (request: Request, env: object) => Response | Promise<Response> } = {
    fetch: () => new Response(null, { status: 503 }),
  };
  const wantsHttp = only.includes('receive') || only.includes('api');
  const server = wantsHttp
    ? await listen(
        http.createServer(getRequestListener((request, env) => answer.fetch(request, env))),
        settings.PORT,
        namesOf(settings),
      )
    : undefined;
  const url = settings.PUBLIC_URL ?? server?.url ?? `http://127.0.0.1:${settings.PORT}`;
  Object.assign(process.env, environmentOf(settings, cloud, url), {
    STORE_CONCURRENCY: String(concurrency),
  });
  process.env.RETENTION_DAYS = String(await retentionDays());
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'SECRETS_PREFIX']) delete process.env[name];

  const client = new SQSClient();
  const first = webhooksFirst();
  const pollers = await startPollers(settings, cloud, client, only, { concurrency, turn: first.turn });
  const [ears, routed] = await Promise.all([
    only.includes('api') && server ? ofTheSandbox(settings, cloud, server.url) : undefined,
    wantsHttp ? routes(only, first) : undefined,
  ]);
  if (routed) answer.fetch = routed;
  return {
    url,
    server,
    async stop() {
      ears?.stop();
      await stop(server, pollers, client);
    },
  };
};

/** The functions that a queue or the clock calls. */
const startPollers = async (
  settings: Settings,
  cloud: Cloud,
  client: SQSClient,
  only: readonly FunctionName[],
  pace: Pick<PollerOptions, 'concurrency' | 'turn'>,
): Promise<{ stop(): Promise<void> }[]> => {
  const pollers = only.includes('tend') ? [await tick(settings)] : [];
  for (const name of only) {
    const consumer = CONSUMERS[name];
    if (!consumer) continue;
    const { handler } = await consumer.load();
    for (const queue of consumer.queues) {
      const queueArn = `arn:aws:sqs:${REGION}:000000000000:${queue}`;
      const url = queueUrl(urlOf(cloud, 'sqs'), queue);
      pollers.push(startPoller({ client, queueUrl: url, queueArn, handler, ...pace }));
    }
  }
  return pollers;
};

/**
 * The page and the API answer only to a loopback name and to the name in PUBLIC_URL. Hooks and Linq's events are
 * signed, and a tunnel may give them any name.
 */
const namesOf = ({ PUBLIC_URL }: Settings): Guard => {
  const ours = ownName(...(PUBLIC_URL ? [new URL(PUBLIC_URL).hostname] : []));
  return (request) => (/^\/(hooks\/|linq([?/]|$))/.test(request.url ?? '') ? undefined : ours(request));
};

/** Without a Linq key, the sandbox makes up a webhook secret. A secret from the environment stays valid beside it. */
const ofTheSandbox = async (settings: Settings, cloud: Cloud, url: string) => {
  if (settings.LINQ_API_V3_API_KEY) return undefined;
  const given = process.env.LINQ_WEBHOOK_SECRET ?? '';
  return subscribeReceipts({
    data: settings.AFTERCALL_DATA,
    sandbox: urlOf(cloud, 'sandbox'),
    apiKey: cloud.sandboxKey,
    target: `${url}/linq?version=${webhookVersion}`,
    onSecret: (secret) => {
      process.env.LINQ_WEBHOOK_SECRET = `${secret} ${given}`.trim();
    },
  });
};

/** Like the stack's front door: sends hooks to `receive`, and all other requests to `api`. */
const routes = async (only: readonly FunctionName[], first: ReturnType<typeof webhooksFirst>) => {
  const receive = only.includes('receive') ? (await import('../../functions/receive.ts')).app : undefined;
  const api = only.includes('api') ? (await import('../../functions/api.ts')).app : undefined;
  return (request: Request, env: object): Response | Promise<Response> => {
    const isHook = new URL(request.url).pathname.startsWith('/hooks/');
    const app = isHook ? receive : api;
    if (!app) return new Response(null, { status: 503 });
    return isHook ? first.answer(() => app.fetch(request, env)) : app.fetch(request, env);
  };
};

/** The clock that calls `tend`, as the stack's schedule does. */
const tick = async ({ AFTERCALL_TIME_SCALE }: Settings) => {
  const { handler } = await import('../../functions/tend.ts');
  let sweep: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    sweep = sweep.then(() => handler({ 'detail-type': 'Scheduled Event' })).catch(complain);
  }, timing(AFTERCALL_TIME_SCALE).sweepEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await sweep;
    },
  };
};

/** Logs the error of a sweep, as Lambda does for a function that throws. The next tick tries again. */
const complain = (error: unknown) =>
  console.error(JSON.stringify({ level: 'ERROR', service: 'tend', message: 'the sweep failed', error: String(error) }));

interface Consumer {
  queues: readonly string[];
  load: () => Promise<{ handler: (event: SQSEvent) => Promise<SQSBatchResponse> }>;
}
const CONSUMERS: Partial<Record<FunctionName, Consumer>> = {
  receive: {
    queues: [DROPS],
    async load() {
      const { handler } = await import('../../functions/receive.ts');
      // A cast: the handler answers an HTTP request with a response, and messages of a queue with this.
      return { handler: async (event) => (await handler(event)) as SQSBatchResponse };
    },
  },
  store: { queues: [QUEUES.recordings], load: () => import('../../functions/store.ts') },
  send: { queues: [QUEUES.memos], load: () => import('../../functions/send.ts') },
  tend: {
    queues: [QUEUES.recordingsDeadLetters, QUEUES.memosDeadLetters],
    load: () => import('../../functions/tend.ts'),
  },
};

/** The environment that the stack gives the functions, and the AWS SDK's own variables for the local services. */
const environmentOf = (settings: Settings, cloud: Cloud, publicUrl: string): Record<string, string> => {
  const sqs = urlOf(cloud, 'sqs');
  const sandbox = urlOf(cloud, 'sandbox');
  const linqBaseUrl = settings.LINQ_API_V3_API_KEY ? settings.LINQ_API_V3_BASE_URL : sandbox;
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: urlOf(cloud, 's3'),
    AWS_ENDPOINT_URL_SQS: sqs,
    AWS_ENDPOINT_URL_DYNAMODB: urlOf(cloud, 'dynamodb'),
    DROPS_QUEUE_URL: queueUrl(sqs, DROPS),
    RECORDINGS_QUEUE_URL: queueUrl(sqs, QUEUES.recordings),
    RECORDINGS_DLQ_URL: queueUrl(sqs, QUEUES.recordingsDeadLetters),
    MEMOS_QUEUE_URL: queueUrl(sqs, QUEUES.memos),
    MEMOS_DLQ_URL: queueUrl(sqs, QUEUES.memosDeadLetters),
    BUCKET,
    TABLE,
    PUBLIC_URL: publicUrl,
    AFTERCALL_API_KEY: settings.AFTERCALL_API_KEY ?? apiKeyOf(settings),
    AFTERCALL_DELIVERY: deliveryOf(settings, linqBaseUrl),
    ...(linqBaseUrl && { LINQ_API_V3_BASE_URL: linqBaseUrl }),
    ...(!settings.LINQ_API_V3_API_KEY && {
      LINQ_API_V3_API_KEY: cloud.sandboxKey,
      SANDBOX_URL: `${sandbox}/sandbox`,
    }),
  };
};

const stop = async (server: Listening | undefined, pollers: { stop(): Promise<void> }[], client: SQSClient) => {
  await server?.stop();
  await Promise.all(pollers.map((poller) => poller.stop()));
  client.destroy();
};
