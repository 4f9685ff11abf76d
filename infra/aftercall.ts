import { Duration, Size } from 'aws-cdk-lib';
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { WatchRules } from '../functions/config.ts';
import { isRetention, RETENTION_DAYS, RETENTION_RULE } from '../functions/core/retention.ts';
import { AudioBucket } from './audio-bucket.ts';
import { FrontDoor } from './front-door.ts';
import { AftercallFunction } from './lambda.ts';
import { Ledger } from './ledger.ts';
import { type ConnectedSources, type FunctionName, secretsOf, secretsPrefix, secretTable } from './secrets.ts';
import { Watch } from './watch.ts';
import { WorkQueue } from './work-queue.ts';

export interface AftercallProps {
  /** Lower-case letters, digits and hyphens; the secrets stand under `/aftercall/<stage>/`. */
  stage: string;
  sources: ConnectedSources;
  /** The base the senders were given, without a slash at its end. @default the API's own address */
  publicUrl?: string;
  /** Requests a second, and how many at once. @default 100 and 200 */
  throttle?: Required<ThrottleSettings>;
  /** How many recordings are fetched at once; Lambda takes 2 to 1000. @default 5 */
  storeConcurrency?: number;
  /** Keeps a flood of webhooks from taking the account's whole concurrency. @default none */
  receiveReservedConcurrency?: number;
  /** How long audio, rows, receipts and Linq's copies are kept, in whole days, 28 to 365. @default 30 */
  retentionDays?: number;
  /** The version of a layer with `bin/ffmpeg`, for what `store` cannot read by itself. @default none */
  ffmpegLayerArn?: string;
  /** Whom alarms tell, and what they watch besides. @default nobody, and no source's silence */
  watch?: WatchRules;
}

/** The bridge: all that stands between a webhook and its voice memo. */
export class Aftercall extends Construct {
  /** The base of the hook URLs, without a slash at its end. */
  readonly publicUrl: string;
  readonly recordings: WorkQueue;
  readonly bucket: AudioBucket;
  readonly ledger: Ledger;
  readonly memos: WorkQueue;
  readonly functions: Readonly<Record<FunctionName, AftercallFunction>>;
  readonly watch: Watch;

  /** Makes everything in the order the data meets it, and then says who may do what. */
  constructor(scope: Construct, id: string, props: AftercallProps) {
    super(scope, id);
    const {
      stage,
      throttle = { rateLimit: 100, burstLimit: 200 },
      storeConcurrency = 5,
      retentionDays = RETENTION_DAYS.usual,
    } = props;
    checkStage(stage);
    checkPublicUrl(props.publicUrl);
    checkLayerArn(props.ffmpegLayerArn);
    checkRetention(retentionDays);
    const retention = { RETENTION_DAYS: String(retentionDays) };

    const frontDoor = new FrontDoor(this, 'FrontDoor', { throttle });
    this.publicUrl = props.publicUrl ?? frontDoor.url;

    const receive = new AftercallFunction(this, 'Receive', {
      name: 'receive',
      stage,
      memoryMegabytes: 512,
      timeout: Duration.seconds(10),
      environment: { PUBLIC_URL: this.publicUrl },
      ...(props.receiveReservedConcurrency !== undefined && { reservedConcurrency: props.receiveReservedConcurrency }),
    });
    this.recordings = new WorkQueue(this, 'Recordings', {
      consumerTimeout: storeTimeout,
      deadLetterConsumerTimeout: tendTimeout,
    });
    const store = new AftercallFunction(this, 'Store', {
      name: 'store',
      stage,
      // The least that brings a whole processor: fitting audio is bound by it.
      memoryMegabytes: 1769,
      timeout: storeTimeout,
      // ffmpeg wants a file that it can seek in.
      ...(props.ffmpegLayerArn !== undefined && { layerArn: props.ffmpegLayerArn, scratch: Size.gibibytes(2) }),
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
      memoryMegabytes: 256,
      timeout: tendTimeout,
      environment: retention,
    });
    this.functions = { receive, store, send, api, tend };

    frontDoor.opensTo({ hooks: receive, rest: api });
    const { recordings, memos, bucket, ledger } = this;
    const secrets = (name: FunctionName) => secretsOf(name, secretTable(props.sources));
    const prefix = secretsPrefix(stage);

    receive.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL');
    receive.usesObjects(bucket, { 'inbox/': ['s3:PutObject'] });
    receive.readsSecrets(prefix, secrets('receive'));

    store.consumes(recordings.queue, {
      variable: 'RECORDINGS_QUEUE_URL',
      maxConcurrency: storeConcurrency,
    });
    store.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL'); // once it knows who called whom
    store.usesObjects(bucket, {
      // What it has made of a recording that was erased meanwhile goes again.
      'audio/': ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
      // What was only on its way is deleted when it has arrived.
      'inbox/': ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
    });
    store.tellsAbsent(bucket);
    store.usesLedger(ledger, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
    store.sendsTo(memos.queue, 'MEMOS_QUEUE_URL');
    store.readsSecrets(prefix, secrets('store'));

    send.consumes(memos.queue, { variable: 'MEMOS_QUEUE_URL' });
    send.usesObjects(bucket, { 'audio/': ['s3:GetObject'] });
    send.tellsAbsent(bucket); // audio that has expired ends its memo; a right withheld must not
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
      'inbox/': ['s3:GetObject', 's3:DeleteObject', 's3:PutObject'],
    });
    api.tellsAbsent(bucket); // a replay says which recordings have expired
    api.usesLedger(
      ledger,
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      ['newest', 'by-call', 'by-source', 'by-state'],
    );
    api.readsSecrets(prefix, secrets('api'));

    tend.consumes(recordings.deadLetters, { variable: 'RECORDINGS_DLQ_URL' });
    tend.consumes(memos.deadLetters, { variable: 'MEMOS_DLQ_URL' });
    tend.usesLedger(ledger, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], ['by-state', 'newest']);
    tend.runsEvery(Duration.minutes(5));
    tend.sendsTo(recordings.queue, 'RECORDINGS_QUEUE_URL');
    tend.sendsTo(memos.queue, 'MEMOS_QUEUE_URL');

    const { functions } = this;
    const watched = { stage, sources: props.sources, frontDoor, functions, queues: { recordings, memos } };
    this.watch = new Watch(this, 'Watch', watched, props.watch);
  }
}

/** Also the visibility timeouts of their queues: what dies before its first lease is seen again after so long. */
const storeTimeout = Duration.minutes(15);
const sendTimeout = Duration.seconds(120);
const tendTimeout = Duration.seconds(60);

const checkStage = (stage: string): void => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(stage)) {
    throw new Error(`stage is '${stage}': it takes lower-case letters, digits and hyphens, a letter first, at most 31`);
  }
};

const checkRetention = (days: number): void => {
  if (!isRetention(days)) throw new Error(`retentionDays is ${days}: it ${RETENTION_RULE}`);
};

/** Senders sign the URL they were given, so it is put together from this one exactly. */
const checkPublicUrl = (publicUrl: string | undefined): void => {
  if (publicUrl !== undefined && !/^https:\/\/[^\s/?#]+(\/[^\s/?#]+)*$/.test(publicUrl)) {
    throw new Error(
      `publicUrl is '${publicUrl}': it takes an https address with no slash, query or fragment at its end`,
    );
  }
};

/** A layer's own ARN is easily taken for its version's, and CloudFormation would say so only in the deploy. */
const checkLayerArn = (arn: string | undefined): void => {
  const [ofLayer, version] = /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]+(?::(.*))?$/.exec(arn ?? '') ?? [];
  if (arn === undefined || /^[1-9]\d*$/.test(version ?? '')) return;
  const wanted = ofLayer
    ? "it must end in the layer's version, a number after the name"
    : 'it takes arn:aws:lambda:<region>:<account>:layer:<name>:<version>';
  throw new Error(`ffmpegLayerArn is '${arn}': ${wanted}`);
};
