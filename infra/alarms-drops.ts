import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type AlarmRow, commandAt, HOUR, once, SOON } from './alarm-row.ts';
import type { WorkQueue } from './work-queue.ts';

/** The alarms of the queue of new objects, where a bucket of the configuration names a source. */
export const dropsAlarms = (stage: string, { queue, deadLetters }: WorkQueue): AlarmRow[] => [
  {
    kind: 'oldest-message',
    of: 'drops',
    wrong:
      'An event of a new object in a bucket has waited for an hour: receive does not run, or cannot write to its queue. Nothing is lost for 14 days.',
    fix: `${commandAt(stage)('doctor')} names what is down. Search for "step failed" in the log group of receive.`,
    metric: queue.metricApproximateAgeOfOldestMessage({ period: SOON, statistic: Stats.MAXIMUM }),
    when: { atLeast: HOUR.toSeconds() },
    notifiesWhenOver: true,
  },
  {
    kind: 'dead-letters',
    of: 'drops',
    wrong:
      'EventBridge or SQS gave up an event of a new object in a bucket. Its recording makes no memo until the event is delivered again.',
    fix: 'Remove the cause, which the log group of receive shows. Then move the messages back: SQS in the console, the queue whose name has DropsDeadLetters in it, Start DLQ redrive, Redrive to a custom destination, the queue whose name has DropsQueue in it.',
    // Nobody receives these messages, so the waiting messages are counted.
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: SOON, statistic: Stats.MAXIMUM }),
    ...once,
  },
];
