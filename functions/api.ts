import { setTimeout } from 'node:timers/promises';
import { handle } from 'hono/aws-lambda';
import bridge from '../bridge.config.ts';
import { s3AudioStore } from './adapters/audio-store.s3.ts';
import { documentClient, s3Client, sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { dynamodbNotes } from './adapters/notes.dynamodb.ts';
import { sqsMemosQueue, sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { sqsDepths } from './adapters/queues.sqs-depths.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { API_SOURCE, readEnvironment, secret, sourcesToFetchFrom } from './config.ts';
import { watchFor } from './core/drop-erased.ts';
import { eraseMemos } from './core/erase-memos.ts';
import { replayMemos } from './core/replay-memos.ts';
import { retentionMs } from './core/retention.ts';
import { API_KEY } from './core/secret-values.ts';
import { ofStandardWebhooks } from './core/signature.ts';
import { takeNotice } from './core/take-notice.ts';
import { takeReceipt } from './core/take-receipt.ts';
import { tellEnds } from './core/tell-ends.ts';
import { timing as timingAt } from './core/timing.ts';
import { ledgerWithWaits } from './core/waits-behind.ts';
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
]);
const log = powertoolsLog('api', { stage: env.AFTERCALL_STAGE });
const timing = timingAt(env.AFTERCALL_TIME_SCALE);
const sqs = sqsClient();
const ledger = tellEnds(
  dynamodbLedger(documentClient(), { table: env.TABLE, clock, detailsMs: retentionMs(env.RETENTION_DAYS) }),
  { step: 'api', clock, log },
);
const recordings = sqsRecordingsQueue(sqs, { url: env.RECORDINGS_QUEUE_URL });
const memos = sqsMemosQueue(sqs, { url: env.MEMOS_QUEUE_URL });
const notes = dynamodbNotes(documentClient(), { table: env.TABLE, clock });
const audio = s3AudioStore(s3Client(), { bucket: env.BUCKET });

/** What a person or a program asks of the bridge, and what Linq tells it. */
export const app = apiApp({
  ledger: ledgerWithWaits(ledger, { notes, clock }),
  notes,
  recordings,
  audio,
  replay: replayMemos({
    ledger,
    notes,
    audio,
    recordings,
    memos,
    sources: sourcesToFetchFrom(bridge),
    routes: bridge.routes,
    clock,
  }),
  takeReceipt: takeReceipt({ ledger, log }),
  takeNotice: takeNotice({ notes, clock, log }),
  erase: eraseMemos({ ledger, notes, audio, memos, log }),
  watchFor: (erasable) => watchFor({ notes, clock }, erasable),
  untilListed: () => setTimeout(timing.indexLagMs),
  queues: sqsDepths(sqs, {
    recordings: env.RECORDINGS_QUEUE_URL,
    recordingsDeadLetters: env.RECORDINGS_DLQ_URL,
    memos: env.MEMOS_QUEUE_URL,
    memosDeadLetters: env.MEMOS_DLQ_URL,
  }),
  sources: [...Object.keys(bridge.sources), API_SOURCE],
  secrets: secretsFrom(env.SECRETS_PREFIX),
  apiKey: API_KEY,
  linqWebhookSecret: ofStandardWebhooks(secret('LINQ_WEBHOOK_SECRET')),
  clock,
  timing,
  log,
  pause: env.SECRETS_PREFIX ? async () => {} : (ms) => setTimeout(ms),
});
export const handler = handle(app);
