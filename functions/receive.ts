import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Context, SQSEvent } from 'aws-lambda';
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import bridge from '../bridge.config.ts';
import { lazyAudioStore } from './adapters/audio-store.lazy.ts';
import { sqsClient } from './adapters/aws.ts';
import { systemClock } from './adapters/clock.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { sqsTraceQueue } from './adapters/queues.sqs-traces.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { sourcesThatAreOn } from './config.ts';
import { objectCreatedSchema } from './core/model/object-created.ts';
import { timing } from './core/model/timing.ts';
import { acceptEvent } from './core/receive/accept-event.ts';
import { acceptObject } from './core/receive/accept-object.ts';
import { followSenderRules } from './core/receive/follow-sender-rules.ts';
import { inspectPayload } from './core/receive/inspect-payload.ts';
import { leaveTraces } from './core/receive/leave-traces.ts';
import { traceWebhooks } from './core/receive/trace-webhooks.ts';
import { deploymentOf, LOCAL_STAGE } from './deployment.ts';
import { readEnvironment } from './environment.ts';
import { hooksApp } from './http/hooks.ts';

const env = readEnvironment(process.env, [
  'RECORDINGS_QUEUE_URL',
  'BUCKET',
  'PUBLIC_URL',
  'SECRETS_PREFIX',
  'AFTERCALL_STAGE',
  'DROPS_QUEUE_URL',
  'AFTERCALL_TIME_SCALE',
]);
const log = powertoolsLog('receive', { stage: env.AFTERCALL_STAGE, sources: Object.keys(bridge.sources) });
const sqs = sqsClient();
const secrets = secretsFrom(env.SECRETS_PREFIX);

const taking = {
  routes: bridge.routes,
  recordings: sqsRecordingsQueue(sqs, { url: env.RECORDINGS_QUEUE_URL }),
  inbox: lazyAudioStore({ bucket: env.BUCKET }),
  inboxId: randomUUID,
  clock: systemClock,
  log,
};
const { buckets = [], inspect = false } = deploymentOf(bridge, env.AFTERCALL_STAGE ?? LOCAL_STAGE);
const inspecting = inspect ? { inspect: inspectPayload({ secrets, log }) } : {};
const accept = acceptEvent({
  ...taking,
  ...inspecting,
  sources: sourcesThatAreOn(bridge, secrets),
  ...(bridge.hookQuery && { hookQuery: bridge.hookQuery }),
  secrets,
});
const leaveTrace = leaveTraces({
  traces: sqsTraceQueue(sqs, { url: env.RECORDINGS_QUEUE_URL }),
  traceId: randomUUID,
  clock: systemClock,
  pause: (ms) => setTimeout(ms),
  log,
});
/** Loaded by the first object: most bridges take none, and each answer to a webhook would wait for it in a cold start. */
const loadDrops = async () => {
  const { sqsConsumer } = await import('./adapters/consumer.sqs.ts');
  return sqsConsumer({
    client: sqs,
    urls: env.DROPS_QUEUE_URL === undefined ? [] : [env.DROPS_QUEUE_URL],
    schema: objectCreatedSchema,
    step: acceptObject({ ...taking, sources: bridge.sources, buckets, leaveTrace }),
    keepUnreadable: async (_body, reason) =>
      log.warn('object refused', { step: 'receive', outcome: 'unreadable', reason }),
    name: 'receive',
    timing: timing(env.AFTERCALL_TIME_SCALE),
    random: Math.random,
    log,
  });
};
let drops: ReturnType<typeof loadDrops> | undefined;

/** Entry: verifies webhooks, routes their recordings, queues them and answers. */
export const app = hooksApp({
  accept: traceWebhooks({
    sources: bridge.sources,
    accept: followSenderRules({ sources: bridge.sources, accept, secrets, clock: systemClock }),
    leaveTrace,
    ...inspecting,
  }),
  publicUrl: env.PUBLIC_URL,
  log,
});
const hooks = handle(app);

/** Webhooks come by HTTP, and new objects of the user's buckets by SQS. */
export const handler = async (event: LambdaEvent | SQSEvent, context?: Context) => {
  if (!('Records' in event)) return hooks(event, context);
  drops ??= loadDrops();
  return (await drops)(event, context);
};
