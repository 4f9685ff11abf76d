import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { handle } from 'hono/aws-lambda';
import bridge from '../bridge.config.ts';
import { s3AudioStore } from './adapters/audio-store.s3.ts';
import { s3Client, sqsClient } from './adapters/aws.ts';
import { systemClock } from './adapters/clock.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { sqsTraceQueue } from './adapters/queues.sqs-traces.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { sourcesThatAreOn } from './config.ts';
import { acceptEvent } from './core/receive/accept-event.ts';
import { followSenderRules } from './core/receive/follow-sender-rules.ts';
import { traceWebhooks } from './core/receive/trace-webhooks.ts';
import { readEnvironment } from './environment.ts';
import { hooksApp } from './http/hooks.ts';

const env = readEnvironment(process.env, [
  'RECORDINGS_QUEUE_URL',
  'BUCKET',
  'PUBLIC_URL',
  'SECRETS_PREFIX',
  'AFTERCALL_STAGE',
]);
const log = powertoolsLog('receive', { stage: env.AFTERCALL_STAGE, sources: Object.keys(bridge.sources) });
const sqs = sqsClient();
const secrets = secretsFrom(env.SECRETS_PREFIX);

const accept = acceptEvent({
  sources: sourcesThatAreOn(bridge, secrets),
  routes: bridge.routes,
  ...(bridge.hookQuery && { hookQuery: bridge.hookQuery }),
  recordings: sqsRecordingsQueue(sqs, { url: env.RECORDINGS_QUEUE_URL }),
  inbox: s3AudioStore(s3Client(), { bucket: env.BUCKET }),
  inboxId: randomUUID,
  secrets,
  clock: systemClock,
  log,
});

/** Entry: verifies webhooks, routes their recordings, queues them and answers. */
export const app = hooksApp({
  accept: traceWebhooks({
    sources: bridge.sources,
    accept: followSenderRules({ sources: bridge.sources, accept, secrets, clock: systemClock }),
    traces: sqsTraceQueue(sqs, { url: env.RECORDINGS_QUEUE_URL }),
    traceId: randomUUID,
    clock: systemClock,
    pause: (ms) => setTimeout(ms),
    log,
  }),
  publicUrl: env.PUBLIC_URL,
  log,
});
export const handler = handle(app);
