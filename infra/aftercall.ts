import { Duration, Size } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type AlarmRules, badConfiguration } from '../functions/config.ts';
import { isSourceBucket, type RecordingBucket } from '../functions/core/model/bucket.ts';
import { mistakes } from '../functions/core/model/mistakes.ts';
import { isRetention, RETENTION_DAYS, RETENTION_RULE } from '../functions/core/model/retention.ts';
import {
  deploymentOf,
  isStage,
  LOCAL_STAGE,
  STAGE_RULE,
  type StageRules,
  stageSchema,
} from '../functions/deployment.ts';
import { AudioBucket } from './audio-bucket.ts';
import { Drops } from './drops.ts';
import { FrontDoor } from './front-door.ts';
import { AftercallFunction } from './lambda.ts';
import { Ledger } from './ledger.ts';
import { Monitoring } from './monitoring.ts';
import { type ConnectedSources, type FunctionName, secretsOf, secretsPrefix, secretTable } from './secrets.ts';
import { WorkQueue } from './work-queue.ts';

/** `deploymentOf(bridge, stage)` gives the part that is in `StageRules`; each of its settings has a default. */
export interface AftercallProps extends StageRules {
  /** Lower-case letters, digits and hyphens; the secrets stand under `/aftercall/<stage>/`. */
  stage: string;
  sources: ConnectedSources;
  /** How long audio, rows, receipts and Linq's copies are kept, in whole days, 28 to 365. @default 30 */
  retentionDays?: number;
  /** Whom alarms tell, and what they watch besides. @default nobody, and no source's silence */
  alarms?: AlarmRules;
}

/** The bridge: all that stands between a webhook and its voice memo. */
export class Aftercall extends Construct {
  /** The base of the hook URLs, without a slash at its end. */
  readonly publicUrl: string;
  /** What DNS must say of the custom domain; undefined where the stack says it, or there is no such domain. */
  readonly dnsRecord: string | undefined;
  /** What the sources of these buckets ask AWS for. */
  readonly awsRights: readonly { action: string; resource: string }[];
  /** The way of new objects; undefined where no bucket names a source. */
  readonly drops: Drops | undefined;
  readonly recordings: WorkQueue;
  readonly bucket: AudioBucket;
  /** Where recordings are read that no webhook brings a URL of. */
  readonly recordingBuckets: readonly RecordingBucket[];
  readonly ledger: Ledger;
  readonly memos: WorkQueue;
  readonly functions: Readonly<Record<FunctionName, AftercallFunction>>;
  readonly monitoring: Monitoring;

  /** Makes everything in the order the data meets it, and then says who may do what. */
  constructor(scope: Construct, id: string, props: AftercallProps) {
    super(scope, id);
    checkProps(props);
    const { stage, retentionDays = RETENTION_DAYS.usual } = props;
    const {
      publicUrl,
      domain,
      concurrency,
      throttle,
      ffmpegLayerArn,
      buckets = [],
    } = deploymentOf({ stages: { [stage]: settingsOf(props) } }, stage);
    this.recordingBuckets = buckets;
    this.awsRights = awsRightsOf(props.sources, buckets);
    const retention = { RETENTION_DAYS: String(retentionDays) };

    const frontDoor = new FrontDoor(this, 'FrontDoor', { stage, throttle, ...(domain && { domain }) });
    this.publicUrl = publicUrl ?? frontDoor.url;
    this.dnsRecord = frontDoor.dnsRecord;

    const receive = new AftercallFunction(this, 'Receive', {
      name: 'receive',
      stage,
      memoryMegabytes: 512,
      timeout: receiveTimeout,
      environment: { PUBLIC_URL: this.publicUrl },
      ...(concurrency.receive !== undefined && { reservedConcurrency: concurrency.receive }),
    });
    this.drops = buckets.some(isSourceBucket)
      ? new Drops(this, 'Drops', { buckets, consumerTimeout: receiveTimeout })
      : undefined;
    this.recordings = new WorkQueue(this, 'Recordings', {
      consumerTimeout: storeTimeout,
      deadLetterConsumerTimeout: tendTimeout,
    });
    const store = new AftercallFunction(this, 'Store', {
      name: 'store',
      stage,
      // The smallest size with a whole processor, which limits the fitting of audio.
      memoryMegabytes: 1769,
      timeout: storeTimeout,
      environment: { STORE_CONCURRENCY: String(concurrency.store) },
      // ffmpeg needs a file that it can seek in.
      ...(ffmpegLayerArn !== undefined && { layerArn: ffmpegLayerArn, scratch: Size.gibibytes(2) }),
    });
    this.bucket = new AudioBucket(this, 'Audio', { retentionDays });
    this.ledger = new Ledger(this, 'Ledger');
    this.memos = new WorkQueue(this, 'Memos', {
      consumerTimeout: sendTimeout,
      deadLetterConsumerTimeout: tendTimeout,
    });
    const send = new AftercallFunction(this, 'Send', {
      name: 'send',
      stage,
      memoryMegabytes: 512,
      timeout: sendTimeout,
      environment: { AFTERCALL_DELIVERY: 'url', ...retention },
    });
    const api = new AftercallFunction(this, 'Api', {
      name: 'api',
      stage,
      memoryMegabytes: 512,
      timeout: Duration.seconds(30),
      environment: { PUBLIC_URL: this.publicUrl, ...retention },
    });
    const tend = new AftercallFunction(this, 'Tend', {
      name: 'tend',
      stage,
      // An expiring memo takes 2 ms of a whole processor, and 512 MB have 0.29 of one.
      memoryMegabytes: 512,
      timeout: tendTimeout,
      environment: retention,
    });
    this.functions = { receive, store, send, api, tend };

    frontDoor.opensTo({ hooks: receive, rest: api });
    const { recordings, memos, bucket, ledger } = this;
    const secrets = (name: FunctionName) => secretsOf(name, secretTable(props.sources));
    const prefix = secretsPrefix(stage);

    if (this.drops) receive.consumes(this.drops.queue, { variable: 'DROPS_QUEUE_URL', maxConcurrency: dropsAtOnce });
    receive.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL');
    receive.usesObjects(bucket, { 'inbox/': ['s3:PutObject'] });
    receive.readsSecrets(prefix, secrets('receive'));

    store.consumes(recordings.queue, {
      variable: 'RECORDINGS_QUEUE_URL',
      maxConcurrency: concurrency.store,
    });
    store.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL'); // after it has asked who called whom
    store.usesObjects(bucket, {
      // DeleteObject: for audio of a memo that was erased while the recording was fitted.
      'audio/': ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
      // DeleteObject: for the recording, once its audio is stored.
      'inbox/': ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
    });
    store.tellsAbsent(bucket);
    store.readsRecordingsIn(buckets);
    store.asksAws(this.awsRights);
    store.usesLedger(ledger, ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
    store.sendsTo(memos.queue, 'MEMOS_QUEUE_URL');
    store.readsSecrets(prefix, secrets('store'));

    send.consumes(memos.queue, { variable: 'MEMOS_QUEUE_URL', maxConcurrency: concurrency.send });
    send.usesObjects(bucket, { 'audio/': ['s3:GetObject'] });
    send.tellsAbsent(bucket); // expired audio ends its memo; a missing permission must not
    send.usesLedger(ledger, ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
    send.readsSecrets(prefix, secrets('send'));

    api.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL');
    api.sendsTo(memos.queue, 'MEMOS_QUEUE_URL');
    // The page and `/health` say how much waits.
    api.counts(recordings.queue, 'RECORDINGS_QUEUE_URL');
    api.counts(recordings.deadLetters, 'RECORDINGS_DLQ_URL');
    api.counts(memos.queue, 'MEMOS_QUEUE_URL');
    api.counts(memos.deadLetters, 'MEMOS_DLQ_URL');
    api.usesObjects(bucket, {
      'audio/': ['s3:GetObject', 's3:DeleteObject'],
      // Its presigned PUTs are done in its name.
      'inbox/': ['s3:DeleteObject', 's3:PutObject'],
    });
    api.tellsAbsent(bucket); // a replay says which recordings have expired
    api.usesLedger(
      ledger,
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      ['newest', 'by-call', 'by-source', 'by-state'],
    );
    api.readsSecrets(prefix, secrets('api'));

    tend.consumes(recordings.deadLetters, { variable: 'RECORDINGS_DLQ_URL', maxConcurrency: deadLettersAtOnce });
    tend.consumes(memos.deadLetters, { variable: 'MEMOS_DLQ_URL', maxConcurrency: deadLettersAtOnce });
    tend.usesLedger(
      ledger,
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      ['by-state', 'due', 'newest'],
    );
    tend.runsEvery(Duration.minutes(5));
    tend.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL');
    tend.sendsTo(memos.queue, 'MEMOS_QUEUE_URL');

    const { functions } = this;
    const monitored = {
      stage,
      sources: props.sources,
      frontDoor,
      functions,
      queues: { recordings, memos },
      ...(this.drops && { drops: this.drops }),
    };
    this.monitoring = new Monitoring(this, 'Monitoring', monitored, props.alarms);
  }
}

/** Also the visibility timeouts of their queues: what dies before its first lease is seen again after so long. */
const receiveTimeout = Duration.seconds(10);
const storeTimeout = Duration.minutes(15);
const sendTimeout = Duration.seconds(120);
/** A sweep begins nothing after three minutes, and the next comes after five. */
const tendTimeout = Duration.minutes(4);

/** The least that Lambda takes. */
const deadLettersAtOnce = 2;
/** Also the least: webhooks, whose senders wait, run beside these. */
const dropsAtOnce = 2;

/** Of the sources that a bucket names: another source of that kind is never asked. */
const awsRightsOf = (sources: ConnectedSources, buckets: readonly RecordingBucket[]) => {
  const named = new Set(buckets.map(({ source }) => source));
  return Object.entries(sources).flatMap(([name, { fetch }]) => (named.has(name) ? (fetch.awsRights ?? []) : []));
};

const settingsOf = ({ publicUrl, domain, concurrency, throttle, ffmpegLayerArn, buckets }: StageRules): StageRules => ({
  ...(publicUrl !== undefined && { publicUrl }),
  ...(domain !== undefined && { domain }),
  ...(concurrency !== undefined && { concurrency }),
  ...(throttle !== undefined && { throttle }),
  ...(ffmpegLayerArn !== undefined && { ffmpegLayerArn }),
  ...(buckets !== undefined && { buckets }),
});

/** `defineBridge` has checked a `bridge.config.ts`; the construct can also stand in an app that has none. */
const checkProps = (props: AftercallProps): void => {
  const { stage, retentionDays = RETENTION_DAYS.usual } = props;
  const wrong = isStage(stage) ? [] : [`stage: '${stage}' is none: it ${STAGE_RULE}`];
  if (stage === LOCAL_STAGE) wrong.push(`stage: '${stage}' is the laptop: deploy under another name, such as prod`);
  if (!isRetention(retentionDays)) wrong.push(`retentionDays: ${RETENTION_RULE}`);
  wrong.push(...mistakes(stageSchema, settingsOf(props)));
  if (wrong.length > 0) throw badConfiguration(wrong);
};
