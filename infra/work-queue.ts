import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkQueueProps {
  /** Of the function that consumes the queue. Lambda refuses a visibility timeout below it. */
  consumerTimeout: Duration;
  /** Of the function that consumes the dead letters. */
  deadLetterConsumerTimeout: Duration;
}

/** A queue in order, one message at a time per group, with its dead-letter queue. Both outlive the stack: what they hold was answered 2xx. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const common: QueueProps = {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: maxRetention,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...highThroughputFifo,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      visibilityTimeout: props.deadLetterConsumerTimeout,
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: props.consumerTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount },
    });
  }
}

/** SQS keeps no message longer. */
const maxRetention = Duration.days(14);

/** SQS allows no more. The step gives up by the memo's age; this only catches a message that kills its function each time. */
const maxReceiveCount = 1000;

/** Message ids are told apart per group, and each group has its own throughput; the sender gives the deduplication id. */
const highThroughputFifo: QueueProps = {
  fifo: true,
  contentBasedDeduplication: false,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};
