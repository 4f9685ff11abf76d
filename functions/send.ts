import { randomUUID } from 'node:crypto';
import { s3AudioStore } from './adapters/audio-store.s3.ts';
import { documentClient } from './adapters/aws.dynamodb.ts';
import { s3Client } from './adapters/aws.s3.ts';
import { sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { sqsConsumer } from './adapters/consumer.sqs.ts';
import { dynamodbKeyValueStore } from './adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { linqMessenger } from './adapters/messenger.linq.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { secret } from './config.ts';
import { sendMessageSchema } from './core/model/messages.ts';
import { retentionMs } from './core/model/retention.ts';
import { timing as timingAt } from './core/model/timing.ts';
import { withOutcomeLogging } from './core/observe/with-outcome-logging.ts';
import { eraseAtLinq } from './core/operate/delete-at-linq.ts';
import { keepUnreadable } from './core/operate/keep-unreadable.ts';
import { sendMemo } from './core/send/send-memo.ts';
import { readEnvironment } from './environment.ts';

const env = readEnvironment(process.env, [
  'MEMOS_QUEUE_URL',
  'BUCKET',
  'TABLE',
  'AFTERCALL_STAGE',
  'SECRETS_PREFIX',
  'LINQ_API_V3_BASE_URL',
  'AFTERCALL_DELIVERY',
  'RETENTION_DAYS',
  'AFTERCALL_TIME_SCALE',
]);
const log = powertoolsLog('send', { stage: env.AFTERCALL_STAGE });
const timing = timingAt(env.AFTERCALL_TIME_SCALE);
const random = Math.random;

const messenger = linqMessenger({
  secrets: secretsFrom(env.SECRETS_PREFIX),
  apiKey: secret('LINQ_API_V3_API_KEY'),
  ...(env.LINQ_API_V3_BASE_URL && { baseUrl: env.LINQ_API_V3_BASE_URL }),
  clock,
  timing,
});
const erase = eraseAtLinq({ messenger, clock, timing, random, log });
const ledger = withOutcomeLogging(
  dynamodbLedger(documentClient(), { table: env.TABLE, clock, detailsMs: retentionMs(env.RETENTION_DAYS) }),
  { step: 'send', clock, log },
);
const keyValues = dynamodbKeyValueStore(documentClient(), { table: env.TABLE, clock });
const send = sendMemo({
  ledger,
  keyValues,
  audio: s3AudioStore(s3Client(), { bucket: env.BUCKET }),
  messenger,
  delivery: env.AFTERCALL_DELIVERY,
  clock,
  timing,
  random,
  token: randomUUID,
  log,
});

/** Entry: sends memos to Linq, once, and deletes Linq's copies of erased memos. */
export const handler = sqsConsumer({
  client: sqsClient(),
  urls: [env.MEMOS_QUEUE_URL],
  schema: sendMessageSchema,
  keepUnreadable: keepUnreadable({ ledger, keyValues, log }, 'send'),
  step: (message, receives, lease) => ('erase' in message ? erase(message, receives) : send(message, receives, lease)),
  name: 'send',
  timing,
  random,
  log,
});
