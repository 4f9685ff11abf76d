import { type App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import type { Aftercall } from './aftercall.ts';
import type { AudioPrefix } from './audio-bucket.ts';

/** The rules of cdk-nag that every synth keeps. A finding that is not acknowledged below fails the synth. */
export const checkPacks = (app: App): NagPack[] => [new AwsSolutionsChecks(app), new ServerlessChecks(app)];

/** Acknowledges the rules that the stack does not follow, each with its reason, on the smallest construct. */
export const acknowledgeChecks = (aftercall: Aftercall): void => {
  acknowledgeData(aftercall);
  for (const handler of Object.values(aftercall.functions)) acknowledgeFunction(handler);
  acknowledge(
    aftercall,
    'AwsSolutions-APIG4',
    'Webhooks prove themselves by their signature and people by their key. The functions check both, since a signature covers the raw bytes.',
  );
  acknowledge(
    aftercall.functions.tend,
    'Serverless-EventBusDLQ',
    'A tick holds no data. The next tick, five minutes later, does the work of a lost one.',
  );
  const { topic } = aftercall.monitoring;
  if (topic) {
    acknowledge(
      topic,
      'Serverless-SNSRedrivePolicy',
      'The dashboard shows an alarm also where its e-mail was lost. Nobody would read a queue of old e-mails.',
    );
  }
};

const acknowledgeData = (aftercall: Aftercall): void => {
  const { bucket, recordingBuckets, drops, recordings, memos } = aftercall;
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'Only the roles of the functions and presigned URLs, good for minutes, read here, and the ledger records each. For an audit of objects, add a trail.',
  );
  for (const prefix of ['audio/', 'inbox/'] satisfies AudioPrefix[]) {
    acknowledge(
      aftercall,
      `AwsSolutions-IAM5[Resource::<${logicalId(bucket, bucket.bucketName)}.Arn>/${prefix}*]`,
      'The keys under a prefix are made at run time, so the prefix is the narrowest permission.',
    );
  }
  for (const { name, prefix } of recordingBuckets) {
    acknowledge(
      aftercall,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${name}/${prefix}*]`,
      'Call systems name their own objects, so the bucket and prefix of the configuration are the narrowest permission.',
    );
  }
  for (const { resource } of aftercall.awsRights.filter(({ resource }) => resource.endsWith('*'))) {
    acknowledge(
      aftercall,
      `AwsSolutions-IAM5[Resource::${resource}]`,
      'The ids of contacts are made at run time, so the instance of the configuration is the narrowest permission.',
    );
  }
  for (const { deadLetters } of [recordings, memos, ...(drops ? [drops] : [])]) {
    acknowledge(deadLetters, 'Serverless-SQSRedrivePolicy', 'This is the dead-letter queue.');
  }
};

const acknowledgeFunction = (handler: IConstruct): void => {
  acknowledge(
    handler,
    'Serverless-LambdaDLQ',
    'API Gateway waits for the answer, the queues have dead-letter queues, and the clock ticks again.',
  );
  acknowledge(
    handler,
    'Serverless-LambdaEventSourceMappingDestination',
    'Lambda offers no destination for SQS; the queue has a dead-letter queue.',
  );
  acknowledge(
    handler,
    'Serverless-LambdaTracing',
    'The ledger and the logs follow each memo by its id. Tracing would need permissions on every resource.',
  );
};

const acknowledge = (where: IConstruct, id: string, reason: string): void =>
  Validations.of(where).acknowledge({ id, reason });

/** A resource's name in the id of a cdk-nag finding. */
const logicalId = (where: IConstruct, token: string): string => Stack.of(where).resolve(token).Ref;
