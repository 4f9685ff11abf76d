import { setTimeout } from 'node:timers/promises';
import { handle } from 'hono/aws-lambda';
import bridge from '../bridge.config.ts';
import { s3AudioStore } from './adapters/audio-store.s3.ts';
import { documentClient } from './adapters/aws.dynamodb.ts';
import { s3Client } from './adapters/aws.s3.ts';
import { sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { dynamodbKeyValueStore } from './adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { pageFiles } from './adapters/page-files.ts';
import { sqsMemosQueue, sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { sqsDepths } from './adapters/queues.sqs-depths.ts';
import { environmentSecrets } from './adapters/secrets.environment.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { testCalls } from './adapters/test-call.http.ts';
import { API_SOURCE, secret, sourcesToFetchFrom, withHook } from './config.ts';
import { retentionMs } from './core/model/retention.ts';
import { timing as timingAt } from './core/model/timing.ts';
import { withOutcomeLogging } from './core/observe/with-outcome-logging.ts';
import { rememberErasure } from './core/operate/drop-erased.ts';
import { eraseMemos } from './core/operate/erase-memos.ts';
import { forgetPayloads } from './core/operate/forget-payloads.ts';
import { replayMemos } from './core/operate/replay-memos.ts';
import { applyLinqEvent } from './core/policy/apply-linq-event.ts';
import { applyReceipt } from './core/send/apply-receipt.ts';
import { ledgerWithWaits } from './core/send/waits-behind.ts';
import { connectionsOf } from './core/source/connections.ts';
import { API_KEY } from './core/source/secret-values.ts';
import { ofStandardWebhooks } from './core/source/signature.ts';
import { deploymentOf, LOCAL_STAGE } from './deployment.ts';
import { readEnvironment } from './environment.ts';
import { apiApp } from './http/api.ts';

const env = readEnvironment(process.env, [
  'RECORDINGS_QUEUE_URL',
  'MEMOS_QUEUE_URL',
  'RECORDINGS_DLQ_URL',
  'MEMOS_DLQ_URL',
  'BUCKET',
  'TABLE',
  'AFTERCALL_STAGE',
  'SECRETS_PREFIX',
  'RETENTION_DAYS',
  'AFTERCALL_TIME_SCALE',
  'SANDBOX_URL',
  'TEST_CALL_URL',
  'MADE_UP_SECRET',
]);
const log = powertoolsLog('api', { stage: env.AFTERCALL_STAGE });
const timing = timingAt(env.AFTERCALL_TIME_SCALE);
const sqs = sqsClient();
const ledger = withOutcomeLogging(
  dynamodbLedger(documentClient(), { table: env.TABLE, clock, detailsMs: retentionMs(env.RETENTION_DAYS) }),
  { step: 'api', clock, log },
);
const recordings = sqsRecordingsQueue(sqs, { url: env.RECORDINGS_QUEUE_URL });
const memos = sqsMemosQueue(sqs, { url: env.MEMOS_QUEUE_URL });
const keyValues = dynamodbKeyValueStore(documentClient(), { table: env.TABLE, clock });
const audio = s3AudioStore(s3Client(), { bucket: env.BUCKET });

/** Entry: the page, the API, and Linq's webhooks. */
export const app = apiApp({
  ledger: ledgerWithWaits(ledger, { keyValues, clock }),
  keyValues,
  recordings,
  audio,
  replay: replayMemos({
    ledger,
    keyValues,
    audio,
    recordings,
    memos,
    sources: sourcesToFetchFrom(bridge),
    routes: bridge.routes,
    clock,
  }),
  applyReceipt: applyReceipt({ ledger, log }),
  applyLinqEvent: applyLinqEvent({ keyValues, clock, log }),
  erase: forgetPayloads({ keyValues, clock }, eraseMemos({ ledger, keyValues, audio, memos, log })),
  rememberErasure: (erasable) => rememberErasure({ keyValues, clock }, erasable),
  untilListed: () => setTimeout(timing.indexLagMs),
  queues: sqsDepths(sqs, {
    recordings: env.RECORDINGS_QUEUE_URL,
    recordingsDeadLetters: env.RECORDINGS_DLQ_URL,
    memos: env.MEMOS_QUEUE_URL,
    memosDeadLetters: env.MEMOS_DLQ_URL,
  }),
  sources: [...Object.keys(bridge.sources), API_SOURCE],
  configured: bridge.sources,
  inspects: deploymentOf(bridge, env.AFTERCALL_STAGE ?? LOCAL_STAGE).inspect === true,
  secrets: secretsFrom(env.SECRETS_PREFIX),
  apiKey: API_KEY,
  page: pageFiles(),
  linqWebhookSecret: ofStandardWebhooks(secret('LINQ_WEBHOOK_SECRET')),
  clock,
  timing,
  log,
  ...(env.SECRETS_PREFIX === undefined && { setUp: localSetUp() }),
  pause: env.SECRETS_PREFIX ? async () => {} : (ms) => setTimeout(ms),
});
export const handler = handle(app);

/** Without SSM the secrets are in the environment, so the bridge knows which of its sources are on. */
function localSetUp() {
  const madeUp = env.MADE_UP_SECRET === undefined ? {} : { [env.MADE_UP_SECRET]: undefined };
  const { PUBLIC_URL } = readEnvironment(process.env, ['PUBLIC_URL']);
  return {
    connections: () =>
      connectionsOf({ sources: withHook(bridge.sources) }, environmentSecrets({ ...process.env, ...madeUp })),
    publicUrl: PUBLIC_URL,
    ...(env.SANDBOX_URL !== undefined && { sandboxUrl: env.SANDBOX_URL }),
    ...(env.TEST_CALL_URL !== undefined && { testCall: testCalls(env.TEST_CALL_URL) }),
  };
}
