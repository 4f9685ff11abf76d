import { randomUUID } from 'node:crypto';
import bridge from '../bridge.config.ts';
import { s3AudioStore } from './adapters/audio-store.s3.ts';
import { documentClient } from './adapters/aws.dynamodb.ts';
import { s3Client, s3ClientsByRegion } from './adapters/aws.s3.ts';
import { sqsClient } from './adapters/aws.ts';
import { systemClock as clock } from './adapters/clock.ts';
import { sqsConsumer } from './adapters/consumer.sqs.ts';
import { ffmpegDecoder, findFfmpeg } from './adapters/engine.ffmpeg.ts';
import { dynamodbKeyValueStore } from './adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from './adapters/ledger.dynamodb.ts';
import { powertoolsLog } from './adapters/log.powertools.ts';
import { notesPlaces } from './adapters/places.key-value-store.ts';
import { sqsMemosQueue, sqsRecordingsQueue } from './adapters/queues.sqs.ts';
import { awsQuestions } from './adapters/recordings.aws.ts';
import { httpRecordings } from './adapters/recordings.http.ts';
import { s3Recordings } from './adapters/recordings.s3.ts';
import { recordingsFrom } from './adapters/recordings.ts';
import { secretsFrom } from './adapters/secrets.ts';
import { engineThreads } from './audio/engine-threads.ts';
import { audioFitter } from './audio/fit.ts';
import { audioRulesOf, sourcesToFetchFrom } from './config.ts';
import { isRouted, storeMessageSchema } from './core/model/messages.ts';
import { timing as timingAt } from './core/model/timing.ts';
import { withOutcomeLogging } from './core/observe/with-outcome-logging.ts';
import { dropErased } from './core/operate/drop-erased.ts';
import { keepUnreadable } from './core/operate/keep-unreadable.ts';
import { lookUpParties } from './core/store/look-up-parties.ts';
import { recordTrace } from './core/store/record-trace.ts';
import { storeRecording } from './core/store/store-recording.ts';
import { deploymentOf, LOCAL_STAGE } from './deployment.ts';
import { readEnvironment } from './environment.ts';

const env = readEnvironment(process.env, [
  'RECORDINGS_QUEUE_URL',
  'MEMOS_QUEUE_URL',
  'BUCKET',
  'TABLE',
  'AFTERCALL_STAGE',
  'SECRETS_PREFIX',
  'AFTERCALL_ALLOW_HOSTS',
  'AFTERCALL_TIME_SCALE',
  'STORE_CONCURRENCY',
  'FFMPEG_PATH',
  'PATH',
]);
const log = powertoolsLog('store', { stage: env.AFTERCALL_STAGE });
const timing = timingAt(env.AFTERCALL_TIME_SCALE);
const secrets = secretsFrom(env.SECRETS_PREFIX);
const sqs = sqsClient();
const random = Math.random;
const audio = s3AudioStore(s3Client(), { bucket: env.BUCKET });
const keyValues = dynamodbKeyValueStore(documentClient(), { table: env.TABLE, clock });

const sources = sourcesToFetchFrom(bridge);
const rules = audioRulesOf(bridge);
const ffmpeg = findFfmpeg(env);
const limits = { clock, timing, maxBytes: rules.maxSourceBytes };
const { buckets = [] } = deploymentOf(bridge, env.AFTERCALL_STAGE ?? LOCAL_STAGE);
const http = httpRecordings({ ...limits, secrets, log, allowHosts: env.AFTERCALL_ALLOW_HOSTS });
const recordings = recordingsFrom(
  http,
  s3Recordings({ ...limits, clientFor: s3ClientsByRegion(), buckets }),
  awsQuestions(http, { identity: sqs.config, clock }),
);
const queue = sqsRecordingsQueue(sqs, { url: env.RECORDINGS_QUEUE_URL });
const ask = lookUpParties({
  sources,
  routes: bridge.routes,
  recordings,
  audio,
  queue,
  clock,
  timing,
  random,
  log,
});
const ledger = withOutcomeLogging(dynamodbLedger(documentClient(), { table: env.TABLE, clock }), {
  step: 'store',
  clock,
  log,
});
const memos = sqsMemosQueue(sqs, { url: env.MEMOS_QUEUE_URL });
const store = storeRecording({
  sources,
  recordings,
  audio,
  fitter: audioFitter({
    engine: engineThreads(timing),
    ffmpeg: ffmpeg === undefined ? undefined : ffmpegDecoder({ path: ffmpeg }),
    rules,
    clock,
  }),
  ledger,
  keyValues,
  places: notesPlaces({ keyValues, timing, storeConcurrency: env.STORE_CONCURRENCY, log }),
  queue,
  memos,
  clock,
  timing,
  random,
  runId: randomUUID,
  log,
});

const trace = recordTrace(keyValues);
const storeOrAsk = dropErased({ ledger, keyValues, audio, memos, clock, log }, (message, receives, lease) =>
  isRouted(message) ? store(message, receives, lease) : ask(message, receives),
);

/** Entry: fetches recordings, makes them fit, stores them and queues their memos. Records the traces of other webhooks. */
export const handler = sqsConsumer({
  client: sqs,
  urls: [env.RECORDINGS_QUEUE_URL],
  schema: storeMessageSchema,
  keepUnreadable: keepUnreadable({ ledger, keyValues, log }, 'store'),
  step: (message, receives, lease) => ('trace' in message ? trace(message) : storeOrAsk(message, receives, lease)),
  name: 'store',
  timing,
  random,
  log,
});
