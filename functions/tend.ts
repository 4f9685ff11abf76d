import { documentClient, sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { sqsConsumer } from './adapters/consumer.sqs.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { readEnvironment } from './config.ts';
import { buryDeadLetter } from './core/bury-dead-letter.ts';
import { deadLetterSchema } from './core/messages.ts';
import { timing as timingAt } from './core/timing.ts';

const env = readEnvironment(process.env, ['RECORDINGS_DLQ_URL', 'MEMOS_DLQ_URL', 'TABLE', 'AFTERCALL_TIME_SCALE']);
const log = powertoolsLog('tend');
const ledger = dynamodbLedger(documentClient(), { table: env.TABLE, clock });

/** Dead letters in: their rows say that they were given up, and keep them for replay. */
export const handler = sqsConsumer({
  client: sqsClient(),
  urlOf: (arn) => (arn.endsWith('.fifo') ? env.MEMOS_DLQ_URL : env.RECORDINGS_DLQ_URL),
  schema: deadLetterSchema,
  step: buryDeadLetter({ ledger, log }),
  name: 'tend',
  timing: timingAt(env.AFTERCALL_TIME_SCALE),
  random: Math.random,
  log,
});
