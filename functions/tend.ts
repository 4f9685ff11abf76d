import { setTimeout } from 'node:timers/promises';
import type { Context, ScheduledEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { documentClient } from './adapters/aws.dynamodb.ts';
import { sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { sqsConsumer } from './adapters/consumer.sqs.ts';
import { dynamodbKeyValueStore } from './adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { sqsMemosQueue, sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { tendMessageSchema } from './core/model/messages.ts';
import { retentionMs } from './core/model/retention.ts';
import { timing as timingAt } from './core/model/timing.ts';
import { withOutcomeLogging } from './core/observe/with-outcome-logging.ts';
import { keepUnreadable } from './core/operate/keep-unreadable.ts';
import { remindOfTokens } from './core/policy/linq-account.ts';
import { handleDeadLetter } from './core/tend/handle-dead-letter.ts';
import { sweepOverdue } from './core/tend/sweep-overdue.ts';
import { readEnvironment } from './environment.ts';

const env = readEnvironment(process.env, [
  'RECORDINGS_QUEUE_URL',
  'MEMOS_QUEUE_URL',
  'RECORDINGS_DLQ_URL',
  'MEMOS_DLQ_URL',
  'TABLE',
  'RETENTION_DAYS',
  'AFTERCALL_STAGE',
  'AFTERCALL_TIME_SCALE',
]);
const log = powertoolsLog('tend', { stage: env.AFTERCALL_STAGE });
const timing = timingAt(env.AFTERCALL_TIME_SCALE);
const sqs = sqsClient();
const detailsMs = retentionMs(env.RETENTION_DAYS);
const ledger = withOutcomeLogging(dynamodbLedger(documentClient(), { table: env.TABLE, clock, detailsMs }), {
  step: 'tend',
  clock,
  log,
});
const keyValues = dynamodbKeyValueStore(documentClient(), { table: env.TABLE, clock });
const recordings = sqsRecordingsQueue(sqs, { url: env.RECORDINGS_QUEUE_URL });
const memos = sqsMemosQueue(sqs, { url: env.MEMOS_QUEUE_URL });

const handleDeadLetters = sqsConsumer({
  client: sqs,
  urls: [env.RECORDINGS_DLQ_URL, env.MEMOS_DLQ_URL],
  schema: tendMessageSchema,
  keepUnreadable: keepUnreadable({ ledger, keyValues, log }, 'tend'),
  step: handleDeadLetter({ ledger, keyValues, recordings, memos, log }),
  name: 'tend',
  timing,
  random: Math.random,
  log,
});
const untilListed = () => setTimeout(timing.indexLagMs);
const sweepMemos = sweepOverdue({ ledger, recordings, memos, keyValues, clock, timing, detailsMs, untilListed, log });
const remind = remindOfTokens({ keyValues, clock, log });
const sweep = async () => {
  const swept = await sweepMemos();
  await remind();
  return swept;
};

type Tick = Pick<ScheduledEvent, 'detail-type'>;

/** Entry: handles dead letters; on schedule, runs the sweep. */
export function handler(event: SQSEvent, context?: Context): Promise<SQSBatchResponse>;
export function handler(event: Tick): ReturnType<typeof sweep>;
export function handler(event: SQSEvent | Tick, context?: Context) {
  return 'Records' in event ? handleDeadLetters(event, context) : sweep();
}
