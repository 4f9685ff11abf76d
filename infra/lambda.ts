import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, type Duration, RemovalPolicy, type Size, Stack, Stage } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  EventSourceMapping,
  Function as LambdaFunctionResource,
  LayerVersion,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RecordingBucket } from '../functions/core/model/bucket.ts';
import type { AudioPrefix } from './audio-bucket.ts';
import { bundle, writeFiles } from './bundle.ts';
import type { LedgerIndex } from './ledger.ts';
import type { FunctionName } from './secrets.ts';

export interface AftercallFunctionProps {
  /** The entry, `functions/<name>.ts`. */
  name: FunctionName;
  /** A dimension of its metrics. */
  stage: string;
  memoryMegabytes: number;
  timeout: Duration;
  /** Variables that need no permission. */
  environment?: Readonly<Record<string, string>>;
  reservedConcurrency?: number;
  /** The ARN of a layer's version; its files are under /opt. @default none */
  layerArn?: string;
  /** The size of /tmp. @default 512 MiB, Lambda's own */
  scratch?: Size;
}

export type QueueVariable =
  | 'DROPS_QUEUE_URL'
  | 'RECORDINGS_QUEUE_URL'
  | 'MEMOS_QUEUE_URL'
  | 'RECORDINGS_DLQ_URL'
  | 'MEMOS_DLQ_URL';
export type ObjectAction = 's3:GetObject' | 's3:PutObject' | 's3:DeleteObject' | 's3:AbortMultipartUpload';
export type LedgerAction = 'dynamodb:GetItem' | 'dynamodb:BatchGetItem' | 'dynamodb:PutItem' | 'dynamodb:UpdateItem';

/**
 * One of the functions, with the defaults of all. At first it may only write its own log. Each method adds a permission
 * together with its environment variable, so that neither is forgotten.
 */
export class AftercallFunction extends Construct {
  readonly lambda: LambdaFunctionResource;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: AftercallFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    // A role of our own: the managed AWSLambdaBasicExecutionRole may write every log group of the account.
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.may(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);

    this.lambda = new LambdaFunctionResource(this, 'Function', {
      code: bundledCode(this, props.name),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMegabytes,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { AFTERCALL_STAGE: props.stage, ...props.environment },
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.layerArn !== undefined && {
        layers: [LayerVersion.fromLayerVersionArn(this, 'Layer', props.layerArn)],
      }),
      ...(props.scratch !== undefined && { ephemeralStorageSize: props.scratch }),
    });
  }

  /** @param variable holds the queue's URL */
  sendsTo(queue: Queue, variable: QueueVariable): void {
    this.may(['sqs:SendMessage'], [queue.queueArn]);
    this.lambda.addEnvironment(variable, queue.queueUrl);
  }

  /**
   * Allows to count a queue's messages, but not to read them.
   * @param variable holds the queue's URL
   */
  counts(queue: Queue, variable: QueueVariable): void {
    this.may(['sqs:GetQueueAttributes'], [queue.queueArn]);
    this.lambda.addEnvironment(variable, queue.queueUrl);
  }

  /**
   * One message at a time, so that a slow or failed message delays no other.
   * @param variable holds the queue's URL, by which the function renews its lease on a message
   */
  consumes(queue: Queue, { variable, maxConcurrency }: { variable: QueueVariable; maxConcurrency?: number }): void {
    // SqsEventSource would add sqs:GetQueueUrl, which no function needs.
    this.may(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
      [queue.queueArn],
    );
    new EventSourceMapping(this, `From${queue.node.path.split('/').slice(-2).join('')}`, {
      target: this.lambda,
      eventSourceArn: queue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
      ...(maxConcurrency !== undefined && { maxConcurrency }),
    });
    this.lambda.addEnvironment(variable, queue.queueUrl);
  }

  usesObjects(bucket: Bucket, actions: Partial<Record<AudioPrefix, readonly ObjectAction[]>>): void {
    for (const [prefix, allowed] of Object.entries(actions)) this.may(allowed, [bucket.arnForObjects(`${prefix}*`)]);
    this.lambda.addEnvironment('BUCKET', bucket.bucketName);
  }

  /**
   * Recordings in buckets that are not ours: the objects below each prefix, and the key that they are encrypted with. These rights have
   * policies of their own. CDK counts 150 characters for each ARN with a token, and would put longer ones beyond IAM's limit.
   */
  readsRecordingsIn(buckets: readonly RecordingBucket[]): void {
    for (let start = 0; start < buckets.length; start += BUCKETS_IN_A_POLICY) {
      const some = buckets.slice(start, start + BUCKETS_IN_A_POLICY);
      const objects = some.map(({ name, prefix }) => Stack.of(this).formatArn(objectsBelow(name, prefix)));
      const keys = some.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []);
      new ManagedPolicy(this, `Buckets${start / BUCKETS_IN_A_POLICY}`, {
        roles: [this.role],
        statements: [
          new PolicyStatement({ actions: ['s3:GetObject'], resources: objects }),
          ...(keys.length > 0 ? [new PolicyStatement({ actions: ['kms:Decrypt'], resources: keys })] : []),
        ],
      });
    }
  }

  /** The rights in AWS that the sources need, such as to ask who called whom. */
  asksAws(rights: readonly { action: string; resource: string }[]): void {
    for (const { action, resource } of rights) this.may([action], [resource]);
  }

  /** Without this permission S3 answers 403 for a missing object, as if a permission were missing, and not 404. */
  tellsAbsent(bucket: Bucket): void {
    this.may(['s3:ListBucket'], [bucket.bucketArn]);
  }

  /**
   * @param actions on the table itself
   * @param indexes that may be queried; each by its exact ARN
   */
  usesLedger(table: TableV2, actions: readonly LedgerAction[], indexes: readonly LedgerIndex[] = []): void {
    this.may(actions, [table.tableArn]);
    if (indexes.length > 0) {
      this.may(
        ['dynamodb:Query'],
        indexes.map((index) => `${table.tableArn}/index/${index}`),
      );
    }
    this.lambda.addEnvironment('TABLE', table.tableName);
  }

  /**
   * The aws/ssm key lets every principal of the account decrypt through SSM, so no KMS statement stands here.
   * @param prefix begins and ends with a slash; the names follow it
   */
  readsSecrets(prefix: string, names: readonly string[]): void {
    const parameter = (name: string) =>
      Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: `${prefix.slice(1)}${name}` });
    // One statement each: CDK merges them up to a statement's limit, and moves the rest into managed policies.
    for (const name of names) this.may(['ssm:GetParameters'], [parameter(name)]);
    this.lambda.addEnvironment('SECRETS_PREFIX', prefix);
  }

  /** The event holds no data. */
  runsEvery(period: Duration): void {
    new Rule(this, 'Clock', { schedule: Schedule.rate(period), targets: [new LambdaFunction(this.lambda)] });
  }

  private may(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }
}

/** IAM takes 6,144 characters in a managed policy. */
const BUCKETS_IN_A_POLICY = 10;

/** S3 names its objects without region and account. */
const objectsBelow = (name: string, prefix: string) => ({
  service: 's3',
  region: '',
  account: '',
  resource: name,
  resourceName: `${prefix}*`,
});

/** Source maps, to read stack traces with, are written beside the assets, to `cdk.out/source-maps/<name>/`. */
const bundledCode = (scope: Construct, name: FunctionName): Code =>
  Code.fromAsset(fileURLToPath(new URL('../functions', import.meta.url)), {
    // By the bundle's content: a changed comment changes no asset.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused: esbuild bundles on this machine'),
      command: [name], // CDK identifies a bundling by its command
      local: {
        tryBundle(folder) {
          const { files, maps } = bundle(name);
          writeFiles(files, folder);
          writeFiles(maps, join(Stage.of(scope)?.outdir ?? folder, 'source-maps', name));
          return true;
        },
      },
    },
  });
