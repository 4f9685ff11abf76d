import { handle } from 'hono/aws-lambda';
import { s3AudioStore } from './adapters/audio-store.s3.ts';
import { documentClient, s3Client, sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { readEnvironment, secret } from './config.ts';
import { timing } from './core/timing.ts';
import { memosApp } from './http/memos.ts';

const env = readEnvironment(process.env, [
  'RECORDINGS_QUEUE_URL',
  'BUCKET',
  'TABLE',
  'SECRETS_PREFIX',
  'AFTERCALL_TIME_SCALE',
]);

/** What a person or a program asks of the bridge. */
export const app = memosApp({
  ledger: dynamodbLedger(documentClient(), { table: env.TABLE, clock }),
  recordings: sqsRecordingsQueue(sqsClient(), { url: env.RECORDINGS_QUEUE_URL }),
  audio: s3AudioStore(s3Client(), { bucket: env.BUCKET }),
  secrets: secretsFrom(env.SECRETS_PREFIX),
  apiKey: secret('AFTERCALL_API_KEY'),
  clock,
  timing: timing(env.AFTERCALL_TIME_SCALE),
  log: powertoolsLog('api'),
});
export const handler = handle(app);
