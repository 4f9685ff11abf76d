import { Duration, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { isSourceBucket, type RecordingBucket, type SourceBucket } from '../functions/core/model/bucket.ts';
import { WorkQueue } from './work-queue.ts';

export interface DropsProps {
  buckets: readonly RecordingBucket[];
  /** Of `receive`, which consumes the queue. */
  consumerTimeout: Duration;
}

/**
 * The way of new objects to `receive`: one rule of EventBridge for each bucket that names a source, and a queue that only these rules
 * may write to. An event that EventBridge cannot deliver becomes a dead letter too.
 */
export class Drops extends WorkQueue {
  constructor(scope: Construct, id: string, { buckets, consumerTimeout }: DropsProps) {
    super(scope, id, { consumerTimeout, deadLetterConsumerTimeout: Duration.seconds(30), isOrdered: false });
    const rules = buckets
      .filter(isSourceBucket)
      .map((bucket, index) => new ObjectRule(this, `Rule${index}`, this, bucket));
    for (const queue of [this.queue, this.deadLetters]) allow(queue, rules);
  }
}

class ObjectRule extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { queue, deadLetters }: WorkQueue,
    { name, prefix, account }: SourceBucket,
  ) {
    super(scope, id);
    const rule = new CfnRule(this, 'Rule', {
      description: `New objects of the bucket ${name}`, // EventBridge takes 512 characters; the prefix may be long
      eventPattern: {
        source: ['aws.s3'], // only AWS may send events of this source
        'detail-type': ['Object Created'],
        account: [account ?? Stack.of(this).account],
        detail: { bucket: { name: [name] }, ...(prefix !== '' && { object: { key: [{ prefix }] } }) },
      },
      targets: [{ id: 'drops', arn: queue.queueArn, deadLetterConfig: { arn: deadLetters.queueArn } }],
    });
    this.arn = rule.attrArn;
  }
}

/** EventBridge, for these rules of this account alone. */
const allow = (queue: Queue, rules: readonly ObjectRule[]): void => {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: {
        ArnEquals: { 'aws:SourceArn': rules.map(({ arn }) => arn) },
        StringEquals: { 'aws:SourceAccount': Stack.of(queue).account },
      },
    }),
  );
};
