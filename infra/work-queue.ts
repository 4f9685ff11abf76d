import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkQueueProps {
  /** Of the function that consumes the queue. Lambda refuses a visibility timeout below it. */
  consumerTimeout: Duration;
  /** Of the function that consumes the dead letters. */
  deadLetterConsumerTimeout: Duration;
  /** `false`: a standard queue, for a sender that knows no chat. @default a FIFO queue */
  isOrdered?: false;
}

/** A queue with its dead-letter queue. Both outlive the stack, since their messages were acknowledged with a 2xx. */
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
      ...(props.isOrdered !== false && highThroughputFifo),
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

/** SQS's longest retention. */
const maxRetention = Duration.days(14);

/** SQS's limit. Steps give up by the memo's age; this only ends a message that kills its function each time. */
const maxReceiveCount = 1000;

/** Deduplication and throughput are per group; the sender gives the deduplication id. */
const highThroughputFifo: QueueProps = {
  fifo: true,
  contentBasedDeduplication: false,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};
