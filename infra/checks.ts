import { type App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import type { Aftercall } from './aftercall.ts';
import type { AudioPrefix } from './audio-bucket.ts';

/** The rules of cdk-nag that every synth keeps; what is not acknowledged below fails it. */
export const checkPacks = (app: App): NagPack[] => [new AwsSolutionsChecks(app), new ServerlessChecks(app)];

/** What these rules ask and we do otherwise, each with its reason, on the smallest construct that holds it. */
export const acknowledgeChecks = (aftercall: Aftercall): void => {
  const { bucket, recordingBuckets, functions, recordings, memos, monitoring } = aftercall;
  const acknowledge = (where: IConstruct, id: string, reason: string) =>
    Validations.of(where).acknowledge({ id, reason });

  acknowledge(
    aftercall,
    'AwsSolutions-APIG4',
    'Webhooks are proved by their signature and people by their key, in the functions: the raw bytes must be seen for that.',
  );
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'Only our roles and URLs that live for minutes read here; the ledger tells of each. Who needs an audit of objects adds a trail.',
  );
  for (const prefix of ['audio/', 'inbox/'] satisfies AudioPrefix[]) {
    acknowledge(
      aftercall,
      `AwsSolutions-IAM5[Resource::<${logicalId(bucket, bucket.bucketName)}.Arn>/${prefix}*]`,
      'The keys under a prefix are made as memos come; the prefix is the exact right.',
    );
  }
  for (const { name, prefix } of recordingBuckets) {
    acknowledge(
      aftercall,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${name}/${prefix}*]`,
      'Call systems name their own objects; bucket and prefix of the configuration are the exact right.',
    );
  }
  for (const { deadLetters } of [recordings, memos]) {
    acknowledge(deadLetters, 'Serverless-SQSRedrivePolicy', 'It is the dead-letter queue.');
  }
  for (const handler of Object.values(functions)) {
    acknowledge(
      handler,
      'Serverless-LambdaDLQ',
      'API Gateway waits for its answer, queues have dead letters of their own, and the clock comes again.',
    );
    acknowledge(
      handler,
      'Serverless-LambdaEventSourceMappingDestination',
      'Lambda offers no destination for SQS; the queue has its own dead letters.',
    );
    acknowledge(
      handler,
      'Serverless-LambdaTracing',
      'The ledger and the logs tell each memo’s way by its id; tracing would need rights on every resource.',
    );
  }
  acknowledge(
    functions.tend,
    'Serverless-EventBusDLQ',
    'A tick says nothing but that it is time; the next, five minutes later, finds whatever a lost one left undone.',
  );
  if (monitoring.topic) {
    acknowledge(
      monitoring.topic,
      'Serverless-SNSRedrivePolicy',
      'What an e-mail says that did not go out stands on the dashboard: the alarm itself is CloudWatch’s. Nobody would read a queue of old ones.',
    );
  }
};

/** As cdk-nag writes it in a finding's id. */
const logicalId = (where: IConstruct, token: string): string => Stack.of(where).resolve(token).Ref;
